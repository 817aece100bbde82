"""Finding a page by what a person types: a printed number, an entry's number, a number that no entry has."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, Ledger, Page
from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.errors import Refused
from station.ledger import entry_queries, ledgers, pages

#: How a page is asked for, in both languages: "t437", "trang 437", "p 437".
_PAGE = re.compile(r"(?:t|tr|trang|p|page)[.\s]*(\d\S*)", re.IGNORECASE)


def page_for(station: Station, ledger_text: str, text: str, year: int | None = None) -> str:
    """The label of the page that a person asks for: "t437" by its printed number, "120" by its entry's number.

    A number that no entry has is looked for on pages; a page that has no such printed number, by its label. ``Refused``
    where there is none ("page-unknown", "entry-unknown"), or entries of several years have it ("entry-ambiguous").
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if asked := _PAGE.fullmatch(text):
            return _page(session, ledger, asked[1]) or pages.by_label(session, ledger.id, _label(asked[1])).seq
        try:
            entry = entry_queries.find_entry(session, ledger, EntryNumber.parse(text), year)
        except Refused as refused:
            if refused.code != "entry-unknown" or (label := _page(session, ledger, text)) is None:
                raise
            return label
        return entry.placements[0].page.seq


def page_behind(station: Station, ledger_text: str, number: int, year: int) -> str | None:
    """The label of the last page of the entry before a number that is missing; None where it would be the first."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        query = select(Page).join(EntryPage, EntryPage.page_id == Page.id).join(Entry, Entry.id == EntryPage.entry_id)
        before = (Entry.ledger_id == ledger.id, Entry.living, Entry.year == year, Entry.number_value < number)
        order = (column.desc() for column in (*entry_queries.ORDER, EntryPage.position))
        page = session.scalars(query.where(*before).order_by(*order).limit(1)).first()
        return None if page is None else page.seq


def _page(session: Session, ledger: Ledger, number: str) -> str | None:
    query = select(Page).where(Page.ledger_id == ledger.id, Page.number == (number.lstrip("0") or number))
    page = session.scalars(query.order_by(Page.order).limit(1)).first()
    return None if page is None else page.seq


def _label(text: str) -> str:
    digits = re.match(r"\d+", text)
    return text if digits is None else f"{int(digits[0]):03d}{text[digits.end() :]}"
