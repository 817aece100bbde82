"""The office's days: local ones, by the PC's time zone, as everywhere in the station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both within it. Raises ``Refused`` where the last is the earlier one."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Refused("report-days-reversed", first=in_words(self.first), last=in_words(self.last))

    @classmethod
    def of(cls, day: str | None, first: str | None = None, last: str | None = None) -> Period:
        """As somebody asks for it: one day, or from one to another; what is left out is today, or the other end."""
        if day and (first or last):
            raise Refused("report-day-or-days")
        one = day or first or last
        if not one:
            return cls(today(), today())
        return cls(parse_day(day or first or one), parse_day(day or last or one))

    @property
    def start(self) -> datetime:
        """The moment it begins (UTC)."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The moment it is over (UTC)."""
        return _midnight(self.last + timedelta(days=1))

    def days(self) -> Iterator[date]:
        """Each of its days."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def __str__(self) -> str:
        """``2025-03-02``, or ``2025-03-01_2025-03-15``: for names of files and sheets."""
        return "_".join(dict.fromkeys(day.isoformat() for day in (self.first, self.last)))

    def words(self) -> str:
        """``02/03/2025``, or ``01/03/2025 – 15/03/2025``."""
        one = self.first == self.last
        return in_words(self.first) if one else f"{in_words(self.first)} – {in_words(self.last)}"


def today() -> date:
    """The day that the PC's clock says it is."""
    return datetime.now().astimezone().date()


def parse_day(text: str) -> date:
    """Read ``2025-03-02`` or ``2/3/2025``; refused where that is no day, or one that no clock can say."""
    try:
        partial = PartialDate.from_person(text)
    except Refused as error:
        raise Refused("report-day-unreadable", text=text) from error
    if partial.year is None or partial.month is None or partial.day is None:
        raise Refused("report-day-unreadable", text=text)
    return date(partial.year, partial.month, partial.day)


def in_words(day: date) -> str:
    """As people write it: 02/03/2025."""
    return f"{day:%d/%m/}{day.year:04d}"


def moment_in_words(at: datetime) -> str:
    """An instant as people here write it, by the office's clock: 16:05 02/03/2025."""
    return f"{at.astimezone():%H:%M %d/%m/%Y}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone().astimezone(UTC)
