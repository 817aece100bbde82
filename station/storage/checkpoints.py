"""Checkpoints: named points on the way of a page and a package, where a power cut would leave different things behind.

Code calls :func:`reach` when it comes to a point. Where the environment names a file in ``TRAMQUET_POINTS``, a line is
appended to it each time, so that a technician, or a test that kills the program, knows where it stood.

``TRAMQUET_FAULTS`` declares what goes wrong at which points, as ``POINT[#N]:FAULT``, comma-separated: at the N-th time
(from 1, the first) that this process comes to the point, it is killed (``kill``), or the disk is full (``disk-full``)
or fails (``disk-error``) there. ``@FILE`` instead lets one ``POINT:FAULT`` after the other wait in a file for whichever
process comes first: the one that it strikes takes the file away. It is for tests and soaks; nobody sets it at a
station.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections import Counter
from enum import StrEnum
from pathlib import Path


class Checkpoint(StrEnum):
    """The named points; each says what the program does from there on."""

    READING = "reading"
    FOLLOWING = "following"
    LOOKING = "looking"
    RECOGNISING = "recognising"
    BEFORE_SYNC = "before-sync"
    BEFORE_NAME = "before-name"
    NAMED = "named"
    BEFORE_COMMIT = "before-commit"
    COMMITTED = "committed"
    PACKAGING = "packaging"
    COPYING = "copying"
    DELIVERING = "delivering"
    HANDING_OVER = "handing-over"
    READ_BACK = "read-back"
    IDLE = "idle"


class CheckpointFault(StrEnum):
    """What can be declared to go wrong at a point."""

    KILL = "kill"
    DISK_FULL = "disk-full"
    DISK_ERROR = "disk-error"


_ERRNO = {CheckpointFault.DISK_FULL: errno.ENOSPC, CheckpointFault.DISK_ERROR: errno.EIO}
_arrivals: Counter[Checkpoint] = Counter()


def reach(point: Checkpoint, subject: str = "") -> None:
    """Say that ``point`` was reached with ``subject`` (a label, a package, a file)."""
    if journal := os.environ.get("TRAMQUET_POINTS"):
        line = f"{time.monotonic():.6f} {os.getpid()} {point} {subject}\n"
        descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
    if (faults := os.environ.get("TRAMQUET_FAULTS")) and (fault := _due(faults, point)) is not None:
        _strike(fault)


def _due(faults: str, point: Checkpoint) -> CheckpointFault | None:
    if faults.startswith("@"):
        return _waiting(Path(faults[1:]), point)
    _arrivals[point] += 1
    for one in faults.split(","):
        place, _, fault = one.partition(":")
        name, _, time_ = place.partition("#")
        if (name, int(time_ or 1)) == (point, _arrivals[point]):
            return CheckpointFault(fault)
    return None


def _waiting(file: Path, point: Checkpoint) -> CheckpointFault | None:
    """The fault in the file, if it is for this point and no other process was quicker to take it."""
    try:
        name, _, fault = file.read_text(encoding="ascii").strip().partition(":")
        if name != point:
            return None
        file.unlink()
    except FileNotFoundError:
        return None
    return CheckpointFault(fault)


def _strike(fault: CheckpointFault) -> None:
    if fault is CheckpointFault.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    number = _ERRNO[fault]
    raise OSError(number, os.strerror(number))
