"""The queries that count what was done in some days: in which commune's ledgers of which type, by whom.

Each begins at an index of times, so that a day costs what was done on it, whatever else the catalogue holds. A figure
is a function here and a column in :class:`~station.domain.report_columns.ReportColumn`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Result, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, join

from station.catalogue.models import (
    Attachment,
    Capture,
    Check,
    Delivery,
    Entry,
    EntryRevision,
    Event,
    HandOver,
    Ledger,
    Package,
    PackageFile,
    Page,
    Place,
    Receipt,
    Region,
    constant,
)
from station.domain import paper
from station.domain.checks import CheckKind, CheckVerdict
from station.domain.naming.keys import PRACTICE, parse_reference
from station.domain.report_columns import ReportColumn
from station.domain.states import PackageKind, PackageState
from station.ledger import check_counts
from station.reports.days import Period
from station.reports.work import Book, Doer, Work
from station.rows import row_checks

#: Nothing that is done in practice ledgers is work.
_REAL = ~Ledger.practice


def _here(moment: Any) -> ColumnElement[bool]:
    """What was done before a ledger was taken over stands in the reports of the station that it came from.

    Of one that came back it was done here, too, what was done before it went.
    """
    went, came = aliased(HandOver), aliased(HandOver)
    between = select(came.id).where(
        came.ledger_id == went.ledger_id, ~came.own, came.id < went.id, came.ended_at > moment
    )
    own_time = select(went.id).where(
        went.ledger_id == Ledger.id, went.own, went.at > moment, ~between.correlate_except(came).exists()
    )
    still_here = own_time.correlate_except(went).exists()
    return or_(Ledger.taken_over_at.is_(None), moment >= Ledger.taken_over_at, still_here)


#: Packages that say all of a ledger.
_WHOLE = (Package.kind == PackageKind.ENTRIES, ~Package.partial)

#: An image of these days, the one that stands in its place now, and one that stood there before.
_Image, _Current, _Earlier = aliased(Capture), aliased(Capture), aliased(Capture)
_SAME_LABEL = and_(_Earlier.ledger_id == _Image.ledger_id, _Earlier.label == _Image.label)
_IS_RETAKE = select(_Earlier.id).where(_SAME_LABEL, _Earlier.revision < _Image.revision).correlate(_Image).exists()
_NOW = and_(_Current.ledger_id == _Image.ledger_id, _Current.label == _Image.label, _Current.current)


def work_of(session: Session, period: Period) -> Book:
    """All that was done in these days, by day, place, type and person."""
    book: Book = defaultdict(Work)
    for count in _COUNTS:
        count(session, period, book)
    return dict(sorted(book.items()))


def scanned_and_named(session: Session, period: Period) -> Book:
    """Of that, the pages that were scanned and the entries that got their number."""
    book: Book = defaultdict(Work)
    _pages(session, period, book)
    _add(session, period, book, ReportColumn.ENTRIES_NAMED)
    return book


Moment = InstrumentedAttribute[datetime]
Query = Select[*tuple[Any, ...]]


def acts_before(session: Session, moment: datetime) -> dict[date, int]:
    """How much was done on each day before a moment, whatever it was."""
    return _by_day(session, _acts_before(), moment)


def acts_since(session: Session, moment: datetime) -> dict[date, int]:
    """How much was done on each day from a moment on, whatever it was."""
    return _by_day(session, _acts_since(), moment)


def _by_day(session: Session, queries: Iterable[Query], moment: datetime) -> dict[date, int]:
    numbers: dict[date, int] = defaultdict(int)
    for query in queries:
        for text, count in session.execute(query, {"moment": moment}):
            numbers[date.fromisoformat(text)] += count
    return dict(sorted(numbers.items()))


@cache
def _acts_before() -> list[Query]:
    return [_days(at, at < bindparam("moment"), *which) for at, which in _MOMENTS]


@cache
def _acts_since() -> list[Query]:
    return [_days(at, at >= bindparam("moment"), *which) for at, which in _MOMENTS]


def _days(at: Moment, *which: ColumnElement[bool]) -> Query:
    day = _local_day(at)
    return select(day, func.count()).where(*which).group_by(day)


def _within(moment: Moment) -> ColumnElement[bool]:
    return and_(moment >= bindparam("start"), moment < bindparam("end"))


def _rows(session: Session, query: Query, period: Period) -> Result[*tuple[Any, ...]]:
    """What a query of :func:`_within` finds in these days."""
    return session.execute(query, {"start": period.start, "end": period.end})


def _local_day(moment: Any) -> Any:
    """The office's day of a moment: SQLite asks the same time zone of the PC that Python does."""
    return func.date(moment, "localtime")


def _doer(day: str, place: str, type_code: str, person: str) -> Doer:
    return Doer(date.fromisoformat(day), place, type_code, person)


# To build a query takes up to ten times what it takes to run it: each is built once.


@cache
def _first_images() -> Query:
    at_work = select(Capture.ledger_id).where(_within(Capture.accepted_at))
    first = select(func.min(Capture.counter)).where(Capture.ledger_id == Ledger.id).correlate(Ledger).scalar_subquery()
    return (
        select(_local_day(Capture.accepted_at), Place.code, Ledger.type, Capture.operator)
        .select_from(Ledger)
        .join(Place)
        .join(Capture, Capture.counter == first)
        .where(Ledger.id.in_(at_work), _REAL, _within(Capture.accepted_at), _here(Capture.accepted_at))
    )


def _opened(session: Session, period: Period, book: Book) -> None:
    """Ledgers whose first image is of these days."""
    for row in _rows(session, _first_images(), period):
        book[_doer(*row)].figures[ReportColumn.LEDGERS_OPENED] += 1


@cache
def _closings() -> Query:
    query = select(_local_day(Event.at), Event.ledger, Event.who).where(*_CLOSINGS, _within(Event.at))
    return query.order_by(Event.id)


def _closed(session: Session, period: Period, book: Book) -> None:
    """Ledgers that were closed, each once a day by the last who did, as the log tells: reopening takes nothing back."""
    last = {(day, reference): who for day, reference, who in _rows(session, _closings(), period)}
    for (day, reference), who in last.items():
        place, key = parse_reference(str(reference))
        if key.is_practice:
            continue
        book[_doer(day, place or "", key.type, who)].figures[ReportColumn.LEDGERS_CLOSED] += 1


@cache
def _whole_packages() -> Query:
    return (
        select(_local_day(Package.started_at), Place.code, Ledger.type, Package.made_by, Ledger.id)
        .join(Ledger, Ledger.id == Package.ledger_id)
        .join(Place)
        .where(_within(Package.started_at), _here(Package.started_at), Package.state != PackageState.BUILDING, *_WHOLE)
        .order_by(Package.id)
    )


def _packaged(session: Session, period: Period, book: Book) -> None:
    """Ledgers of which a whole package was made, each once a day by the last who did."""
    last = {(row[0], row[4]): row[:4] for row in _rows(session, _whole_packages(), period)}
    for row in last.values():
        book[_doer(*row)].figures[ReportColumn.LEDGERS_PACKAGED] += 1


@cache
def _last_receipts() -> Query:
    arrived = (
        select(PackageFile.package_id)
        .select_from(Receipt)
        .join(Delivery, Delivery.id == Receipt.delivery_id)
        .join(PackageFile, PackageFile.id == Delivery.file_id)
        .where(_within(Receipt.at))
    )
    last_receipt = func.max(Receipt.at)
    return (
        select(_local_day(last_receipt), Place.code, Ledger.type, Package.made_by, Ledger.id)
        .select_from(Package)
        .join(Ledger, Ledger.id == Package.ledger_id)
        .join(Place)
        .join(PackageFile, PackageFile.package_id == Package.id)
        .join(Delivery, Delivery.file_id == PackageFile.id)
        .join(Receipt, Receipt.delivery_id == Delivery.id)
        .where(Package.id.in_(arrived), Package.state == PackageState.DELIVERED, *_WHOLE)
        .group_by(Package.id)
        .having(last_receipt < bindparam("end"))
        .order_by(Package.id)
    )


def _delivered(session: Session, period: Period, book: Book) -> None:
    """Ledgers whose whole package had its last receipt in these days, by who made the package."""
    last = {(row[0], row[4]): row[:4] for row in _rows(session, _last_receipts(), period)}
    for row in last.values():
        book[_doer(*row)].figures[ReportColumn.LEDGERS_DELIVERED] += 1


@cache
def _scanned_pages() -> Query:
    day, half = _local_day(_Image.accepted_at), Region.side.is_not(None)
    return (
        select(day, Place.code, Ledger.type, _Image.operator, Ledger.paper, half, Page.state, func.count())
        .select_from(_Image)
        .join(Ledger, Ledger.id == _Image.ledger_id)
        .join(Place)
        .join(_Current, _NOW)
        .join(Region, and_(Region.capture_id == _Current.id, Region.part == 1))
        .join(Page, Page.id == Region.page_id)
        .where(_REAL, _within(_Image.accepted_at), _here(_Image.accepted_at), ~_IS_RETAKE)
        .group_by(day, Ledger.id, _Image.operator, half, Page.state)
    )


def _pages(session: Session, period: Period, book: Book) -> None:
    """Pages that were first scanned in these days; one counts by its first part, also where it was retaken since."""
    for *whose, size, is_half, state, count in _rows(session, _scanned_pages(), period):
        work = book[_doer(*whose)]
        work.figures[ReportColumn.PAGES_SCANNED] += count
        # The paper of a book that is scanned open is the size of both its pages.
        work.figures[ReportColumn.A4_EQUIVALENTS] += count * paper.a4_equivalents(size) / (2 if is_half else 1)
        work.page_states[state] += count


def _acts(session: Session, period: Period, book: Book) -> None:
    """All that is counted act by act."""
    for column in _acts_by_figure():
        _add(session, period, book, column)


def _add(session: Session, period: Period, book: Book, column: ReportColumn) -> None:
    for *whose, count in _rows(session, _acts_by_figure()[column], period):
        book[_doer(*whose)].figures[column] += count


@cache
def _acts_by_figure() -> dict[ReportColumn, Query]:
    """The acts that figures count, each by its day, place, type and person.

    Of pages and rows that were looked at counts the newest verdict of each look, of entries those that are there still,
    of attachments what a person said of the ministry's software.
    """
    images = join(_Image, Ledger, Ledger.id == _Image.ledger_id)
    pages = join(Check, Page, Page.id == Check.page_id).join(Ledger, Ledger.id == Page.ledger_id)
    rows = join(Check, Entry, Entry.id == Check.entry_id).join(Ledger, Ledger.id == Entry.ledger_id)
    right_rows = (Entry.living, Check.verdict == CheckVerdict.RIGHT, row_checks.is_newest())
    is_newest = check_counts.is_newest()

    def of_images(*which: ColumnElement[bool]) -> Query:
        return _by_doer(images, _Image.accepted_at, _Image.operator, *which)

    def of_entries(act: type[EntryRevision | Attachment], *which: ColumnElement[bool]) -> Query:
        acts = join(act, Entry, Entry.id == act.entry_id).join(Ledger, Ledger.id == Entry.ledger_id)
        return _by_doer(acts, act.at, act.who, Entry.living, *which)

    return {
        ReportColumn.PAGES_RETAKEN: of_images(_IS_RETAKE),
        ReportColumn.PAGES_CHECKED: _by_doer(pages, Check.at, Check.who, Check.kind == CheckKind.FIRST, is_newest),
        ReportColumn.PAGES_CHECKED_TWICE: _by_doer(
            pages, Check.at, Check.who, Check.kind == CheckKind.SECOND, is_newest
        ),
        ReportColumn.ROWS_CHECKED: _by_doer(rows, Check.at, Check.who, *right_rows),
        ReportColumn.ENTRIES_NAMED: of_entries(EntryRevision, _FIRST),
        ReportColumn.ENTRIES_ATTACHED: of_entries(Attachment),
        ReportColumn.FINDINGS_OPEN: of_images(_Image.current.is_(True), _Image.asks.is_(True)),
    }


def _by_doer(
    acts: FromClause,
    at: InstrumentedAttribute[datetime],
    who: InstrumentedAttribute[str],
    *which: ColumnElement[bool] | InstrumentedAttribute[bool],
) -> Query:
    """A query for such acts; ``acts`` is joined with its ledger."""
    day = _local_day(at)
    return (
        select(day, Place.code, Ledger.type, who, func.count())
        .select_from(acts)
        .join(Place, Place.id == Ledger.place_id)
        .where(_within(at), _here(at), _REAL, *which)
        .group_by(day, Ledger.id, who)
    )


def _of_real_entry(entry_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    return select(Entry.id).join(Ledger).where(Entry.id == entry_id, _REAL).exists()


def _of_real_page(page_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    return select(Page.id).join(Ledger).where(Page.id == page_id, _REAL).exists()


#: What an index of some rows has, said as the index says it.
_CLOSINGS = (Event.what == constant("ledger-closed"),)
_FIRST = EntryRevision.revision == constant(1)

_COUNTS: tuple[Callable[[Session, Period, Book], None], ...] = (
    _opened,
    _closed,
    _packaged,
    _delivered,
    _pages,
    _acts,
)

#: Every moment that a figure goes by, with which rows.
_MOMENTS: tuple[tuple[Moment, tuple[ColumnElement[bool], ...]], ...] = (
    (Capture.accepted_at, (select(Ledger.id).where(Ledger.id == Capture.ledger_id, _REAL).exists(),)),
    (EntryRevision.at, (_FIRST, _of_real_entry(EntryRevision.entry_id))),
    (Attachment.at, ()),
    (Check.at, (or_(_of_real_page(Check.page_id), _of_real_entry(Check.entry_id)),)),
    (Package.started_at, ()),
    (Receipt.at, ()),
    (Event.at, (*_CLOSINGS, func.instr(Event.ledger, PRACTICE) == 0)),
)
