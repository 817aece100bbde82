"""The sticks among the destinations: whether one is plugged in, and letting an operator pull it out.

The service that comes with the station mounts each USB stick below :data:`STICKS`, by its label (systemd/sticks). The
sandboxed station may not unmount: it asks by an empty file in :data:`REQUESTS`, named as the stick's folder, which
goes away when the request was dealt with.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from station.catalogue import event_log
from station.context import Station
from station.delivery import destinations
from station.errors import Refused
from station.storage import medium

STICKS = Path("/media/tramquet")
REQUESTS = Path("/run/tramquet/eject")

#: A copy that ends meanwhile is waited for so long (s); a longer one is told.
_COPY_WITHIN = 5.0
#: What is still in memory is written to the stick first, which takes so long (s) on a slow one.
_OUT_WITHIN = 60.0
#: How often it is looked for (s).
_LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Stick:
    """A destination that is a stick; ``free`` bytes are left on it, None while it is not plugged in."""

    destination: str
    path: Path
    free: int | None


def all_sticks(station: Station) -> list[Stick]:
    """The sticks of the settings, as they stand now."""
    return [
        Stick(one.id, one.mount_point, medium.mounted_free_bytes(one.mount_point, station.folders.data))
        for one in station.settings.destinations
        if one.mount_point is not None
    ]


def is_plugged_in(station: Station, destination: str) -> bool:
    """Whether the stick of that destination is plugged in."""
    return any(stick.destination == destination and stick.free is not None for stick in all_sticks(station))


def eject(station: Station, destination: str, *, who: str) -> None:
    """Return when the stick may be pulled out: nothing is being copied to it, all is on it, and it is unmounted.

    Raises ``Refused`` where that is not so, or the stick was mounted by somebody else.
    """
    sticks = {stick.destination: stick for stick in all_sticks(station)}
    if destination not in sticks:
        raise Refused("stick-unknown", text=destination, known=", ".join(sticks) or "-")
    path = sticks[destination].path
    if sticks[destination].free is None:
        raise Refused("stick-out", destination=destination, path=path)
    if path.parent != STICKS or not os.access(REQUESTS, os.W_OK):
        raise Refused("stick-not-ours", path=path)
    with destinations.exclusive_delivery(station.folders, destination, patience=_COPY_WITHIN) as alone:
        if not alone:
            raise Refused("stick-copying", destination=destination)
        request = REQUESTS / path.name
        request.touch()
        if not _answered(request):
            request.unlink(missing_ok=True)
            raise Refused("stick-unanswered", path=path)
        if path.is_mount():
            raise Refused("stick-in-use", path=path)
    with station.catalogue.writing() as session:
        event_log.record(session, who, "stick-ejected", destination=destination)


def _answered(request: Path) -> bool:
    until = time.monotonic() + _OUT_WITHIN
    while request.exists():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_EVERY)
    return True
