"""Clients that are slow: each keeps one of the server's workers waiting, and some dozens would block the page.

A request has a time in which it must be there as a whole; of one address only a few requests and answers are waited for
at once, where the one that takes longest gives way, and only so many connections are open.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

#: Within this a request, all of it, must have come (s); the largest takes as long through a poor radio.
WHOLE_REQUEST = 30.0
#: So many requests and answers of one address are waited for at once; a browser opens six connections.
WAITED_FOR_AT_ONCE = 8
#: So many connections of one address are open at once, idle ones too: eight tabs and some programs beside them.
OPEN_AT_ONCE = 64


class PatientSocket(ssl.SSLSocket):
    """A connection that is read from until its ``deadline`` (by the monotonic clock).

    ``waiting``: whether a worker waits for the client just now, for what it sends or for taking what it asked for.
    """

    deadline = 0.0
    waiting = False

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        """Read; ``TimeoutError`` when nothing comes for a while, or the time for the whole request is over."""
        silence = self.gettimeout()
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        self.settimeout(seconds if silence is None else min(seconds, silence))
        self.waiting = True
        try:
            return super().recv_into(*arguments, **options)
        finally:
            self.waiting = False
            self.settimeout(silence)

    def send(self, *arguments: Any, **options: Any) -> int:
        """Send; ``TimeoutError`` when the client takes nothing for a while."""
        self.waiting = True
        try:
            return super().send(*arguments, **options)
        finally:
            self.waiting = False


class ClientTurns:
    """Which connections a worker is busy with, the one that began first in front, and which are open, by address."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._busy: list[tuple[str, PatientSocket]] = []
        self._open: dict[str, WeakSet[socket.socket]] = {}

    def admit(self, address: str, line: socket.socket) -> bool:
        """Whether one more connection of ``address`` may be open; it is counted until it is closed."""
        with self._guard:
            self._open = {of: open_ones for of, lines in self._open.items() if (open_ones := _open_ones(lines))}
            lines = self._open.setdefault(address, WeakSet())
            if len(lines) >= OPEN_AT_ONCE:
                return False
            lines.add(line)
            return True

    @contextmanager
    def turn(self, address: str, tls: PatientSocket) -> Iterator[None]:
        """Keep a worker busy with a request of ``address``; where it has too many already, the first of them ends."""
        tls.deadline = time.monotonic() + WHOLE_REQUEST
        entry = (address, tls)
        with self._guard:
            waiting = [other for of, other in self._busy if of == address and other.waiting]
            self._busy.append(entry)
            if len(waiting) >= WAITED_FOR_AT_ONCE:
                _cut(waiting[0])
        try:
            yield
        finally:
            with self._guard:
                self._busy.remove(entry)


def _open_ones(lines: WeakSet[socket.socket]) -> WeakSet[socket.socket]:
    return WeakSet(line for line in lines if line.fileno() >= 0)


def _cut(tls: PatientSocket) -> None:
    # Beneath TLS, whose state belongs to the worker that waits: it sees the end of what it was waiting for.
    tls.deadline = 0.0
    with suppress(OSError):
        socket.socket.shutdown(tls, socket.SHUT_RDWR)
