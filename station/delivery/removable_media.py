"""The sticks among the destinations: whether one is plugged in, and letting an operator pull it out.

The service that comes with the station mounts each USB stick below :data:`STICKS`, by its label (systemd/sticks). The
sandboxed station may not unmount: it asks by an empty file in :data:`REQUESTS`, named as the stick's folder, which
goes away when the request was dealt with.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.catalogue import event_log
from station.context import Station
from station.errors import Refused
from station.settings.tables import FolderDestination
from station.storage import durable, locks

STICKS = Path("/media/tramquet")
REQUESTS = Path("/run/tramquet/eject")

#: A copy that ends meanwhile is waited for so long (s); a longer one is told.
_COPY_WITHIN = 5.0
#: What is still in memory is written to the stick first, which takes so long (s) on a slow one.
_OUT_WITHIN = 60.0


@dataclass(frozen=True)
class Stick:
    """A destination that is a stick; ``free`` bytes are left on it, None while it is not plugged in."""

    destination: str
    path: Path
    free: int | None


def is_mounted(path: Path, data: Path) -> bool:
    """Whether something of its own is mounted at ``path``: not the disk that the file or folder ``data`` lies on.

    Else a package for the province fills the PC's own disk, and its receipt is worth nothing.
    """
    return _free(path, data) is not None


def all_sticks(station: Station) -> list[Stick]:
    """The sticks of the settings, as they stand now."""
    return [Stick(one.id, one.path, _free(one.path, station.folders.data)) for one in _sticks(station)]


def is_plugged_in(station: Station, destination: str) -> bool:
    """Whether the stick of that destination is plugged in."""
    return any(one.id == destination and is_mounted(one.path, station.folders.data) for one in _sticks(station))


def eject(station: Station, destination: str, *, who: str) -> None:
    """Return when the stick may be pulled out: nothing is being copied to it, all is on it, and it is unmounted.

    Raises ``Refused`` where that is not so, or the stick was mounted by somebody else.
    """
    sticks = {one.id: one for one in _sticks(station)}
    if destination not in sticks:
        raise Refused("stick-unknown", text=destination, known=", ".join(sticks) or "-")
    path = sticks[destination].path
    if not is_mounted(path, station.folders.data):
        raise Refused("stick-out", destination=destination, path=path)
    if path.parent != STICKS or not os.access(REQUESTS, os.W_OK):
        raise Refused("stick-not-ours", path=path)
    durable.make_folders(station.folders.locks)
    with (station.folders.locks / f"delivery-{destination}").open("ab") as file:
        if not _within(_COPY_WITHIN, lambda: locks.take(file.fileno(), wait=False)):
            raise Refused("stick-copying", destination=destination)
        request = REQUESTS / path.name
        request.touch()
        if not _within(_OUT_WITHIN, lambda: not request.exists()):
            request.unlink(missing_ok=True)
            raise Refused("stick-unanswered", path=path)
        if path.is_mount():
            raise Refused("stick-in-use", path=path)
    with station.catalogue.writing() as session:
        event_log.record(session, who, "stick-ejected", destination=destination)


def _free(path: Path, data: Path) -> int | None:
    try:
        own = path.is_mount() and path.stat().st_dev != data.stat().st_dev
        return durable.free_bytes(path) if own else None
    except OSError:  # pulled out a moment ago
        return None


def _sticks(station: Station) -> list[FolderDestination]:
    return [one for one in station.settings.destinations if isinstance(one, FolderDestination) and one.stick]


def _within(seconds: float, held: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not held():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
