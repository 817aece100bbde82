"""Dates as registers know them: a day, a month, a year, or nothing readable at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import total_ordering
from typing import Self

from station.errors import Refused

#: Registers at hand are of about 1885 to 2025; a delivered book once held a date in the year 5005 (docs/registers.md).
FIRST_YEAR, LAST_YEAR = 1850, 2100

UNKNOWN = "unknown"

_TEXT = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
#: As people type: day first, or the year first as in ISO; "?" is what cannot be read.
_DAY_FIRST = re.compile(r"(?:(?:([0-9]{1,2}|\?)[/.-])?([0-9]{1,2}|\?)[/.-])?([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?")
_PLACEHOLDER = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@total_ordering
@dataclass(frozen=True)
class PartialDate:
    """A date of which the day, the month or all may be unknown; ``PartialDate()`` is the unknown date.

    Sorts by what is known, the less exact first: unknown, 2007, 2007-01, 2007-01-15. Making one raises ``Refused``
    for a day without a month, a month without a year, a year outside 1850-2100, or a day no calendar has.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if (self.day is not None and self.month is None) or (self.month is not None and self.year is None):
            raise Refused("date-malformed", text=self.placeholder())
        if self.year is None:
            return
        check_year(self.year)
        try:
            date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)
        except ValueError as error:
            raise Refused("date-not-in-calendar", text=str(self)) from error

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2007-01-15``, ``2007-01``, ``2007`` or ``unknown``; anything else is refused."""
        if text == UNKNOWN:
            return cls()
        if not (match := _TEXT.fullmatch(text)):
            raise Refused("date-malformed", text=text)
        return cls(*(None if part is None else int(part) for part in match.groups()))

    @classmethod
    def from_person(cls, text: str) -> Self:
        """Read what people type: ``15/1/2007``, ``1/2007``, ``2007``, also with dots or hyphens, or as ISO has it.

        ``?/1/2007`` has no readable day; ``?`` and nothing at all are the unknown date. Years have four digits:
        ``15/1/07`` may be 1907. ``/1/2007`` is refused, because it is what a form proposes before the day is typed.
        """
        typed = re.sub(r"\s*([/.-])\s*", r"\1", text.strip())
        if typed in ("", "?", UNKNOWN):
            return cls()
        day: str | None
        month: str | None
        if match := _YEAR_FIRST.fullmatch(typed):
            year, month, day = match.groups()
        elif match := _DAY_FIRST.fullmatch(typed):
            day, month, year = match.groups()
        else:
            raise Refused("date-unreadable", text=text)
        if month == "?" and day not in ("?", None):
            raise Refused("date-unreadable", text=text)
        return cls(*(None if part in ("?", None) else int(part) for part in (year, month, day)))

    @classmethod
    def from_placeholder(cls, text: str) -> Self:
        """Read the form that stands in names, in which zeros are what is not known: ``2007-01-00``."""
        if not (match := _PLACEHOLDER.fullmatch(text)):
            raise Refused("date-malformed", text=text)
        return cls(*(int(part) or None for part in match.groups()))

    def __str__(self) -> str:
        return "-".join(self._parts()) or UNKNOWN

    def __lt__(self, other: PartialDate) -> bool:
        return self.placeholder() < other.placeholder()

    def placeholder(self) -> str:
        """The form for names, always ten characters: ``2007-01-15``, ``2007-01-00``, ``2007-00-00``, ``0000-00-00``."""
        return f"{self.year or 0:04d}-{self.month or 0:02d}-{self.day or 0:02d}"

    def for_people(self) -> str:
        """The form for fields and lists, read back by :meth:`from_person`: 15/01/2007, 01/2007, 2007 or ?."""
        return "/".join(reversed(self._parts())) or "?"

    def ministry(self) -> str:
        """The form of the ministry's import template: ``15.01.2007``, ``01.2007``, ``2007`` or nothing."""
        return ".".join(reversed(self._parts()))

    def _parts(self) -> list[str]:
        numbers = ((self.year, 4), (self.month, 2), (self.day, 2))
        return [f"{value:0{width}d}" for value, width in numbers if value is not None]


def check_year(year: int) -> None:
    """Refuse a year in which no register can have been written."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("year-outside", year=year, first=FIRST_YEAR, last=LAST_YEAR)
