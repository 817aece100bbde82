"""How the tests of the drivers scan, and look at the processes that do it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from drivers import Encoding, Mode, Progress, Scanner, ScanSettings, Sheet, Storing
from drivers.errors import DriverError, Stalled

#: Small and fast: the test backend's smallest sensible sheet.
SMALL = ScanSettings(mode=Mode.GREY, dpi=50, width_mm=50, height_mm=50)
LOSSLESS = ScanSettings(storing=Storing(Encoding.TIFF))

#: For how long a test's scanner may start a sheet (s), and what is said of one that does not.
START_SECONDS = 60.0
START_HANGS = f"start: no sign of life for {START_SECONDS:g} s"


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


def scan_past_a_hang(
    scan: Callable[..., Iterator[Sheet]], settings: ScanSettings, spool: Path, **more: Any
) -> Iterator[Sheet]:
    """The sheets of a batch; where its backend hung at the start of the first one, those of one more batch.

    SANE's test backend cancels its reader thread as soon as the last byte came, or an error; one that is cut off inside
    of the allocator keeps that's lock, and whatever is done next waits for it for ever (seen under load in one of 688
    batches, and in one of 60 of those that are over as soon as they began). It is the backend's fault and any backend
    may have it: the batch is lost, that is said, and the next one runs in a fresh child. Nothing else is forgiven, and
    each time it happens the run tells of it.
    """
    sheets = scan(settings, spool, **more)
    try:
        first = next(sheets, None)
    except Stalled as lost:
        _forgive(lost)
        yield from scan(settings, spool, **more)
        return
    if first is not None:
        yield first
        yield from sheets


def batch(scanner: Scanner, settings: ScanSettings, spool: Path, *, limit: int | None = None) -> list[Sheet]:
    """The sheets of a feeder's batch, likewise at whichever sheet its backend hung."""
    try:
        return list(scanner.scan(settings, spool, limit=limit))
    except Stalled as lost:
        _forgive(lost)
        for file in spool.iterdir():
            file.unlink()
        return list(scanner.scan(settings, spool, limit=limit))


def _forgive(lost: Stalled) -> None:
    if lost.detail != START_HANGS:
        raise lost
    warnings.warn(f"SANE's test backend hung at sheet {lost.sheet}: one batch was lost", stacklevel=3)
