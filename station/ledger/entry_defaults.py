"""Proposed number and date of the next entry, so that a person types only what differs: most often the day.

Registers run on: the number is the one before plus one, the month is the same. Where a closing page stands between in a
ledger of several years, the next year begins with number 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, Ledger, Page
from station.domain.naming.keys import HIGHEST_NUMBER, EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState
from station.ledger import entries


@dataclass(frozen=True)
class Proposal:
    """What a form for a new entry begins with.

    ``date`` lacks its day (``/1/2007``; ``//2007`` where the month is not known either) and is refused as it is, so
    that nobody stores it unread. ``numbers`` is the next number of each year of the ledger.
    """

    number: str
    date: str
    numbers: dict[int, str]


def propose(session: Session, ledger: Ledger, page: Page) -> Proposal:
    """The proposal for an entry that begins on ``page``."""
    numbers = _next_numbers(session, ledger)
    before = entry_before(session, ledger, page)
    if before is None:
        return Proposal(numbers[ledger.year], f"//{ledger.year}", numbers)
    entry, order = before
    numbers[entry.year] = _after(EntryNumber.parse(entry.number).number)
    if entry.year < ledger.last_year and _closing_between(session, ledger, order, page.order):
        return Proposal(numbers[entry.year + 1], f"/1/{entry.year + 1}", numbers)
    month = PartialDate.parse(entry.date).month
    return Proposal(numbers[entry.year], f"/{month or ''}/{entry.year}", numbers)


def _next_numbers(session: Session, ledger: Ledger) -> dict[int, str]:
    highest = (
        select(Entry.year, func.max(cast(Entry.number, Integer)))
        .where(Entry.ledger_id == ledger.id, Entry.living)
        .group_by(Entry.year)
    )
    highest_numbers = dict(session.execute(highest).all())
    return {year: _after(highest_numbers.get(year, 0)) for year in range(ledger.year, ledger.last_year + 1)}


def _after(number: int) -> str:
    # A slip of the finger may have given the highest number there is; it must still be possible to correct it.
    return str(EntryNumber(min(number + 1, HIGHEST_NUMBER)))


def entry_before(session: Session, ledger: Ledger, page: Page, *, same_page: bool = True) -> tuple[Entry, int] | None:
    """The last entry on this page or on the nearest one before that has any, and that page's order.

    Without ``same_page``, only pages before count.
    """
    query = (
        select(Entry, Page.order)
        .join(EntryPage, EntryPage.entry_id == Entry.id)
        .join(Page, Page.id == EntryPage.page_id)
        .where(Page.ledger_id == ledger.id, Page.order < page.order + same_page, Entry.living)
        .order_by(Page.order.desc(), *(column.desc() for column in entries.ORDER))
        .limit(1)
    )
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])


def _closing_between(session: Session, ledger: Ledger, first: int, last: int) -> bool:
    query = select(Page.id).where(
        Page.ledger_id == ledger.id, Page.order > first, Page.order < last, Page.state == PageState.CLOSING
    )
    return session.scalars(query.limit(1)).first() is not None
