"""What is asked of a medium before files go there: whether it is there at all, and how long it takes for one."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from station.storage import disk_space, durable
from station.storage.untrusted_folder import Folder


def is_mounted(path: Path, data: Path) -> bool:
    """Whether something of its own is mounted at ``path``: not the disk that the file or folder ``data`` lies on.

    Else a package for the province fills the PC's own disk, and its receipt is worth nothing.
    """
    return mounted_free_bytes(path, data) is not None


def mounted_free_bytes(path: Path, data: Path) -> int | None:
    """How many bytes are free on what is mounted at ``path``; None where :func:`is_mounted` says that nothing is."""
    try:
        own = path.is_mount() and path.stat().st_dev != data.stat().st_dev
        return disk_space.free_bytes(path) if own else None
    except OSError:  # pulled out a moment ago
        return None


def sync_time(folder: Path) -> float:
    """Write a small file durably into ``folder`` and remove it; gives how long that took (s)."""
    probe = f".probe-{secrets.token_hex(4)}"
    with durable.storage_failures(folder), Folder.at(folder) as opened:
        started = time.monotonic()
        with opened.new_file(probe) as file:  # where it fails, it leaves nothing
            file.write(b"probe")
        took = time.monotonic() - started
        opened.unlink(probe)
    return took
