"""The spool folder of a session: images between the scanner and their final name.

The folder is locked as long as its session lives, so that the recovery of a killed session can see that it is dead.
The lock belongs to the process: a kill -9 lets it go, and the scanner's child does not inherit it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.images import raw_sheet
from station.storage import locks

#: Masters.
SUFFIXES = (".jpg", ".tif")


@contextmanager
def new_folder(sessions: Path) -> Iterator[Path]:
    """A new, locked spool folder; it is removed at the end when nothing was left in it."""
    while True:
        folder = sessions / secrets.token_hex(6)
        folder.mkdir(mode=0o700)
        with try_lock(folder) as is_locked:
            if is_locked:
                yield folder
                _remove_if_empty(folder)
                return


@contextmanager
def try_lock(folder: Path) -> Iterator[bool]:
    """Whether this process now holds the folder's lock: False when its session lives, or when the folder is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        # Between open and lock another process may have removed it as left over.
        yield (
            locks.take(descriptor, wait=False)
            and folder.exists()
            and os.fstat(descriptor).st_ino == folder.stat().st_ino
        )
    finally:
        os.close(descriptor)


def whole_sheets(folder: Path) -> list[Path]:
    """The whole sheets in a spool folder, in the order they were scanned: masters, and raw ones that have none yet.

    A raw sheet that was not synced when the computer stopped is not whole: see :mod:`drivers.images.raw_sheet`.
    """
    masters = {file.stem: file for file in folder.iterdir() if file.suffix in SUFFIXES}
    raws = {file.stem: file for file in folder.iterdir() if file.suffix == raw_sheet.SUFFIX and _is_trusted(file)}
    return [file for _stem, file in sorted((raws | masters).items())]


def last_drawn_sheet(folder: Path) -> int:
    """The number of the last sheet that was drawn in, whole or not; 0 where there is none."""
    numbers = [int(file.name[:4]) for file in folder.iterdir() if file.name[:4].isdecimal()]
    return max(numbers, default=0)


def _is_trusted(file: Path) -> bool:
    try:
        raw_sheet.read(file)
    except ValueError:
        return False
    return True


def clear(folder: Path) -> int:
    """Remove what was only half written, and the folder itself when nothing else is in it; gives the number of files.

    A half-written image was never accepted: its sheet is scanned again.
    """
    leftovers = [file for file in folder.iterdir() if file.suffix not in SUFFIXES]
    for file in leftovers:
        file.unlink()
    _remove_if_empty(folder)
    return len({file.stem for file in leftovers})


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()
