"""Nightly backups: where the next one goes, what a cut-off one left there, and which older ones make room for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from station.delivery import removable_media
from station.errors import Refused
from station.settings import Settings
from station.settings.tables import BackupTable
from station.storage import durable, locks, split_file


def backup_file(settings: Settings, backup: BackupTable) -> Path:
    """The file of a backup made now; ``Refused`` where its folder is not there or its stick is not plugged in."""
    if backup.stick and not removable_media.is_mounted(backup.folder, settings.station.data):
        raise Refused("nightly-no-stick", path=backup.folder)
    if not backup.folder.is_dir():
        raise Refused("nightly-no-folder", path=backup.folder)
    return backup.folder / f"{_stem(settings)}{datetime.now():%Y%m%d-%H%M%S}.zip"


def remove_cut_off(settings: Settings, backup: BackupTable) -> None:
    """Remove what a power cut left of a night: the file that had no name yet, and pieces whose first got none.

    Who still writes holds the nameless file locked; while somebody does, all of it stays. ``StorageFailed`` where the
    medium does not let it go.
    """
    with durable.storage_failures(backup.folder):
        nameless = list(backup.folder.glob(f".{'[a-z0-9_]' * 8}{durable.TEMPORARY_SUFFIX}"))  # mkstemp's letters
        if all(_cut_off(file) for file in nameless):
            later = backup.folder.glob(f"{_stem(settings)}????????-??????.zip.*")
            for file in (*nameless, *(file for file in later if not file.with_suffix("").exists())):
                file.unlink()


def _cut_off(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return locks.take(opened.fileno(), wait=False)
    except OSError:  # it has its name now, is another user's, or lies on a share without locks: who may still write?
        return False


def make_room(settings: Settings, backup: BackupTable, newest: Path) -> list[Path]:
    """Delete this station's nightly backups but ``newest`` and the ``keep - 1`` before it; gives what went.

    To be called only when ``newest`` holds everything: an older one may be the only place of a page that was lost.
    """
    older = sorted(set(backup.folder.glob(f"{_stem(settings)}????????-??????.zip")) - {newest})
    gone = older[: len(older) - (backup.keep - 1)] if len(older) >= backup.keep else []
    for file in gone:
        for piece in reversed(
            split_file.pieces_present(file)
        ):  # what is left by a kill is still found by its first piece
            piece.unlink()
    return gone


def _stem(settings: Settings) -> str:
    return f"tramquet-{settings.station.id}-"
