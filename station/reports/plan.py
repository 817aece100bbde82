"""The plan: what is to be done, what is done, at what pace, when it will be done, and what holds it up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Closing, Ledger, Page, Place, PlanTarget, constant
from station.context import Station
from station.domain.plan_subjects import PlanSubject
from station.domain.states import LEDGER_OPEN, LedgerState, PageState
from station.ledger import ledgers, practice, tallies
from station.messages import Message
from station.reports import counts, days
from station.reports.days import Period
from station.reports.forecast import Forecast, forecast
from station.reports.work import Book

#: What was handed over is to be done at another station.
_ELSEWHERE = Ledger.state == LedgerState.HANDED_OVER
#: The whole days that a forecast goes by, and those that are drawn.
PACE_DAYS = 7
SHOWN_DAYS = 14


@dataclass(frozen=True)
class Course:
    """How one target goes. ``set_by_hand`` is whether a person set it; else it is what the inventory says, undated.

    ``daily`` is what was done on each of the last days, today's the last; ``needed`` is how much a day is needed to be
    done in time.
    """

    place: str
    commune: str
    subject: PlanSubject
    set_by_hand: bool
    total: int
    done: int
    due: date | None
    per_day: int | None
    needed: int | None
    daily: dict[date, int]
    forecast: Forecast

    @property
    def remaining(self) -> int:
        """What is to do still."""
        return max(self.total - self.done, 0)

    @property
    def late(self) -> bool:
        """Whether it is not done in time by the average pace of the last days."""
        if not self.remaining or self.needed is None:
            return False
        return self.forecast.pace < self.needed


@dataclass(frozen=True)
class PlannedLedger:
    """A ledger that is not delivered yet, and who is responsible for it."""

    reference: str
    commune: str
    state: str
    responsible: str | None


@dataclass(frozen=True)
class Plan:
    """The courses by place and subject, what holds the work up (the most first), and the ledgers that are to do."""

    today: date
    courses: list[Course]
    waits: list[Message]
    to_do: list[PlannedLedger]


def of_station(station: Station) -> Plan:
    """The plan as it stands now."""
    today = days.today()
    with station.catalogue.reading() as session:
        book = counts.work_of(session, Period(today - timedelta(days=SHOWN_DAYS - 1), today))
        return Plan(today, _courses(session, book, today), _waits(session), _ledgers(session))


def facts(course: Course) -> dict[str, Any]:
    """A course for other programs."""
    end = course.forecast
    return {
        "place": course.place,
        "subject": course.subject.value,
        "set": course.set_by_hand,
        "total": course.total,
        "done": course.done,
        "left": course.remaining,
        "due": course.due.isoformat() if course.due else None,
        "per_day": course.per_day,
        "needed_per_day": course.needed,
        "pace": round(end.pace, 1),
        "earliest": end.earliest.isoformat() if end.earliest else None,
        "latest": end.latest.isoformat() if end.latest else None,
        "late": course.late,
    }


def _courses(session: Session, book: Book, today: date) -> list[Course]:
    targets = {(one.place_id, one.subject): one for one in session.scalars(select(PlanTarget))}
    return [
        _course(place, subject, targets.get((place.id, subject.value)), stock[subject], book, today)
        for place, stock in _stocks(session)
        for subject in PlanSubject
    ]


def _course(
    place: Place, subject: PlanSubject, target: PlanTarget | None, stock: tuple[int, int], book: Book, today: date
) -> Course:
    in_stock, done = stock
    total = target.total if target is not None and target.total is not None else in_stock
    daily = {today - timedelta(days=ago): 0 for ago in reversed(range(SHOWN_DAYS))}
    for doer, work in book.items():
        if doer.place == place.code:
            daily[doer.day] += int(work.figure(subject.column))
    due, per_day = (target.due, target.per_day) if target is not None else (None, None)
    left = max(total - done, 0)
    # Today is part of the days that are left.
    needed = per_day if due is None else math.ceil(left / max((due - today).days + 1, 1))
    return Course(
        place=place.code,
        commune=place.commune,
        subject=subject,
        set_by_hand=target is not None,
        total=total,
        done=done,
        due=due,
        per_day=per_day,
        needed=needed,
        daily=daily,
        forecast=forecast(_paced(list(daily.values())), left, today),
    )


def _paced(daily: list[int]) -> list[int]:
    """The last whole days since work began; on the first day of all, today."""
    *whole, today = daily
    began = next((number for number, count in enumerate(whole) if count), None)
    return [today] if began is None else whole[max(began, len(whole) - PACE_DAYS) :]


def _stocks(session: Session) -> list[tuple[Place, dict[PlanSubject, tuple[int, int]]]]:
    """Each place that has ledgers, and of each subject how much the inventory says and how much is done."""
    rows = session.execute(_sums_of_places()).all()
    return [
        (
            place,
            {
                PlanSubject.ENTRIES: (entry_total, entries_done),
                PlanSubject.PAGES: (page_total, pages_done),
                PlanSubject.LEDGERS: (ledger_total, ledgers_done),
            },
        )
        for place, entry_total, entries_done, page_total, pages_done, ledgers_done, ledger_total in rows
    ]


@cache
def _sums_of_places() -> Select[*tuple[Any, ...]]:
    """Each place that has ledgers, with its entries, those named, its pages, those scanned, ledgers closed, and all."""

    def closing_sum(column: Any) -> Any:
        query = select(func.sum(column)).where(Closing.ledger_id == Ledger.id)
        return func.coalesce(query.correlate(Ledger).scalar_subquery(), 0)

    named, scanned = Ledger.entry_count, Ledger.page_count
    entries, pages = func.max(closing_sum(Closing.entries), named), func.max(closing_sum(Closing.pages), scanned)
    closed = case((Ledger.state.not_in(LEDGER_OPEN), 1), else_=0)
    each_ledger = select(
        Ledger.place_id,
        entries.label("entries"),
        named.label("named"),
        pages.label("pages"),
        scanned.label("scanned"),
        closed.label("closed"),
    ).where(~Ledger.digitised_before, ~Ledger.practice, ~_ELSEWHERE)
    each = each_ledger.subquery()
    columns = (each.c.entries, each.c.named, each.c.pages, each.c.scanned, each.c.closed)
    query = select(Place, *(func.sum(column) for column in columns), func.count())
    return query.join(each, each.c.place_id == Place.id).group_by(Place.id).order_by(Place.code)


def _waits(session: Session) -> list[Message]:
    """What waits for somebody or something, the most first."""
    figures = tallies.figures(session)
    ledger_states = figures.get("ledgers", {})
    elsewhere = select(Ledger.id).where(_ELSEWHERE)
    asking = select(func.count()).where(
        Capture.current == constant(1),
        Capture.asks == constant(1),
        Capture.ledger_id.not_in(practice.ledger_ids()),
        Capture.ledger_id.not_in(elsewhere),
    )
    gone = select(func.count()).where(Page.ledger_id.in_(elsewhere), Page.state == PageState.UNSORTED)
    numbers = {
        "plan-waits-unsorted": figures.get("pages", {}).get(PageState.UNSORTED, 0) - (session.scalar(gone) or 0),
        "plan-waits-asking": session.scalar(asking) or 0,
        "plan-waits-incomplete": ledger_states.get(LedgerState.SCANNED, 0),
        "plan-waits-package": ledger_states.get(LedgerState.INDEXED, 0) + ledger_states.get(LedgerState.CHECKED, 0),
        "plan-waits-line": ledger_states.get(LedgerState.PACKAGED, 0),
    }
    return [
        Message(code, {"count": count}) for code, count in sorted(numbers.items(), key=lambda one: -one[1]) if count
    ]


def _ledgers(session: Session) -> list[PlannedLedger]:
    query = (
        select(Ledger)
        .join(Place)
        .where(Ledger.state != LedgerState.DELIVERED, ~Ledger.digitised_before, ~Ledger.practice, ~_ELSEWHERE)
    )
    ordered = query.order_by(Place.code, Ledger.type, Ledger.year, Ledger.book)
    return [
        PlannedLedger(ledgers.reference(one), one.place.commune, one.state, one.responsible)
        for one in session.scalars(ordered)
    ]
