"""Giving entries their numbers, one page after the other: all that a person sees of one page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, Ledger, Page
from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.ledger import entry_defaults, entry_queries, ledgers, pages
from station.ledger.entry_defaults import EntryProposal
from station.views import listings
from station.views.listed_rows import ListedEntry, ShownPage


@dataclass(frozen=True)
class EntryDetails(ListedEntry):
    """An entry with what is needed to correct it; ``written`` is its date as people write it.

    ``printed`` are its pages as people call them: by their printed numbers, by their labels where those are not known.
    """

    id: int
    revision: int
    year: int
    suffix_reason: str
    written: str
    printed: list[str]

    @classmethod
    def to_correct(cls, station: Station, ledger: Ledger, entry: Entry) -> EntryDetails:
        """The row of an entry with what is needed to correct it."""
        return EntryDetails(
            **vars(ListedEntry.of(station, ledger, entry)),
            id=entry.id,
            revision=entry.revision,
            year=entry.year,
            suffix_reason=entry.suffix_reason or "",
            written=PartialDate.parse(entry.date).for_people(),
            printed=_printed(entry),
        )


@dataclass(frozen=True)
class EntryLink:
    """An entry in a list that leads to it: its key, its date as people write it, its pages by label and as people call
    them.
    """

    id: int
    year: int
    number: str
    written: str
    pages: list[str]
    printed: list[str]

    @classmethod
    def to_entry(cls, entry: Entry) -> EntryLink:
        """The line of an entry, for which its pages are loaded and no more."""
        return EntryLink(
            id=entry.id,
            year=entry.year,
            number=entry.number,
            written=PartialDate.parse(entry.date).for_people(),
            pages=[placement.page.seq for placement in entry.placements],
            printed=_printed(entry),
        )


def _printed(entry: Entry) -> list[str]:
    return [placement.page.number or placement.page.seq for placement in entry.placements]


@dataclass(frozen=True)
class EntryForm:
    """One page with what surrounds it.

    ``strip`` are the pages around it in order, ``entries`` those it belongs to, ``nearby`` the ledger's entries around
    them in the order of numbers; ``printed`` is the page's printed number, or what it is likely to be; ``left`` counts
    the pages that still wait for an entry.
    """

    page: ShownPage
    strip: list[ShownPage]
    entries: list[EntryDetails]
    nearby: list[EntryLink]
    proposal: EntryProposal
    printed: str
    left: int
    several_years: bool

    @property
    def previous(self) -> ShownPage | None:
        """The page before."""
        before = (row for row in self.strip if row.order < self.page.order)
        return max(before, key=lambda row: row.order, default=None)

    @property
    def following(self) -> list[ShownPage]:
        """The pages behind, as far as the strip goes."""
        return [row for row in self.strip if row.order > self.page.order]


def entry_form(station: Station, ledger_text: str, label: str | None, *, strip: int, nearby: int) -> EntryForm | None:
    """The page with ``label``, or the first that waits for an entry, or the first; None in an empty ledger.

    ``strip`` is how many pages are shown around it, ``nearby`` how many entries on either side.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        label = label or _next_open(session, ledger, None) or _first(session, ledger)
        if label is None:
            return None
        page = pages.by_label(session, ledger.id, label)
        around = listings.window_around(station, session, ledger, page, strip)
        mine = entry_queries.of_pages(session, ledger, [page])
        proposal = entry_defaults.propose(session, ledger, page)
        key = (mine[-1].year, EntryNumber.parse(mine[-1].number)) if mine else _proposed_key(proposal)
        near = entry_queries.neighbours(session, ledger, *key, nearby)
        return EntryForm(
            page=ShownPage.on_screen(station, ledger, page),
            strip=around.strip,
            entries=[EntryDetails.to_correct(station, ledger, entry) for entry in mine],
            nearby=[EntryLink.to_entry(entry) for entry in near],
            proposal=proposal,
            printed=around.printed,
            left=session.scalars(select(func.count()).select_from(Page).where(*pages.without_entry(ledger))).one(),
            several_years=ledger.last_year > ledger.year,
        )


def next_open(station: Station, ledger_text: str, after: str | None) -> str | None:
    """The label of the next page that waits for an entry, from the ledger's start where there is none behind."""
    with station.catalogue.reading() as session:
        return _next_open(session, ledgers.find(session, ledger_text), after)


def _next_open(session: Session, ledger: Ledger, after: str | None) -> str | None:
    order = pages.by_label(session, ledger.id, after).order if after else 0
    query = pages.labelled(ledger).where(*pages.without_entry(ledger)).limit(1)
    found = session.execute(query.where(Page.order > order)).first() or session.execute(query).first()
    return None if found is None else str(found[1])


def _first(session: Session, ledger: Ledger) -> str | None:
    page_row = session.execute(pages.labelled(ledger).limit(1)).first()
    return None if page_row is None else str(page_row[1])


def _proposed_key(proposal: EntryProposal) -> tuple[int, EntryNumber]:
    year = int(proposal.date.rpartition("/")[2])
    return year, EntryNumber.parse(proposal.number)
