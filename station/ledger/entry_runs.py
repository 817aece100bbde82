"""Runs of entries: the next ones whose number and date were surely read, to be looked at and accepted together.

A row of a run is an entry of one page. What raises a doubt is no part of a run, and so is a page behind which the entry
may go on; both are done one by one. What a person accepts is compared once more with what stands there then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, Ledger, Page
from station.context import Station
from station.domain.finding_codes import READ_OFF, FindingCode
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import MAY_HOLD_ENTRY, ValueSource
from station.errors import Refused
from station.ledger import (
    entries,
    entry_defaults,
    entry_doubts,
    entry_queries,
    ledgers,
    page_readings,
    pages,
    read_entries,
)
from station.ledger.entries import Act
from station.ledger.entry_doubts import Registered
from station.ledger.page_readings import StoredReading
from station.ledger.read_entries import GradedText
from station.messages import Message
from station.reading.fields import FieldKind, Grade

#: A run has so many entries at most, so that all rows are seen at once; they are looked for on so many pages.
LONGEST, _FAR = 10, 60
#: So many pages are looked at together.
_AT_ONCE = LONGEST + 2
#: A page that is asked about for one of these may be of another ledger, or in the wrong place.
_ODD = READ_OFF | {FindingCode.NEAR_DUPLICATE}
#: Where one of these stands, no entry goes on: a form's heading, the totals of a closing page.
_OWN = {FieldKind.TYPE, FieldKind.TOTAL_PAGES, FieldKind.TOTAL_ENTRIES}


@dataclass(frozen=True)
class RunRow:
    """An entry as it was read on the page ``label``; number and date are written as people write them.

    ``image`` is the id of the capture that it was read on, ``number_place`` and ``date_place`` are those of the values,
    by which the places on the paper are shown. ``printed`` is the page's printed number, where it is known.
    """

    label: str
    printed: str | None
    image: int
    number: str
    date: str
    number_place: int
    date_place: int


@dataclass(frozen=True)
class RunAnswer:
    """What a person says of a row: number and date as they were typed, where they come from, and what was shown."""

    label: str
    image: int
    number: str
    date: str
    source: ValueSource


@dataclass(frozen=True)
class OpenRow:
    """A row that was not stored, by its page's label, and why."""

    label: str
    why: Message


def next_run(station: Station, ledger_text: str, label: str | None = None, *, behind: bool = False) -> list[RunRow]:
    """The rows of the next run in a ledger, from the page ``label`` on or ``behind`` it, else from the start.

    Empty where nothing is sure there.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        first = pages.by_label(session, ledger.id, label).order + behind if label else 0
        query = select(Page).where(*pages.without_entry(ledger), Page.order >= first).order_by(Page.order)
        waiting = session.scalars(query.limit(_FAR)).all()
        search = _Search(session, ledger)
        # Most often the first few of them are a run, and what was read on the others need not be looked at.
        for start in range(0, len(waiting), _AT_ONCE):
            search.look(waiting[start : start + _AT_ONCE])
            if len(search.rows) == LONGEST:
                break
        return search.rows


def accept(station: Station, act: Act, answers: Sequence[RunAnswer]) -> list[OpenRow]:
    """Store the entries of a run's rows in one act; gives the rows that were not stored, which leave the others alone.

    What stands there already just as it was said is no mistake.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        count = entry_doubts.page_count(session, ledger)
        new_entries: list[tuple[Entry, ValueSource]] = []
        left: list[OpenRow] = []
        for answer in answers:
            try:
                if (entry := _new_entry(session, ledger, answer, count)) is not None:
                    new_entries.append((entry, answer.source))
            except Refused as refused:
                left.append(OpenRow(answer.label, Message(refused.code, refused.facts)))
        if new_entries:
            changed, sources = zip(*new_entries, strict=True)
            entries.revise(session, ledger, act, changed, "entry-set", sources)
        return left


def _new_entry(session: Session, ledger: Ledger, answer: RunAnswer, count: int) -> Entry | None:
    """The entry of a row, on its page and not revised yet; None where it is there already."""
    number, date = EntryNumber.parse(answer.number), PartialDate.from_person(answer.date)
    page = pages.by_label(session, ledger.id, answer.label)
    there = entry_queries.of_pages(session, ledger, [page])
    if [(one.number, one.date) for one in there] == [(str(number), str(date))]:
        return None
    if there:
        raise Refused("run-page-taken", label=answer.label, number=there[0].number)
    if session.scalars(select(Page.id).where(*pages.without_entry(ledger), Page.id == page.id)).first() is None:
        raise Refused("page-holds-none", label=answer.label, state=Message(f"holds-{page.state}"))
    if page.capture.id != answer.image:
        raise Refused("run-page-changed", label=answer.label)
    entries.check_date(ledger, date)
    entries.check_suffix(number, None)
    new = Registered.by(ledger, number, date)
    if entry_queries.is_taken(session, ledger, new.year, str(number)):
        raise Refused("entry-exists", number=number, year=new.year)
    before = entry_defaults.entry_before(session, ledger, page)
    if before and (doubts := entry_doubts.of_order(Registered.of(before[0]), new, count)):
        raise Refused(doubts[0].code, **doubts[0].facts)
    entry = Entry(ledger_id=ledger.id, year=new.year, number=str(number), date=str(date), revision=0)
    session.add(entry)
    entries.place(session, entry, [page])
    return entry


class _Search:
    """The look through the pages of a ledger that wait, for rows that are sure in their order."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session, self._ledger = session, ledger
        self._count = entry_doubts.page_count(session, ledger)
        #: The last entry so far, stored or a row of the run, and the order of its page.
        self._before: tuple[Registered, int] | None = None
        #: The rows in the order of their pages.
        self.rows: list[RunRow] = []

    def look(self, waiting: Sequence[Page]) -> None:
        """Take the rows of the next pages that wait, as long as the run is not full."""
        orders = {page.order for page in waiting}
        # With the page behind each: an entry may go on there.
        near = orders | {order + 1 for order in orders}
        self._pages = {page.order: page for page in pages.in_places(self._session, self._ledger, near)}
        self._readings = read_entries.readings_around(self._session, self._ledger, orders)
        self._numbers = read_entries.numbers(self._session, self._ledger, orders, self._readings)
        numbers = {one.text for one in self._numbers.values()}
        self._taken = entry_queries.taken_keys(self._session, self._ledger, numbers)
        self._places = page_readings.places(self._session, [page.id for page in waiting])
        placed = select(EntryPage.page_id).where(EntryPage.page_id.in_([page.id for page in self._pages.values()]))
        self._placed = set(self._session.scalars(placed))
        for number, page in enumerate(waiting):
            if len(self.rows) == LONGEST:
                return
            if number == 0 or waiting[number - 1].order < page.order - 1:
                self._look_before(page)
            if not self._may_go_on(self._pages.get(page.order + 1)) and (row := self._row(page)) is not None:
                self.rows.append(row)

    def _look_before(self, page: Page) -> None:
        """Take the last entry that is stored before a page, unless a row of the run stands nearer."""
        stored = entry_defaults.entry_before(self._session, self._ledger, page)
        if stored is not None and (self._before is None or self._before[1] < stored[1]):
            self._before = Registered.of(stored[0]), stored[1]

    def _may_go_on(self, following: Page | None) -> bool:
        """Whether an entry may go on there: a page that waits, on which no entry of its own begins."""
        if following is None or following.state not in MAY_HOLD_ENTRY or following.id in self._placed:
            return False
        if any(finding.code == FindingCode.BLANK for finding in following.capture.findings):
            return False
        read = self._readings.get(following.id)
        return read is None or not (read_entries.of_entries(read.page) or {one.kind for one in read.page.fields} & _OWN)

    def _row(self, page: Page) -> RunRow | None:
        read, number = self._readings.get(page.id), self._numbers.get(page.id)
        if read is None or number is None or number.grade is not Grade.SURE or not _is_single(read):
            return None
        if any(one.code in _ODD and one.resolved_at is None for one in page.capture.findings):
            return None
        before = self._before[0] if self._before else None
        date = read_entries.date_of(read.page, self._ledger, str(before.date) if before else None, 0)
        if date is None or date.grade is not Grade.SURE:
            return None
        new = Registered.by(self._ledger, EntryNumber.parse(number.text), PartialDate.from_person(date.text))
        if before is not None and self._is_doubtful(before, new):
            return None
        if (new.year, number.text) in self._taken:
            return None
        self._before = new, page.order
        number_place, date_place = self._place(page, FieldKind.NUMBER, number), self._place(page, FieldKind.DATE, date)
        return RunRow(page.seq, page.number, page.capture.id, number.text, date.text, number_place, date_place)

    def _is_doubtful(self, before: Registered, new: Registered) -> bool:
        is_same = (before.year, before.number) == (new.year, new.number)
        return is_same or bool(entry_doubts.of_order(before, new, self._count))

    def _place(self, page: Page, kind: FieldKind, value: GradedText) -> int:
        return self._places[page.id, kind, value.box]


def _is_single(reading: StoredReading) -> bool:
    """Whether a page says one number and one date: of several, nobody can tell which belong together."""
    dates = [one for one in reading.page.fields if one.kind is FieldKind.DATE]
    return not reading.page.ruled and len(dates) == len(read_entries.of_entries(reading.page)) == 1
