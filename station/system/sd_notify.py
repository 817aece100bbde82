"""Telling systemd how the daemon is (sd_notify(3)): a datagram to the socket it names, nothing where it names none."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send ``state``, such as ``READY=1``, ``WATCHDOG=1``, ``STOPPING=1``."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect(address)
        line.sendall(state.encode())


def watchdog_seconds() -> float | None:
    """How often systemd wants a sign of life at the latest, in seconds; None where it wants none."""
    wanted = os.environ.get("WATCHDOG_USEC")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(wanted) / 1e6 if wanted and mine else None
