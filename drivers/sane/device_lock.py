"""The lock of a device, and how another process asks its holder for it.

SANE itself lets two processes scan one device. The lock is flock(2)'s: a kill lets it go. Whoever waits for it holds,
meanwhile, a lock on a second file beside it; a holder that nobody scans with looks there and lets the device go.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from pathlib import Path

from drivers.errors import Busy

#: A holder that only stands by looks this often (s) whether it is asked: more often than anybody gives up.
LOOK_EVERY = 0.1
#: A reader process that a backend forked may hold the lock for some milliseconds after it was killed with the child.
_PATIENCE_SECONDS = 0.5
_PAUSE_SECONDS = 0.02


class DeviceLock:
    """The lock ``name`` in the folder ``locks``, held from the start until :meth:`release`."""

    def __init__(self, locks: Path, name: str) -> None:
        """Take it, with a little patience.

        :raises Busy: another process holds it and does not let go.
        """
        locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        self._asked = locks / f"{slug}-{digest}.asked"
        self._descriptor: int | None = _opened(locks / f"{slug}-{digest}.lock")
        if not _taken(self._descriptor) and not self._taken_after_asking(self._descriptor):
            self.release()
            raise Busy(f"{name} is in use by another process")

    def is_asked_for(self) -> bool:
        """Whether another process waits for the lock now."""
        asked = _opened(self._asked)
        try:
            return not _taken(asked)
        finally:
            os.close(asked)

    def release(self) -> None:
        """Let it go; safe to call twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _taken_after_asking(self, descriptor: int) -> bool:
        asking = _opened(self._asked)
        try:
            until = time.monotonic() + _PATIENCE_SECONDS
            while time.monotonic() < until:
                _taken(asking, fcntl.LOCK_SH)  # several may wait
                time.sleep(_PAUSE_SECONDS)
                if _taken(descriptor):
                    return True
            return False
        finally:
            os.close(asking)


def _opened(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
