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
from station.ledger import entries, entry_defaults, ledgers, pages, printed_numbers
from station.messages import Message


@dataclass(frozen=True)
class Printed:
    """The number that is said to be printed on the page ``label``."""

    label: str
    number: str


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
            doubts += _of_number(session, ledger, before[0], number, entries.year_of(ledger, date))
            doubts += _of_date(PartialDate.parse(before[0].date), date)
        if printed is not None:
            shown = pages.by_label(session, ledger.id, printed.label)
            if printed.number != shown.number:
                doubts += _of_printed(session, ledger, shown, printed.number)
        return doubts


def _of_number(session: Session, ledger: Ledger, before: Entry, number: EntryNumber, year: int) -> Iterator[Message]:
    if before.year != year:
        return
    last, facts = EntryNumber.parse(before.number), {"number": number, "last": before.number}
    if number < last:
        yield Message("doubt-number-below", facts)
    elif number.number - last.number > _pages(session, ledger):
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
    elif int(printed) - last > _pages(session, ledger):
        yield Message("doubt-printed-far", facts)


def _pages(session: Session, ledger: Ledger) -> int:
    return session.scalar(select(func.max(Page.order)).where(Page.ledger_id == ledger.id)) or 0
