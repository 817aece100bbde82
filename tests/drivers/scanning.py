"""How the tests of the drivers scan, and look at the processes that do it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from drivers import Encoding, Mode, Progress, Scanner, ScanSettings, Sheet, Storing
from drivers.errors import DriverError

#: Small and fast: the test backend's smallest sensible sheet.
SMALL = ScanSettings(mode=Mode.GREY, dpi=50, width_mm=50, height_mm=50)
LOSSLESS = ScanSettings(storing=Storing(Encoding.TIFF))


def marked(marker: str) -> list[int]:
    """The processes that run the child with ``marker`` in their environment, zombies left out."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _is_child(entry, marker) and int(entry.name) != os.getpid()
    ]


def _is_child(process: Path, marker: str) -> bool:
    try:
        return (
            marker.encode() in (process / "environ").read_bytes()
            and b"drivers.sane.child" in (process / "cmdline").read_bytes()
        )
    except OSError:
        return False


def outcome(
    scanner: Scanner,
    settings: ScanSettings,
    spool: Path,
    fed: Collection[str] = (),
    listener: Callable[[Progress], None] | None = None,
) -> tuple[list[Sheet], DriverError | None]:
    """The sheets of a batch, and the error that ended it."""
    sheets: list[Sheet] = []
    try:
        for sheet in scanner.scan(settings, spool, fed=fed, listener=listener):
            sheets.append(sheet)
    except DriverError as error:
        return sheets, error
    return sheets, None


def striking(strike: Callable[[], object], *, sheet: int) -> Callable[[Progress], None]:
    """A listener that does something once, in the middle of a sheet."""
    struck = False

    def listen(progress: Progress) -> None:
        nonlocal struck
        if not struck and progress.lines and progress.number == sheet:
            struck = True
            strike()

    return listen
