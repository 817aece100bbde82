"""The day's report: what was done in some days, in the order of the settings' communes, and how far each commune is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from station.context import Station
from station.domain.report_columns import ReportColumn
from station.messages import Message
from station.reports import counts, days, plan, progress
from station.reports.days import Period
from station.reports.plan import Course
from station.reports.progress import PlaceProgress
from station.reports.work import Book, Doer, Work, total
from station.settings import Settings
from station.system import clock

#: So many days of a wrong clock are named; more are counted.
_MOST_DAYS = 6
_EARLIEST = datetime(clock.EARLIEST_YEAR, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DayReport:
    """``book`` is what was done, ``places`` how far each commune is at ``made_at``, ``notices`` what is to be known.

    ``courses`` are the plan's, where they were asked for.
    """

    settings: Settings
    period: Period
    made_at: datetime
    book: Book
    places: list[PlaceProgress]
    notices: list[Message]
    courses: list[Course]

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        """The figures that the settings chose."""
        return self.settings.report.columns

    @property
    def total(self) -> Work:
        """All of it together."""
        return total(self.book.values())


def make(station: Station, period: Period, *, with_plan: bool = False) -> DayReport:
    """Count it. What was done under a clock that was wrong is told, with the day on which it stands.

    The plan goes by the last two weeks, whatever the period is.
    """
    trouble = clock.trouble(station)
    now = datetime.now(UTC)
    with station.catalogue.reading() as session:
        book = counts.work_of(session, period)
        places = progress.of_places(session, station.settings)
        impossible = counts.acts_before(session, _EARLIEST)
        to_come = counts.acts_since(session, now + timedelta(days=1))
    notices = [trouble] if trouble else []
    notices += _days_elsewhere(period, "report-days-impossible", impossible)
    notices += _days_elsewhere(period, "report-days-to-come", to_come)
    if any(period.first <= day <= period.last for day in impossible):
        notices.append(Message("report-impossible-here"))
    if unstated := sum(place.unstated for place in places):
        notices.append(Message("report-unstated", {"count": unstated}))
    courses = plan.of_station(station).courses if with_plan else []
    return DayReport(station.settings, period, now, _in_order(station.settings, book), places, notices, courses)


def _days_elsewhere(period: Period, code: str, numbers: dict[date, int]) -> list[Message]:
    """What is said of acts on such days that are not of the period."""
    elsewhere = {day: count for day, count in numbers.items() if not period.first <= day <= period.last}
    if not elsewhere:
        return []
    named = ", ".join(days.in_words(day) for day in list(elsewhere)[:_MOST_DAYS])
    more = f" (+{len(elsewhere) - _MOST_DAYS})" if len(elsewhere) > _MOST_DAYS else ""
    return [Message(code, {"count": sum(elsewhere.values()), "days": named + more})]


def _in_order(settings: Settings, book: Book) -> Book:
    order = {place.code: number for number, place in enumerate(settings.places)}

    def key(doer: Doer) -> tuple[object, ...]:
        return doer.day, order.get(doer.place, len(order)), doer.place, doer.person, doer.type

    return {doer: book[doer] for doer in sorted(book, key=key)}
