"""When what is left will be done, by the pace of the last days: a range, for no two days are alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: A day further off than this is not foreseen.
_FURTHEST = 3650


@dataclass(frozen=True)
class Forecast:
    """``pace`` a day, on average; ``earliest`` by the better half of the days, ``latest`` by the other half.

    None: not to be foreseen, because nothing was done.
    """

    pace: float
    earliest: date | None
    latest: date | None


def forecast(daily: Sequence[float], left: float, today: date) -> Forecast:
    """What the last whole days say (the oldest first) of so much that is left; days without work count, too."""
    pace = sum(daily) / len(daily) if daily else 0.0
    if left <= 0:
        return Forecast(pace, today, today)
    by_pace = sorted(daily)
    half = math.ceil(len(by_pace) / 2)
    return Forecast(pace, _day(left, by_pace[-half:], today), _day(left, by_pace[:half], today))


def _day(left: float, daily: Sequence[float], today: date) -> date | None:
    pace = sum(daily) / len(daily) if daily else 0.0
    needed = math.ceil(left / pace) if pace > 0 else _FURTHEST + 1
    return today + timedelta(days=needed) if needed <= _FURTHEST else None
