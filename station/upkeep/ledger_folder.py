"""A ledger's folder read without a catalogue: its ledger by its name, and the packages in it that are whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from station.domain.naming.keys import LedgerKey
from station.domain.states import PackageKind
from station.errors import Refused
from station.messages import Message
from station.packaging import manifest, packages
from station.storage import durable
from station.storage.data_folder import Folders


@dataclass(frozen=True)
class Manifest:
    """A package's manifest whose files all lie beside it with the bytes that it names."""

    folder: Path
    content: dict[str, Any]

    @property
    def kind(self) -> PackageKind:
        """What the package holds."""
        return PackageKind(self.content["kind"])

    @property
    def revision(self) -> int:
        """Its revision, which is also in the folder's name."""
        return int(self.content["revision"])


@dataclass
class LedgerFolder:
    """A ledger's folder as it was found; ``told`` collects the messages for a person."""

    path: Path
    place: str
    key: LedgerKey
    messages: list[Message] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """``PLACE:TYPE.YEAR.BOOK``."""
        return f"{self.place}:{self.key.name}"

    @cached_property
    def manifests(self) -> list[Manifest]:
        """The packages that are whole, by kind and revision."""
        manifests = [self._manifest(file) for file in sorted(self.path.glob(f"packages/*/{manifest.NAME}"))]
        return sorted((one for one in manifests if one), key=lambda one: (one.kind, one.revision))

    def newest(self, kind: PackageKind) -> dict[str, Any]:
        """What the newest package of a kind says; empty where there is none."""
        return next((one.content for one in reversed(self.manifests) if one.kind == kind), {})

    def _manifest(self, file: Path) -> Manifest | None:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            is_own = (content["place"]["code"], content["ledger"]["name"]) == (self.place, self.key.name)
            candidate = Manifest(file.parent, content)
            is_named = packages.revision_name(candidate.kind, candidate.revision) == file.parent.name
            whole = all(durable.sha256_of(file.parent / one["name"]) == one["sha256"] for one in content["files"])
            if is_own and is_named and whole and content["format"] <= manifest.FORMAT:
                return candidate
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self.messages.append(Message("rebuild-package-damaged", {"file": file}))
        return None


def find_ledger_folders(folders: Folders) -> Iterator[LedgerFolder]:
    """The folders that are a ledger's by their names."""
    for path in sorted(folders.ledgers.glob("*/*/*/*")):
        try:
            key = LedgerKey.parse(path.name)
        except Refused:
            continue
        place = path.relative_to(folders.ledgers).parts[0]
        if path.is_dir() and path == folders.ledger(place, key.name):
            yield LedgerFolder(path, place, key)
