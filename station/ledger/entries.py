"""Entries: the registered events of a ledger, their numbers, dates and pages, each change a revision.

The key (ledger, entry year, number) is unique among living entries. Swapping and shifting numbers is one act: the
entries leave the index of keys together and come back with their new keys, so no clash stands in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from station.catalogue import event_log, row_facts
from station.catalogue.models import Entry, EntryPage, EntryRevision, Ledger, Page
from station.context import Station
from station.domain.naming.keys import HIGHEST_NUMBER, EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import MAY_HOLD_ENTRY, PageState, ValueSource
from station.errors import Refused
from station.ledger import entry_queries, ledgers, pages
from station.messages import Message


@dataclass(frozen=True)
class Act:
    """Who changes entries of which ledger, and why; ``source`` is where a new number and date come from."""

    ledger: str
    who: str
    why: str = ""
    source: ValueSource = ValueSource.TYPED


@dataclass(frozen=True)
class ShownEntry:
    """An entry as somebody has it on the screen: its id and the revision it had then."""

    id: int
    revision: int


def set_entry(
    station: Station, act: Act, labels: str, number: str, date: PartialDate, suffix_reason: str | None = None
) -> str:
    """Add an entry, or give a known one these pages and this date; gives its number."""
    return _set(station, act, labels, number, date, suffix_reason, may_exist=True)


def add(
    station: Station, act: Act, labels: str, number: str, date: PartialDate, suffix_reason: str | None = None
) -> str:
    """Add an entry; a number that is taken is refused. The same said twice adds one entry. Gives its number."""
    return _set(station, act, labels, number, date, suffix_reason, may_exist=False)


def correct(
    station: Station,
    act: Act,
    shown_entry: ShownEntry,
    labels: str,
    number: str,
    date: PartialDate,
    suffix_reason: str | None = None,
) -> str:
    """Correct all of an entry in one revision, none where nothing differs; refused where somebody was quicker."""
    new_number = EntryNumber.parse(number)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        check_suffix(new_number, suffix_reason)
        selection = pages.select_pages(session, ledger, labels)
        entry = entry_queries.living_entry(session, ledger, shown_entry.id)
        placed = [placement.page for placement in entry.placements] == selection
        if placed and (entry.number, entry.date, entry.suffix_reason) == (str(new_number), str(date), suffix_reason):
            return str(new_number)
        _check_revision(entry, shown_entry)
        entry.suffix_reason = suffix_reason
        if not placed:
            place(session, entry, selection)
        _renumber(session, ledger, act, [entry], lambda *_: (new_number, date), "entry-changed")
    return str(new_number)


def change(
    station: Station,
    act: Act,
    number: str,
    year: int | None,
    *,
    new_number: str | None = None,
    new_date: PartialDate | None = None,
    suffix_reason: str | None = None,
) -> None:
    """Correct one entry's number, date, or both; its pages stay."""

    def corrected(ledger: Ledger, entry: Entry) -> tuple[EntryNumber, PartialDate]:
        new = EntryNumber.parse(new_number or entry.number)
        if new_number is not None:
            check_suffix(new, suffix_reason)
            entry.suffix_reason = suffix_reason
        return new, new_date or PartialDate.parse(entry.date)

    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year)
        _renumber(session, ledger, act, [entry], corrected, "entry-changed")


def swap(station: Station, act: Act, first: str, second: str, year: int | None) -> None:
    """Exchange the numbers of two entries of one year; pages and dates stay where they are."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        one, other = (
            entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year) for number in (first, second)
        )
        if one.id == other.id:
            raise Refused("swap-same", number=one.number)
        if one.year != other.year:
            raise Refused("swap-years", first=one.number, second=other.number)
        numbers = {one.id: EntryNumber.parse(other.number), other.id: EntryNumber.parse(one.number)}
        one.suffix_reason, other.suffix_reason = other.suffix_reason, one.suffix_reason
        _renumber(
            session,
            ledger,
            act,
            [one, other],
            lambda _, entry: (numbers[entry.id], PartialDate.parse(entry.date)),
            "entries-swapped",
        )


@dataclass(frozen=True)
class NumberChange:
    """The number of an entry as it is and as it would be, and the label of its first page."""

    label: str
    number: str
    new_number: str


def shift(
    station: Station,
    act: Act,
    first: str,
    last: str,
    by: int,
    year: int | None,
    *,
    shown_count: int | None = None,
) -> int:
    """Add ``by`` to the numbers from ``first`` to ``last`` of one year; an empty ``last`` is the highest one.

    Gives how many entries moved; ``Refused`` ("entry-changed-meanwhile") where a person was shown another count.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        moved_entries = _run(session, ledger, first, last, by, year)
        if shown_count not in (None, len(moved_entries)):
            raise Refused("entry-changed-meanwhile")
        _renumber(session, ledger, act, moved_entries, _shifted(by), "entries-shifted")
        return len(moved_entries)


def shift_preview(
    station: Station, ledger_text: str, first: str, last: str, by: int, year: int | None
) -> list[NumberChange]:
    """What :func:`shift` would do; it refuses the same."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        planned = _plan(session, ledger, _run(session, ledger, first, last, by, year), _shifted(by))
        return [NumberChange(one.placements[0].page.seq, one.number, str(number)) for one, number, _date in planned]


def _run(session: Session, ledger: Ledger, first: str, last: str, by: int, year: int | None) -> list[Entry]:
    """The entries from one number to another that can be shifted so far."""
    low, high = EntryNumber.parse(first), EntryNumber.parse(last) if last else None
    highest = high.number if high else HIGHEST_NUMBER
    in_year = entry_queries.entry_year(session, ledger, low, year)
    moved_entries = [
        entry
        for entry in entry_queries.of_ledger(session, ledger)
        if entry.year == in_year and low.number <= EntryNumber.parse(entry.number).number <= highest
    ]
    if not moved_entries:
        raise Refused("shift-nothing", first=low, last=high or "…")
    if low.number + by < 1:
        raise Refused("shift-below-one", first=low, by=by)
    return moved_entries


def _shifted(by: int) -> Callable[[Ledger, Entry], tuple[EntryNumber, PartialDate]]:
    def target(_: Ledger, entry: Entry) -> tuple[EntryNumber, PartialDate]:
        number = EntryNumber.parse(entry.number)
        return EntryNumber(number.number + by, number.suffix), PartialDate.parse(entry.date)

    return target


def remove(station: Station, act: Act, number: str, year: int | None) -> None:
    """Take an entry out of the ledger; its revisions stay, its pages are unsorted again, its key is free."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        _remove(session, ledger, act, entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year))


def remove_shown(station: Station, act: Act, shown_entry: ShownEntry) -> None:
    """The same for an entry on somebody's screen; refused where somebody else changed it since."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.living_entry(session, ledger, shown_entry.id)
        _check_revision(entry, shown_entry)
        _remove(session, ledger, act, entry)


def withdraw(session: Session, ledger: Ledger, act: Act, gone: Sequence[Page]) -> None:
    """Take pages out of all entries, inside the caller's transaction; an entry that has no other is removed."""
    ids = [page.id for page in gone]
    for entry in entry_queries.of_pages(session, ledger, gone):
        left = [placement.page for placement in entry.placements if placement.page_id not in ids]
        if left:
            place(session, entry, left)
            revise(session, ledger, act, [entry], "entry-changed")
        else:
            _remove(session, ledger, act, entry)


def _set(
    station: Station,
    act: Act,
    labels: str,
    number: str,
    date: PartialDate,
    suffix_reason: str | None,
    *,
    may_exist: bool,
) -> str:
    entry_number = EntryNumber.parse(number)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        check_date(ledger, date)
        check_suffix(entry_number, suffix_reason)
        selection = pages.select_pages(session, ledger, labels)
        year = entry_queries.year_of(ledger, date)
        entry = entry_queries.by_key(session, ledger, year, entry_number)
        if entry is None:
            entry = Entry(ledger_id=ledger.id, year=year, number=str(entry_number), date=str(date), revision=0)
            session.add(entry)
        elif not may_exist:
            placed = [placement.page for placement in entry.placements]
            if placed == selection and entry.date == str(date):
                return str(entry_number)
            where = ", ".join(page.seq for page in placed)
            raise Refused("entry-taken", number=entry_number, year=year, labels=where)
        entry.date = str(date)
        entry.suffix_reason = suffix_reason or entry.suffix_reason
        place(session, entry, selection)
        revise(session, ledger, act, [entry], "entry-set")
    return str(entry_number)


def _remove(session: Session, ledger: Ledger, act: Act, entry: Entry) -> None:
    entry_pages = [placement.page for placement in entry.placements]
    entry.living = False
    revise(session, ledger, act, [entry], "entry-removed")
    entry.placements.clear()
    for page in entry_pages:
        pages.release(session, page)
    ledgers.settle(session, ledger)


def _renumber(
    session: Session,
    ledger: Ledger,
    act: Act,
    moved_entries: Sequence[Entry],
    target: Callable[[Ledger, Entry], tuple[EntryNumber, PartialDate]],
    what: str,
) -> None:
    """Give entries new keys in one act; a key that another living entry has is refused before anything changes."""
    planned = _plan(session, ledger, moved_entries, target)
    for entry in moved_entries:
        entry.living = False
    session.flush()
    for entry, number, date in planned:
        entry.number, entry.date, entry.year, entry.living = (
            str(number),
            str(date),
            entry_queries.year_of(ledger, date),
            True,
        )
    revise(session, ledger, act, moved_entries, what)


def _plan(
    session: Session,
    ledger: Ledger,
    moved_entries: Sequence[Entry],
    target: Callable[[Ledger, Entry], tuple[EntryNumber, PartialDate]],
) -> list[tuple[Entry, EntryNumber, PartialDate]]:
    """Entries with their new keys; refused where another living entry has one of these."""
    planned = [(entry, *target(ledger, entry)) for entry in moved_entries]
    moved_ids = {entry.id for entry in moved_entries}
    for _entry, number, date in planned:
        check_date(ledger, date)
        other = entry_queries.by_key(session, ledger, entry_queries.year_of(ledger, date), number)
        if other is not None and other.id not in moved_ids:
            raise Refused("entry-exists", number=number, year=entry_queries.year_of(ledger, date))
    return planned


def place(session: Session, entry: Entry, selection: Sequence[Page]) -> None:
    """Give an entry these pages, inside the caller's transaction; those it loses are released."""
    for page in selection:
        if page.state not in MAY_HOLD_ENTRY:
            raise Refused("page-holds-none", label=page.seq, state=Message(f"holds-{page.state}"))
    removed_pages = [placement.page for placement in entry.placements if placement.page not in selection]
    entry.placements.clear()
    session.flush()
    for position, page in enumerate(selection, start=1):
        entry.placements.append(EntryPage(page=page, position=position))
        if page.state == PageState.UNSORTED:
            page.state = PageState.ENTRY
    for page in removed_pages:
        pages.release(session, page)


def revise(
    session: Session,
    ledger: Ledger,
    act: Act,
    changed_entries: Sequence[Entry],
    what: str,
    sources: Sequence[ValueSource] = (),
) -> None:
    """Store how entries are now as a revision each, and one line of the log for them all.

    ``sources`` is where each one's number and date come from, where they do not all come from that of the act.
    """
    for entry in changed_entries:
        entry.revision += 1
    session.flush()
    now = datetime.now(UTC)
    before = _before(session, changed_entries)
    for entry, source in zip(changed_entries, sources or [act.source] * len(changed_entries), strict=True):
        last = before.get(entry.id)
        is_same = last is not None and (last.number, last.date) == (entry.number, entry.date)
        revision = EntryRevision(
            entry_id=entry.id,
            revision=entry.revision,
            year=entry.year,
            number=entry.number,
            date=entry.date,
            pages=[placement.page.seq for placement in entry.placements],
            living=entry.living,
            who=act.who,
            at=now,
            why=act.why,
            source=last.source if last and is_same else source,
        )
        session.add(revision)
    numbers = [f"{entry.year}/{entry.number}" for entry in changed_entries]
    rows = [row_facts.entry(entry) for entry in changed_entries]
    event_log.record(session, act.who, what, ledgers.reference(ledger), entries=numbers, why=act.why, rows=rows)
    ledgers.settle(session, ledger)


def _before(session: Session, changed_entries: Sequence[Entry]) -> dict[int, EntryRevision]:
    """The revisions before those that these entries have now, by the entries' ids."""
    keys = [(entry.id, entry.revision - 1) for entry in changed_entries]
    # SQLite takes no index for pairs: by the entries alone it does.
    of_entries = select(EntryRevision).where(EntryRevision.entry_id.in_([entry.id for entry in changed_entries]))
    query = of_entries.where(tuple_(EntryRevision.entry_id, EntryRevision.revision).in_(keys))
    return {revision.entry_id: revision for revision in session.scalars(query)}


def _check_revision(entry: Entry, shown_entry: ShownEntry) -> None:
    if entry.revision != shown_entry.revision:
        raise Refused("entry-changed-meanwhile")


def check_date(ledger: Ledger, date: PartialDate) -> None:
    """``Refused`` ("date-outside") where the date is of no year of the ledger."""
    if date.year is not None and not ledger.year <= date.year <= ledger.last_year:
        raise Refused(
            "date-outside", date=date, ledger=ledgers.name_of(ledger), first=ledger.year, last=ledger.last_year
        )


def check_suffix(number: EntryNumber, reason: str | None) -> None:
    """A suffix says that a number stands twice on paper; that must be told, or it is a slip of the finger."""
    if number.suffix and not reason:
        raise Refused("suffix-without-reason", number=number)
