"""Replacing the settings file: whole or not at all, and only by one that can be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from station import settings
from station.errors import Refused
from station.settings import Settings
from station.storage import durable

#: The owner writes, the service's group reads; it names people's places, and where their registers go.
_MODE = 0o640


@dataclass(frozen=True)
class ProposedSettings:
    """Settings that are not in force yet: what they mean, and the file in which they lie until then."""

    settings: Settings
    file: Path


@contextmanager
def propose(path: Path, text: str, *, group: int | None = None, replace: bool = False) -> Iterator[ProposedSettings]:
    """Give what ``text`` means as the settings file ``path``; it is put there when the block ends well.

    ``group`` may read it. Raises ``SettingsRefused`` where the text has mistakes, ``Refused`` ("settings-there") where
    a file stands there that is not to be replaced, ``StorageFailed`` where it cannot be written.
    """
    try:
        with durable.storage_failures(path):
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with durable.new_file(path, replace=replace) as temporary:
            temporary.write_text(text, encoding="utf-8")
            if group is not None and os.geteuid() == 0:
                os.chown(temporary, -1, group)
            temporary.chmod(_MODE)
            yield ProposedSettings(settings.load(temporary), temporary)
    except FileExistsError as error:
        raise Refused("settings-there", path=path) from error
