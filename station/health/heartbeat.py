"""Heartbeats: the station's state for the province, with nothing about ledgers or people.

A heartbeat is no delivery: it is about now, so none waits in a queue, has a receipt or is kept.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from station.context import Station
from station.delivery import progress
from station.delivery.destinations.tus_http import Interrupted, LineTimeouts, TusClient
from station.domain.states import DeliveryState
from station.errors import DeliveryWaits, StationError
from station.health import alerts, last_times
from station.ledger import tallies
from station.messages import Message
from station.settings.tables import TusDestination

#: Raised when whoever receives it must know a new shape.
FORMAT = 1
#: It is small, and the next one is as good: a line that takes longer than this has better things to do (s).
_TIMEOUTS = LineTimeouts(connect=10, read=20, answer=30)
_ON_THE_WAY = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.WAITING)


def content(station: Station, run: str, fault: str | None) -> dict[str, Any]:
    """A heartbeat, as JSON data. ``run`` names the daemon's run, ``fault`` is why it cannot work (None: it can)."""
    disk = shutil.disk_usage(station.folders.data)
    codes = [alert.code for alert in alerts.current_alerts(station)]
    message: dict[str, Any] = {
        "format": FORMAT,
        "station": station.settings.station.id,
        "run": run,
        "version": version("tramquet"),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "free_bytes": disk.free,
        "total_bytes": disk.total,
        "waiting": 0,
        "stuck": 0,
    }
    try:
        message |= _of_catalogue(station)
    except StationError:  # a station whose catalogue is ill has the more to say
        fault = fault or "catalogue"
    return message | {"health": [*_fault_codes(fault), *codes]}


def send(station: Station, destination: TusDestination, run: str, fault: str | None) -> Message | None:
    """Send a heartbeat to the receiver of that destination, once; gives the reason of a failure, None on success."""
    line = TusClient(destination, _TIMEOUTS)
    try:
        line.ask(
            "POST",
            f"{destination.receipts.rstrip('/')}/heartbeat",
            headers={"Content-Type": "application/json", "Tus-Resumable": None},
            piece=json.dumps(content(station, run, fault)).encode(),
            accept=(204,),
        )
    except Interrupted as error:
        return error.message
    except DeliveryWaits as error:
        return Message(error.code, error.facts)
    finally:
        line.close()
    return None


def _of_catalogue(station: Station) -> dict[str, Any]:
    with station.catalogue.reading() as session:
        deliveries = tallies.figures(session).get("deliveries", {})
        return {
            "waiting": sum(deliveries.get(state, 0) for state in _ON_THE_WAY),
            "stuck": deliveries.get(DeliveryState.STUCK, 0),
            "paused": progress.is_paused(session),
            "oldest_unsent": _text(last_times.oldest_unsent(session)),
            "backup_at": _text(last_times.last_backup(session)),
        }


def _fault_codes(fault: str | None) -> list[str]:
    """Of "catalogue: catalogue-locked" the first word; which loop has trouble is for who sits at the station."""
    if fault is None:
        return []
    kind = fault.partition(":")[0]
    return [f"fault-{kind}" if kind in ("catalogue", "disk") else "fault-loop"]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
