"""Nightly backups: where the next one goes, and which older ones make room for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from station import pieces, sticks
from station.errors import Refused
from station.settings import Settings
from station.settings.tables import Backup


def place(settings: Settings, backup: Backup) -> Path:
    """The file of a backup made now; ``Refused`` where its folder is not there or its stick is not plugged in."""
    if backup.stick and not sticks.is_in(backup.folder, settings.station.data):
        raise Refused("nightly-no-stick", path=backup.folder)
    if not backup.folder.is_dir():
        raise Refused("nightly-no-folder", path=backup.folder)
    return backup.folder / f"{_stem(settings)}{datetime.now():%Y%m%d-%H%M%S}.zip"


def make_room(settings: Settings, backup: Backup, newest: Path) -> list[Path]:
    """Delete this station's nightly backups but ``newest`` and the ``keep - 1`` before it; gives what went.

    To be called only when ``newest`` holds everything: an older one may be the only place of a page that was lost.
    """
    older = sorted(set(backup.folder.glob(f"{_stem(settings)}????????-??????.zip")) - {newest})
    gone = older[: len(older) - (backup.keep - 1)] if len(older) >= backup.keep else []
    for file in gone:
        for piece in reversed(pieces.beside(file)):  # what is left by a kill is still found by its first piece
            piece.unlink()
    return gone


def _stem(settings: Settings) -> str:
    return f"tramquet-{settings.station.id}-"
