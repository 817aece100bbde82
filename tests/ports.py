"""Ports for the servers of tests: none is given to two of them, in whichever process they run."""

from __future__ import annotations

import fcntl
import os
import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import IO

#: Below what the kernel gives to connections that ask for any port (net.ipv4.ip_local_port_range): there, the port
#: that was free a moment ago is some client's when the server at last has started.
_PORTS = range(20_000, 32_000)
_LOCKS = Path("/tmp") / f"tramquet-ports-{os.getuid()}"
_chance = random.SystemRandom()
_held: list[IO[str]] = []


def free_port() -> int:
    """A port on which nothing listens; it stays with this process until the process ends."""
    _LOCKS.mkdir(exist_ok=True)
    while True:
        port = _chance.choice(_PORTS)
        lock = (_LOCKS / str(port)).open("w")
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("", port)).close()
            _held.append(lock)
            return port
        lock.close()
