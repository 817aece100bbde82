"""Whether a ledger is whole: what is missing is found while the book is still on the table.

The closing page states total pages and total entries; covers are not among the pages it counts. Entry numbers of a
year run without gaps from the first to the last that was given. Questions that nobody answered yet, about images and
about sheets that were drawn in and not recorded, are told beside the gaps: a machine that doubts an image must not keep
an officer from closing a book that is whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import ColumnElement, Integer, Select, cast, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Entry, EntryPage, Finding, Ledger, Page, Region, ScanSession
from station.domain.states import PageState, SessionState
from station.ledger import finding_resolutions, split_pages
from station.messages import Message


@dataclass(frozen=True)
class Counts:
    """Stated by the closing pages (None where nothing is stated) and found in the catalogue.

    ``asks`` counts the images and the sessions that a person is asked about.
    """

    pages_expected: int | None
    pages_captured: int
    covers: int
    unsorted: int
    entries_expected: int | None
    entries_named: int
    asks: int


def counts(session: Session, ledger: Ledger) -> Counts:
    """The numbers that a ledger's progress is told by."""
    return counts_of(session, [ledger])[ledger.id]


def counts_of(session: Session, chosen: Sequence[Ledger]) -> dict[int, Counts]:
    """The same for many ledgers at once, by ledger id: a shelf of hundreds costs five queries."""
    ids = [ledger.id for ledger in chosen]
    pages = (
        select(Page.ledger_id, Page.state, func.count())
        .where(Page.ledger_id.in_(ids))
        .group_by(Page.ledger_id, Page.state)
    )
    found: dict[int, dict[str, int]] = {}
    for ledger_id, state, count in session.execute(pages):
        found.setdefault(ledger_id, {})[state] = count
    named = (
        select(Entry.ledger_id, func.count()).where(Entry.ledger_id.in_(ids), Entry.living).group_by(Entry.ledger_id)
    )
    entries = dict(session.execute(named).all())
    asks = _asks(session, ids)
    return {
        ledger.id: Counts(
            pages_expected=_stated(closing.pages for closing in ledger.closings),
            pages_captured=sum(found.get(ledger.id, {}).values()),
            covers=found.get(ledger.id, {}).get(PageState.COVER, 0),
            unsorted=found.get(ledger.id, {}).get(PageState.UNSORTED, 0),
            entries_expected=_stated(closing.entries for closing in ledger.closings),
            entries_named=entries.get(ledger.id, 0),
            asks=asks[ledger.id],
        )
        for ledger in chosen
    }


def gaps(session: Session, ledger: Ledger) -> list[Message]:
    """All that stands between this ledger and its closing, in the order a person would mend it."""
    count = counts(session, ledger)
    return [*_page_gaps(session, ledger, count), *_entry_gaps(session, ledger, count)]


def questions(session: Session, ledger: Ledger) -> list[Message]:
    """What a person should still look at; it does not keep the ledger open."""
    asked = select(Capture.label).join(Region, Region.capture_id == Capture.id).join(Page).join(Finding)
    waiting = asked.where(Page.ledger_id == ledger.id, *finding_resolutions.waiting()).order_by(Page.order)
    told = []
    if labels := dict.fromkeys(session.scalars(waiting)):
        told.append(Message("ask-findings", {"count": len(labels), "labels": _shortened(labels)}))
    if sessions := session.scalars(unrecorded([ledger.id])).all():
        told.append(Message("ask-missed", {"count": len(sessions)}))
    return told


def is_indexed(session: Session, ledger: Ledger) -> bool:
    """Whether every page is sorted and every entry is there."""
    return counts(session, ledger).entries_named > 0 and not gaps(session, ledger)


def unrecorded(ledger_ids: Sequence[int]) -> Select[int]:
    """A query for the ended sessions that drew in more sheets than they recorded, and that nobody answered for."""
    recorded = select(func.count(Capture.id)).where(Capture.session_id == ScanSession.id).scalar_subquery()
    return select(ScanSession.id).where(
        ScanSession.ledger_id.in_(ledger_ids),
        ScanSession.state != SessionState.OPEN,
        ScanSession.answered_at.is_(None),
        ScanSession.fed > recorded,
    )


def _page_gaps(session: Session, ledger: Ledger, count: Counts) -> Iterator[Message]:
    found = count.pages_captured - count.covers
    if count.pages_captured == 0:
        yield Message("gap-no-pages", {})
    elif count.pages_expected is not None and found != count.pages_expected:
        yield Message("gap-pages", {"found": found, "expected": count.pages_expected})
    if halves := _labels(session, ledger, split_pages.incomplete()):
        yield Message("gap-parts", {"count": len(halves), "labels": _shortened(halves)})
    if unsorted := _labels(session, ledger, Page.state == PageState.UNSORTED):
        yield Message("gap-unsorted", {"count": len(unsorted), "labels": _shortened(unsorted)})
    placed = select(EntryPage).where(EntryPage.page_id == Page.id).exists()
    if without := _labels(session, ledger, Page.state == PageState.ENTRY, ~placed):
        yield Message("gap-no-entry", {"count": len(without), "labels": _shortened(without)})


def _entry_gaps(session: Session, ledger: Ledger, count: Counts) -> Iterator[Message]:
    if count.entries_expected is not None and count.entries_named != count.entries_expected:
        yield Message("gap-entries", {"found": count.entries_named, "expected": count.entries_expected})
    # SQLite reads the digits in front of a suffix, so 2a counts as 2.
    number = cast(Entry.number, Integer)
    given = select(Entry.year, number).where(Entry.ledger_id == ledger.id, Entry.living).order_by(Entry.year)
    for year, group in groupby(session.execute(given).all(), key=lambda row: row[0]):
        numbers = {row[1] for row in group}
        if missing := sorted(set(range(min(numbers), max(numbers))) - numbers):
            labels = _shortened(f"{number:03d}" for number in missing)
            yield Message("gap-numbers", {"year": year, "count": len(missing), "labels": labels})


def _asks(session: Session, ledger_ids: Sequence[int]) -> Counter[int]:
    asked = (
        select(Capture.ledger_id, func.count(Capture.id.distinct()))
        .join(Finding, Finding.capture_id == Capture.id)
        .where(Capture.ledger_id.in_(ledger_ids), *finding_resolutions.waiting())
        .group_by(Capture.ledger_id)
    )
    counted = Counter(dict(session.execute(asked).all()))
    sessions = select(ScanSession.ledger_id).where(ScanSession.id.in_(unrecorded(ledger_ids)))
    counted.update(session.scalars(sessions))
    return counted


def _labels(session: Session, ledger: Ledger, *those: ColumnElement[bool]) -> list[str]:
    labels = select(Region.seq).select_from(Capture).join(Region, Region.capture_id == Capture.id).join(Page)
    these = labels.where(Page.ledger_id == ledger.id, Region.part == 1, *those)
    return list(session.scalars(these.order_by(Page.order)))


def _stated(numbers: Iterable[int | None]) -> int | None:
    stated = [number for number in numbers if number is not None]
    return sum(stated) if stated else None


def _shortened(labels: Iterable[str], most: int = 8) -> str:
    """The first labels, and how many more: a sentence stays a sentence in a ledger of 300 pages."""
    listed = list(labels)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" (+{more})" if more > 0 else "")
