"""Watching the connection to the PC behind a network scanner, so that its end is noticed at once.

SANE's ``net`` backend takes no notice: libsane 1.2.1 asks a closed connection for more for ever, at full speed, when
``saned`` dies in mid-page, and corrupts its memory when an option is set over one (both measured). A deadline would
notice the first after most of a minute; the kernel knows at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

_SANED_PORT = 6566  # saned(8); the net backend knows no other unless /etc/services names one
_CLOSED = select.POLLRDHUP | select.POLLHUP | select.POLLERR


def watch_peers(on_loss: Callable[[str], None]) -> None:
    """Call ``on_loss`` with the peer's address, from a thread, when a ``saned`` closes its connection to this process.

    Ask when the device is open. Where it does not hang on a ``saned``, nothing is watched.
    """
    port = _port()
    for descriptor in _sockets():
        # A copy of its own: the backend may close its descriptor and the number may be given to another file.
        connection = socket.socket(fileno=os.dup(descriptor))
        host = _peer(connection, port)
        if host is None:
            connection.close()
        else:
            threading.Thread(target=_watch, args=(connection, host, on_loss), name="peer", daemon=True).start()


def _watch(connection: socket.socket, host: str, on_loss: Callable[[str], None]) -> None:
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    while not any(events & _CLOSED for _, events in poll.poll()):
        pass
    on_loss(host)


def _peer(connection: socket.socket, port: int) -> str | None:
    """The address at the other end of a TCP connection to ``port``, None for any other socket."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        host, peer_port, *_ = connection.getpeername()
    except OSError:
        return None
    return str(host) if peer_port == port else None


def _sockets() -> list[int]:
    connections = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith("socket:"):
                connections.append(int(link.name))
    return connections


def _port() -> int:
    try:
        return socket.getservbyname("sane-port", "tcp")
    except OSError:
        return _SANED_PORT
