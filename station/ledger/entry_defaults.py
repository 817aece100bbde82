"""Proposed number and date of the next entry, so that a person types only what differs: most often the day.

What was read on the page comes first. Beside that registers run on: the number is the one before plus one, the month is
the same. Where a closing page stands between in a ledger of several years, the next year begins with number 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, Ledger, Page
from station.domain.naming.keys import HIGHEST_NUMBER, EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState, ValueSource
from station.ledger import entry_queries, read_entries
from station.reading.fields import Grade


@dataclass(frozen=True)
class EntryProposal:
    """What a form for a new entry begins with.

    By the order of the register ``date`` lacks its day (``/1/2007``; ``//2007`` where the month is not known either)
    and is refused as it is, so that nobody stores it unread. ``numbers`` is the next number of each year of the ledger.
    The grades are those of what was read off the page, none of what stands there by the order of the register.
    """

    number: str
    date: str
    numbers: dict[int, str]
    number_grade: Grade = Grade.NONE
    date_grade: Grade = Grade.NONE

    @property
    def source(self) -> ValueSource | None:
        """Where both come from, for who accepts them as they are; None where a date is still to be typed."""
        if self.date_grade is Grade.NONE:
            return None
        return ValueSource.PROPOSED if self.number_grade is Grade.NONE else ValueSource.READ


def propose(session: Session, ledger: Ledger, page: Page) -> EntryProposal:
    """The proposal for an entry that begins on ``page``: what was read on it, else what the order would have."""
    before = entry_before(session, ledger, page)
    proposal = _by_order(session, ledger, page, before)
    readings = read_entries.readings_around(session, ledger, {page.order})
    number = read_entries.number(session, ledger, page, readings)
    date = None
    if page.id in readings:
        last = before[0].date if before else None
        date = read_entries.date_of(readings[page.id].page, ledger, last, _entries_on(session, page))
    if date is not None:
        proposal = replace(proposal, date=date.text, date_grade=date.grade)
    if number is not None:
        year = int(proposal.date.rpartition("/")[2])
        numbers = {**proposal.numbers, year: number.text}
        proposal = replace(proposal, number=number.text, number_grade=number.grade, numbers=numbers)
    elif date is not None:
        number_of_year = proposal.numbers.get(int(date.text.rpartition("/")[2]), proposal.number)
        proposal = replace(proposal, number=number_of_year)
    return proposal


def _entries_on(session: Session, page: Page) -> int:
    """How many living entries a page belongs to."""
    placed = select(func.count()).select_from(EntryPage).join(Entry, Entry.id == EntryPage.entry_id)
    return session.scalar(placed.where(EntryPage.page_id == page.id, Entry.living)) or 0


def _by_order(session: Session, ledger: Ledger, page: Page, before: tuple[Entry, int] | None) -> EntryProposal:
    numbers = _next_numbers(session, ledger)
    if before is None:
        return EntryProposal(numbers[ledger.year], f"//{ledger.year}", numbers)
    entry, order = before
    numbers[entry.year] = _after(EntryNumber.parse(entry.number).number)
    if entry.year < ledger.last_year and _closing_between(session, ledger, order, page.order):
        return EntryProposal(numbers[entry.year + 1], f"/1/{entry.year + 1}", numbers)
    month = PartialDate.parse(entry.date).month
    return EntryProposal(numbers[entry.year], f"/{month or ''}/{entry.year}", numbers)


def _next_numbers(session: Session, ledger: Ledger) -> dict[int, str]:
    # Asked year by year, it is the end of an index; of all years at once, every entry is looked at.
    return {
        year: _after(session.scalar(_highest_number(), {"ledger_id": ledger.id, "year": year}) or 0)
        for year in range(ledger.year, ledger.last_year + 1)
    }


@cache
def _highest_number() -> Select[int]:
    these = (Entry.ledger_id == bindparam("ledger_id"), Entry.living, Entry.year == bindparam("year"))
    return select(func.max(Entry.number_value)).where(*these)


def _after(number: int) -> str:
    # A slip of the finger may have given the highest number there is; it must still be possible to correct it.
    return str(EntryNumber(min(number + 1, HIGHEST_NUMBER)))


def entry_before(session: Session, ledger: Ledger, page: Page, *, same_page: bool = True) -> tuple[Entry, int] | None:
    """The last entry on this page or on the nearest one before that has any, and that page's order.

    Without ``same_page``, only pages before count.
    """
    newest = session.execute(_before(), {"ledger_id": ledger.id, "order": page.order + same_page}).first()
    return None if newest is None else (newest[0], newest[1])


@cache
def _before() -> Select[Entry, int]:
    return (
        select(Entry, Page.order)
        .join(EntryPage, EntryPage.entry_id == Entry.id)
        .join(Page, Page.id == EntryPage.page_id)
        .where(Page.ledger_id == bindparam("ledger_id"), Page.order < bindparam("order"), Entry.living)
        .order_by(Page.order.desc(), *(column.desc() for column in entry_queries.ORDER))
        .limit(1)
    )


def _closing_between(session: Session, ledger: Ledger, first: int, last: int) -> bool:
    query = select(Page.id).where(
        Page.ledger_id == ledger.id, Page.order > first, Page.order < last, Page.state == PageState.CLOSING
    )
    return session.scalars(query.limit(1)).first() is not None
