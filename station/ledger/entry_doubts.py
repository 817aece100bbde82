"""What is asked before an entry is stored, because it is often a slip of the finger: nothing here is refused.

Registers run on, so a number or a date that goes back, and a number that leaps, are looked at once more. Most often a
month that was proposed is kept where the next one has begun: then the day is a lower one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, Ledger, Page
from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.ledger import entry_defaults, entry_queries, ledgers, pages, printed_numbers
from station.messages import Message


@dataclass(frozen=True)
class Printed:
    """The number that is said to be printed on the page ``label``."""

    label: str
    number: str


@dataclass(frozen=True)
class Registered:
    """An entry by what its ledger orders it by: the year that its number counts in, the number, the date."""

    year: int
    number: EntryNumber
    date: PartialDate

    @classmethod
    def by(cls, ledger: Ledger, number: EntryNumber, date: PartialDate) -> Registered:
        """An entry of this ledger by what a person says of it."""
        return cls(entry_queries.year_of(ledger, date), number, date)

    @classmethod
    def of(cls, entry: Entry) -> Registered:
        """An entry that is stored."""
        return cls(entry.year, EntryNumber.parse(entry.number), PartialDate.parse(entry.date))


def doubts(
    station: Station,
    ledger_text: str,
    labels: str,
    number: EntryNumber,
    date: PartialDate,
    *,
    printed: Printed | None = None,
    entry_id: int | None = None,
) -> list[Message]:
    """What is odd about an entry of these pages (001,003-005) with this number and date, and about a printed number.

    ``entry_id`` is the entry that is corrected: what stays as it is raises no doubt.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        page = pages.select_pages(session, ledger, labels)[0]
        here = None if entry_id is None else session.get(Entry, entry_id)
        before = entry_defaults.entry_before(session, ledger, page, same_page=here is None)
        doubts: list[Message] = []
        if before is not None and (here is None or (here.number, here.date) != (str(number), str(date))):
            doubts += of_order(
                Registered.of(before[0]), Registered.by(ledger, number, date), page_count(session, ledger)
            )
        if printed is not None:
            shown = pages.by_label(session, ledger.id, printed.label)
            if printed.number != shown.number:
                doubts += _of_printed(session, ledger, shown, printed.number)
        return doubts


def of_order(before: Registered, new: Registered, pages_there: int) -> list[Message]:
    """What is odd about an entry behind another one, in a ledger of so many pages."""
    return [*_of_number(before, new, pages_there), *_of_date(before.date, new.date)]


def _of_number(before: Registered, new: Registered, pages_there: int) -> Iterator[Message]:
    if before.year != new.year:
        return
    facts = {"number": new.number, "last": before.number}
    if new.number < before.number:
        yield Message("doubt-number-below", facts)
    elif new.number.number - before.number.number > pages_there:
        yield Message("doubt-number-far", facts)


def _of_date(last: PartialDate, date: PartialDate) -> Iterator[Message]:
    known = min(sum(part is not None for part in (one.year, one.month, one.day)) for one in (last, date))
    then, now = ((one.year, one.month, one.day)[:known] for one in (last, date))
    if now < then:
        facts = {"date": date.for_people(), "last": last.for_people()}
        yield Message("doubt-month-kept" if now[:2] == then[:2] else "doubt-date-before", facts)


def _of_printed(session: Session, ledger: Ledger, page: Page, printed: str) -> Iterator[Message]:
    last = printed_numbers.last_before(session, ledger, page)
    if last is None or not printed_numbers.is_plain(printed):
        return
    facts = {"number": printed, "last": last}
    if int(printed) <= last:
        yield Message("doubt-printed-below", facts)
    elif int(printed) - last > page_count(session, ledger):
        yield Message("doubt-printed-far", facts)


def page_count(session: Session, ledger: Ledger) -> int:
    """How far numbers may leap at once: as many as the ledger has pages."""
    return session.scalar(select(func.max(Page.order)).where(Page.ledger_id == ledger.id)) or 0
