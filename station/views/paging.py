"""Long lists part by part, for people who look at one part at a time: ledgers, a ledger's pages, its entries as files.

A station may have thousands of ledgers and a ledger thousands of pages; no view loads more than it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Generic, TypeVar

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import selectinload

from station.catalogue.models import Entry, EntryPage, Ledger, Page, Place
from station.context import Station
from station.domain.states import LEDGER_OPEN
from station.ledger import attachments, entry_queries, ledgers, pages
from station.ledger.attachments import Attached
from station.views import ledger_search, listings
from station.views.entry_form import EntryDetails
from station.views.listed_rows import ShownPage
from station.views.listings import LedgerHead

T = TypeVar("T")


@dataclass(frozen=True)
class ListPart(Generic[T]):
    """Some rows of a list: ``number`` counts the parts from 1 to ``parts``, of which there is at least one."""

    rows: list[T]
    number: int
    parts: int


@dataclass(frozen=True)
class PageWithEntries(ShownPage):
    """A page with the numbers of the entries on it."""

    entries: list[str]


@dataclass(frozen=True)
class EntryFile(EntryDetails):
    """An entry as a file: how large its PDF is, and whether that is attached in the ministry's software, by whom."""

    bytes: int | None
    attached: Attached
    attached_by: str | None
    attached_at: datetime | None


def ledger_part(
    station: Station, find: str, number: int, size: int, *, digitised: bool = False
) -> ListPart[LedgerHead]:
    """The ledgers of the settings' places whose name holds ``find``, those that are at work before all others.

    They are found by what people call them, too (:func:`station.views.ledger_search.condition`). Without ``find``
    those that were digitised in phase 1 are left out, or with ``digitised`` the others.
    """
    codes = [place.code for place in station.settings.places]
    with station.catalogue.reading() as session:
        query = select(Ledger).join(Place).where(Place.code.in_(codes), ~Ledger.practice)
        if find:
            query = query.where(ledger_search.condition(find, station.settings.types))
        if digitised or not find:
            query = query.where(Ledger.digitised_before.is_(digitised))
        total = session.scalar(query.with_only_columns(func.count())) or 0
        number, parts = bounds(number, size, total)
        ordered = query.order_by(Ledger.state.not_in(LEDGER_OPEN), *listings.ORDER).options(
            selectinload(Ledger.closings)
        )
        shown = session.scalars(ordered.offset((number - 1) * size).limit(size)).all()
        return ListPart(listings.ledger_heads(session, shown), number, parts)


def practice_ledgers(station: Station) -> list[LedgerHead]:
    """The practice ledgers that were not put away, apart from all others."""
    with station.catalogue.reading() as session:
        query = (
            select(Ledger).join(Place).where(Ledger.practice, Ledger.put_away_at.is_(None)).order_by(*listings.ORDER)
        )
        rows = session.scalars(query.options(selectinload(Ledger.closings))).all()
        return listings.ledger_heads(session, rows) if rows else []


def digitised_count(station: Station) -> int:
    """How many ledgers were digitised in phase 1."""
    with station.catalogue.reading() as session:
        return session.scalar(select(func.count()).select_from(Ledger).where(Ledger.digitised_before)) or 0


def page_part(station: Station, ledger_text: str, number: int, size: int) -> ListPart[PageWithEntries]:
    """A ledger's pages in their order, with the numbers of the entries on them."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        last = session.scalar(select(func.max(Page.order)).where(Page.ledger_id == ledger.id)) or 0
        number, parts = bounds(number, size, last)
        shown = pages.between(session, ledger, (number - 1) * size + 1, number * size)
        numbers: dict[int, list[str]] = {}
        for page_id, entry in session.execute(_numbers(), {"page_ids": [page.id for page in shown]}):
            numbers.setdefault(page_id, []).append(entry)
        rows = [
            PageWithEntries(**vars(ShownPage.on_screen(station, ledger, page)), entries=numbers.get(page.id, []))
            for page in shown
        ]
        return ListPart(rows, number, parts)


@cache
def _numbers() -> Select[int, str]:
    """The numbers of the entries on some pages."""
    placed = select(EntryPage.page_id, Entry.number).join(Entry, Entry.id == EntryPage.entry_id)
    these = placed.where(EntryPage.page_id.in_(bindparam("page_ids")), Entry.living)
    return these.order_by(*entry_queries.ORDER)


@dataclass(frozen=True)
class Files:
    """A part of a ledger's entries as files, and how many entries are attached, not, or changed since."""

    part: ListPart[EntryFile]
    counts: dict[Attached, int]


def file_part(station: Station, ledger_text: str, number: int, size: int, only: Attached | None) -> Files:
    """A ledger's entries by number, each with its PDF and whether that is attached; ``only`` keeps those."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        counts = attachments.counts(session, ledger)
        number, parts = bounds(number, size, sum(counts.values()) if only is None else counts[only])
        query: Select[Entry] = entry_queries.in_order().offset((number - 1) * size).limit(size)
        if only is not None:
            query = query.where(attachments.condition(only))
        rows = [
            EntryFile(
                **vars(EntryDetails.to_correct(station, ledger, entry)),
                bytes=entry.document.bytes if entry.document else None,
                attached=attachments.of_entry(entry),
                attached_by=entry.attachment.who if entry.attachment else None,
                attached_at=entry.attachment.at if entry.attachment else None,
            )
            for entry in session.scalars(query, {"ledger_id": ledger.id})
        ]
        return Files(ListPart(rows, number, parts), counts)


def bounds(number: int, size: int, total: int) -> tuple[int, int]:
    """The nearest part that exists, and how many there are."""
    parts = max(1, -(-total // size))
    return min(max(1, number), parts), parts
