"""Notifying systemd of the daemon's state (sd_notify(3)) over the socket that it names."""

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
    microseconds = os.environ.get("WATCHDOG_USEC")
    is_ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 1e6 if microseconds and is_ours else None
