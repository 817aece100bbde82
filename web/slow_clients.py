"""Clients that let a request drip: each holds one of the server's workers, and some dozens would close the page.

A request has a time in which it must be there as a whole; and of one address only a few are waited for at once, the
one that takes longest gives way.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: Within this a request, all of it, must have come (s); the largest takes as long through a poor radio.
WHOLE_REQUEST = 30.0
#: So many requests of one address are waited for at once; a browser opens six connections.
READ_AT_ONCE = 8


class PatientSocket(ssl.SSLSocket):
    """A connection that is read from until its ``deadline`` (by the monotonic clock)."""

    deadline = 0.0
    reading = False

    def recv_into(self, *arguments: Any, **named: Any) -> int:
        """Read; ``TimeoutError`` when nothing comes for a while, or the time for the whole request is over."""
        silence = self.gettimeout()
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left if silence is None else min(left, silence))
        self.reading = True
        try:
            return super().recv_into(*arguments, **named)
        finally:
            self.reading = False
            self.settimeout(silence)


class ReadingTurns:
    """Which connections a worker is busy with, the one that began first in front."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._busy: list[tuple[str, PatientSocket]] = []

    @contextmanager
    def turn(self, address: str, tls: PatientSocket) -> Iterator[None]:
        """Keep a worker busy with a request of ``address``; where it has too many already, the first of them ends."""
        tls.deadline = time.monotonic() + WHOLE_REQUEST
        entry = (address, tls)
        with self._guard:
            waiting = [other for of, other in self._busy if of == address and other.reading]
            self._busy.append(entry)
            if len(waiting) >= READ_AT_ONCE:
                _cut(waiting[0])
        try:
            yield
        finally:
            with self._guard:
                self._busy.remove(entry)


def _cut(tls: PatientSocket) -> None:
    # Beneath TLS, whose state belongs to the worker that reads: it sees the end of what it was waiting for.
    tls.deadline = 0.0
    with suppress(OSError):
        socket.socket.shutdown(tls, socket.SHUT_RDWR)
