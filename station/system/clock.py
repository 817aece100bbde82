"""The PC's clock: whether it is plausible, and when it jumps.

Nothing that must be in order hangs on it (captures have a counter, the log is a chain), but logins, certificates and
the times in the log do. A PC whose battery is empty starts in 1970 or in its BIOS's year.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Select, func, select

from station.catalogue import event_log
from station.catalogue.models import Event
from station.context import Station
from station.errors import StationError
from station.messages import Message

log = logging.getLogger(__name__)

#: No station is older than this software; an earlier clock is a PC with an empty battery.
EARLIEST_YEAR = 2025
#: A station that nobody upgraded for so long is rarer than a clock that is years ahead.
LATEST_YEAR = EARLIEST_YEAR + 4
#: So long nobody leaves a station alone; a clock that says so is asked about.
LONGEST_REST = timedelta(days=200)
#: Where systemd's own time service notes that it has set the clock by the network (systemd-timesyncd(8)).
_SET_BY_NETWORK = Path("/run/systemd/timesync/synchronized")
#: What a clock that is set by the network may be corrected by, in one go, without anybody hearing of it.
USUAL = timedelta(minutes=2)
#: Lines of the log that the clock is held against: one that was years ahead once is forgotten after so many.
_LINES = 200


def trouble(station: Station) -> Message | None:
    """What is wrong with the clock: a year before this software, a time before the log's or long after it.

    None: nothing. A clock that the network has set is believed when it is ahead.
    """
    now = datetime.now(UTC)
    if now.year < EARLIEST_YEAR:
        return Message("clock-year", {"year": now.year})
    with station.catalogue.reading() as session:
        newest = session.scalar(_newest_moment())
    if newest is not None and now < newest - USUAL:
        return Message("clock-behind", {"now": _words(now), "newest": _words(newest)})
    if now.year > LATEST_YEAR or (newest is not None and now > newest + LONGEST_REST):
        if _SET_BY_NETWORK.exists():
            return None
        if newest is None:
            return Message("clock-ahead-new", {"now": _words(now)})
        return Message("clock-ahead", {"now": _words(now), "newest": _words(newest)})
    return None


@cache
def _newest_moment() -> Select[datetime | None]:
    last = select(func.max(Event.id)).scalar_subquery()
    return select(func.max(Event.at)).where(Event.id > last - _LINES)


class ClockWatch:
    """Sees the clock jump while the daemon runs, against a clock that counts on in sleep and cannot be set."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._ahead = _ahead()

    def look(self) -> None:
        """Log a jump since the last look and note it in the log of acts; where that cannot be written, in the next."""
        jumped = timedelta(seconds=_ahead() - self._ahead)
        if abs(jumped) <= USUAL:
            return
        seconds = round(jumped.total_seconds())
        log.warning("the clock was set by %+d s", seconds)
        try:
            with self._station.catalogue.writing() as session:
                event_log.record(session, "clock", "clock-jumped", seconds=seconds)
        except StationError as error:
            log.warning("the clock's jump could not be noted: %s", error)
            return
        self._ahead += jumped.total_seconds()


def _ahead() -> float:
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def _words(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")
