"""The daemon's loop that sends heartbeats to the province: no other loop waits for it, and a failure is only logged."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from station.context import Station
from station.health import heartbeat
from station.settings.tables import TusDestination

log = logging.getLogger(__name__)


class HeartbeatService:
    """Heartbeats of this daemon to one destination; ``fault`` tells why it cannot work."""

    def __init__(self, station: Station, destination: TusDestination, fault: Callable[[], str | None]) -> None:
        self._station, self._destination, self._fault = station, destination, fault
        self._run = secrets.token_hex(8)
        self._every = destination.heartbeat_minutes * 60.0
        self._next = 0.0
        self._trouble: str | None = None

    def turn(self) -> float:
        """Send one when its time has come; gives how long to wait for the next (s)."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            try:
                trouble = heartbeat.send(self._station, self._destination, self._run, self._fault())
                self._tell(trouble.code if trouble else None)
            except Exception:
                # A loop's error is a fault of the daemon, and ends it in the end: not for a word about it.
                log.exception("no heartbeat to %s", self._destination.id)
        return min(60.0, max(0.5, self._next - time.monotonic()))

    def _tell(self, trouble: str | None) -> None:
        """A line that is dead for days is logged once."""
        if trouble is not None and self._trouble is None:
            log.info("no heartbeat to %s: %s", self._destination.id, trouble)
        self._trouble = trouble
