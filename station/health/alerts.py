"""Warnings for everybody at the station: a full disk, a wrong clock, deliveries that are held."""

from __future__ import annotations

import contextlib

from station.context import Station
from station.delivery import queue as delivery_queue
from station.errors import StationError
from station.messages import Message
from station.storage import disk_space
from station.system import clock

#: A page with all that is made of it: master, upload copy, its share of the packages (bytes).
_PAGE = 7 * 1024**2


def current_alerts(station: Station) -> list[Message]:
    """The warnings of now; that the catalogue cannot be read is reported elsewhere."""
    alerts = [disk_space_alert(station)]
    with contextlib.suppress(StationError):  # whoever works with the catalogue meets the same
        alerts += [clock.trouble(station), _pause_alert(station)]
    return [alert for alert in alerts if alert is not None]


def _pause_alert(station: Station) -> Message | None:
    """That a technician holds all deliveries: whoever forgets that believes that the province has what it has not."""
    return Message("deliveries-held") if delivery_queue.is_paused(station) else None


def disk_space_alert(station: Station) -> Message | None:
    """That the disk gets full, and for how many pages there is room; scanning stops by itself before harm is done."""
    data = station.folders.data
    free = disk_space.free_bytes(data)
    if free >= disk_space.LITTLE:
        return None
    return Message("disk-little", {"path": data, "free": free // 1024**2, "pages": free // _PAGE})
