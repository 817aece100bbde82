"""Files that only one process may hold at a time; the kernel lets go when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(file: Path, *, wait: bool) -> Iterator[bool]:
    """Hold ``file`` (made where missing) until the block ends; without ``wait``, False tells that another holds it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield take(descriptor, wait=wait)
    finally:
        os.close(descriptor)


def take(descriptor: int, *, wait: bool) -> bool:
    """Lock what is open as ``descriptor`` until it is closed; without ``wait``, False tells that another holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
