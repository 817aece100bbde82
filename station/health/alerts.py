"""Conditions that everybody at the station must know before they stop work: a full disk, a wrong clock."""

from __future__ import annotations

import contextlib

from station.context import Station
from station.errors import StationError
from station.messages import Message
from station.storage import durable
from station.system import clock

#: Less than a day's scanning (bytes).
LITTLE_ROOM = 5 * 1024**3
#: A page with all that is made of it: master, upload copy, its share of the packages (bytes).
_PAGE = 7 * 1024**2


def current_alerts(station: Station) -> list[Message]:
    """What there is to say now; a catalogue that cannot be read says so by itself, elsewhere."""
    alerts = [disk_space_alert(station)]
    with contextlib.suppress(StationError):  # whoever works with the catalogue meets the same
        alerts.append(clock.trouble(station))
    return [alert for alert in alerts if alert is not None]


def disk_space_alert(station: Station) -> Message | None:
    """That the disk gets full, and for how many pages there is room; scanning stops by itself before harm is done."""
    data = station.folders.data
    free = durable.free_bytes(data)
    if free >= LITTLE_ROOM:
        return None
    return Message("disk-little", {"path": data, "free": free // 1024**2, "pages": free // _PAGE})
