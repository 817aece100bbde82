"""An archive on somebody's medium whose manifest names each of its bytes, and which is read back before it counts."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from station.errors import StorageFailed
from station.storage import deterministic_zip, durable
from station.storage.split_file import Pieces


@dataclass(frozen=True)
class ArchiveMember:
    """One file of an archive: its name there, bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def told(cls, facts: Mapping[str, Any]) -> ArchiveMember:
        """A member as a manifest tells it; ``KeyError``, ``TypeError`` or ``ValueError`` where it tells none."""
        return cls(str(facts["name"]), int(facts["bytes"]), str(facts["sha256"]))


def add_file(pack: zipfile.ZipFile, name: str, path: Path) -> ArchiveMember:
    """Add a file, and say which bytes it had when it was read."""
    with path.open("rb") as source:
        counter = _CountingReader(source)
        size = path.stat().st_size
        deterministic_zip.add_member(pack, name, counter, size)  # type: ignore[arg-type]
        return ArchiveMember(name, size, counter.digest.hexdigest())


def check_room(place: str | Path, free: int, needed: int) -> None:
    """``StorageFailed`` ("backup-no-room") where of the ``free`` bytes of a place there are less than ``needed``."""
    if free < needed:
        raise StorageFailed("backup-no-room", path=place, needed=-(-needed // 1024**2), free=free // 1024**2)


def read_back(output: io.BufferedRandom, target: Pieces, members: Iterable[ArchiveMember], manifest: str) -> int:
    """What lies on the medium is what was meant, beside its ``manifest``; gives its bytes."""
    with durable.storage_failures(Path(target.name)):
        output.flush()
        target.settle()
        size = target.seek(0, os.SEEK_END)
        wrong = differing(io.BufferedReader(target), members, manifest)
    if wrong is not None:
        raise StorageFailed("backup-not-read-back", path=target.name, name=wrong)
    return size


def differing(file: IO[bytes], members: Iterable[ArchiveMember], manifest: str) -> str | None:
    """The first member, beside the ``manifest``, that is not as it is told; None where each is there byte for byte."""
    expected = {member.name: member.sha256 for member in members}
    wrong = (one.name for one in deterministic_zip.verify_zip(file, expected) if one.name != manifest)
    return next(wrong, None)


def read_manifest(file: IO[bytes], name: str) -> dict[str, Any] | None:
    """What an archive says of itself, not yet proven; None where it has no such manifest.

    ``StorageFailed`` ("archive-damaged") where the archive or its manifest cannot be read.
    """
    if name not in deterministic_zip.read_names(file):
        return None
    try:
        with zipfile.ZipFile(file) as pack:
            content = json.loads(pack.read(name))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise StorageFailed("archive-damaged", path=file.name, detail=error) from error
    return content if isinstance(content, dict) else None


class _CountingReader:
    """Hashes what is read through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece
