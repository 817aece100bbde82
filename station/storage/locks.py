"""Locks: files that one process may hold at a time; the kernel releases them when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.storage.durable import storage_failures

#: How often somebody who has patience looks whether a file is free (s).
_LOOK_EVERY = 0.1


@contextmanager
def hold(file: Path, *, wait: bool, patience: float = 0.0) -> Iterator[bool]:
    """Hold ``file`` (made where missing) until the block ends.

    Without ``wait``, False where another process still holds it after ``patience`` seconds. ``StorageFailed`` where the
    disk does not take the file.
    """
    with storage_failures(file):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + patience
        while not (free := take(descriptor, wait=wait)) and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
        yield free
    finally:
        os.close(descriptor)


def take(descriptor: int, *, wait: bool) -> bool:
    """Lock what is open as ``descriptor`` until it is closed; without ``wait``, False where another holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
