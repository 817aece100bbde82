"""Nightly backups: where the next one goes, what a cut-off one left there, and which older ones make room for it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from station.errors import Refused
from station.settings import Settings
from station.settings.tables import BackupTable
from station.storage import durable, locks, medium
from station.storage.untrusted_folder import Folder

#: What a backup that has no name yet is called.
_NAMELESS = re.compile(rf"\.[a-z0-9_]{{8}}{re.escape(durable.TEMPORARY_SUFFIX)}")


def backup_file(settings: Settings, backup: BackupTable) -> Path:
    """The file of a backup made now; ``Refused`` where its folder is not there or its stick is not plugged in.

    Its name ends with a number of its own, one above all that lie there: by its date alone a backup would stand among
    the oldest when the clock is wrong.
    """
    if backup.stick and not medium.is_mounted(backup.folder, settings.station.data):
        raise Refused("nightly-no-stick", path=backup.folder)
    if not backup.folder.is_dir():
        raise Refused("nightly-no-folder", path=backup.folder)
    with durable.storage_failures(backup.folder), Folder.at(backup.folder) as folder:
        last = max((piece.number for piece in _pieces(settings, folder)), default=0)
    return backup.folder / f"{_stem(settings)}{datetime.now():%Y%m%d-%H%M%S}-{last + 1:06}.zip"


def remove_cut_off(settings: Settings, backup: BackupTable) -> None:
    """Remove what a power cut left of a night: the file that had no name yet, and pieces whose first got none.

    Who still writes holds the nameless file locked; while somebody does, all of it stays. ``StorageFailed`` where the
    medium does not let it go.
    """
    with durable.storage_failures(backup.folder), Folder.at(backup.folder) as folder:
        nameless = [name for name in folder.names() if _NAMELESS.fullmatch(name) and folder.is_plain(name)]
        if all(_cut_off(folder, name) for name in nameless):
            pieces = _pieces(settings, folder)
            first_pieces = {piece.backup for piece in pieces if piece.position == 1}
            for name in (*nameless, *(piece.name for piece in pieces if piece.backup not in first_pieces)):
                folder.unlink(name)


def _cut_off(folder: Folder, name: str) -> bool:
    try:
        with folder.read(name) as piece:
            return locks.take(piece.fileno(), wait=False)
    except OSError:  # it has its name now, is another user's, or lies on a share without locks: who may still write?
        return False


def newest(settings: Settings, backup: BackupTable) -> Path | None:
    """This station's newest nightly backup; None where none is there, or its folder cannot be read."""
    try:
        with Folder.at(backup.folder) as folder:
            firsts = [piece for piece in sorted(_pieces(settings, folder)) if piece.position == 1]
    except OSError:
        return None
    return backup.folder / firsts[-1].backup if firsts else None


def make_room(settings: Settings, backup: BackupTable, newest: Path) -> list[Path]:
    """Delete this station's nightly backups but ``newest`` and the ``keep - 1`` made before it; gives what went.

    To be called only when ``newest`` holds everything: an older one may be the only place of a page that was lost.
    """
    with durable.storage_failures(backup.folder), Folder.at(backup.folder) as folder:
        pieces = sorted(_pieces(settings, folder))
        older = [piece.backup for piece in pieces if piece.position == 1 and piece.backup != newest.name]
        outdated = older[: len(older) - (backup.keep - 1)] if len(older) >= backup.keep else []
        for piece in reversed(pieces):  # what is left by a kill is still found by its first piece
            if piece.backup in outdated:
                folder.unlink(piece.name)
    return [backup.folder / name for name in outdated]


class _Piece(NamedTuple):
    """A file of a night, ordered as they were made: by the night's number (0: of an earlier version), then its date.

    ``backup`` is the name of the night's first piece, ``position`` which of its pieces this is.
    """

    number: int
    date: str
    backup: str
    position: int
    name: str


def _pieces(settings: Settings, folder: Folder) -> list[_Piece]:
    own = re.compile(rf"({re.escape(_stem(settings))}(\d{{8}}-\d{{6}})(?:-(\d{{1,15}}))?\.zip)(?:\.(\d{{1,6}}))?")
    matches = [match for name in folder.names() if (match := own.fullmatch(name)) and folder.is_plain(name)]
    return [_Piece(int(match[3] or 0), match[2], match[1], int(match[4] or 1), match[0]) for match in matches]


def _stem(settings: Settings) -> str:
    return f"tramquet-{settings.station.id}-"
