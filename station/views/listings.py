"""What stands where: ledgers, pages, entries and deliveries as plain rows, the same for page, command line and reports.

The columns are part of the contract with other programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from station.catalogue.models import Capture, Delivery, Entry, Ledger, Page, Place
from station.context import Station
from station.delivery import queue as delivery_queue
from station.domain.naming.labels import taken_apart
from station.domain.states import LEDGER_OPEN
from station.ledger import (
    completeness,
    entries,
    export_names,
    ledger_paper,
    ledgers,
    page_placement,
    pages,
    printed_numbers,
    split_pages,
    spreads,
)
from station.ledger.completeness import Counts
from station.messages import Message

Row = dict[str, Any]

#: The order of ledgers: by place, type, year and book.
ORDER = (Place.code, Ledger.type, Ledger.year, Ledger.book)


def ledger_rows(station: Station) -> list[Row]:
    """All ledgers, by place, type, year and book."""
    with station.catalogue.reading() as session:
        query = select(Ledger).join(Place).order_by(*ORDER).options(selectinload(Ledger.closings))
        found = session.scalars(query).all()
        counts = completeness.counts_of(session, found)
        return [_ledger(ledger, counts[ledger.id]) for ledger in found]


def ledger_row(station: Station, ledger_text: str) -> Row:
    """One ledger."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return _ledger(ledger, completeness.counts(session, ledger))


def ledger_head(station: Station, ledger_text: str) -> Row:
    """One ledger with what stands above each view of it.

    Beside its row: its place's name, its last year, whether pages may still be added, ``pages_found``, which is
    compared with the closing page's total: covers are not in it, ``asks``, how many questions wait for a person, and
    ``paper_notice``, what is to be said about its paper, if anything is.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return head_columns(session, [ledger])[0]


def open_ledgers(station: Station, but: str) -> list[Row]:
    """The ledgers that take pages, without ``but``: ``reference`` and the place's name."""
    with station.catalogue.reading() as session:
        query = select(Ledger).join(Place).where(Ledger.state.in_(LEDGER_OPEN)).order_by(*ORDER)
        found = [(ledgers.reference(one), one.place.commune) for one in session.scalars(query)]
        return [{"reference": reference, "place_name": commune} for reference, commune in found if reference != but]


def earlier_images(station: Station, ledger_text: str, label: str) -> list[Row]:
    """The images that were in this page's place before, the newest first: ``capture`` is the id of the picture."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        found = page_placement.earlier_images(session, ledger, taken_apart(label)[0])
        return [
            {"revision": one.revision, "capture": one.id, "at": one.accepted_at, "operator": one.operator}
            for one in found
        ]


def gaps(station: Station, ledger_text: str) -> list[Message]:
    """What is missing in a ledger."""
    with station.catalogue.reading() as session:
        return completeness.gaps(session, ledgers.find(session, ledger_text))


def questions(station: Station, ledger_text: str) -> list[Message]:
    """What a person should still look at in a ledger."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        about_paper = ledger_paper.notice(ledger)
        return [*completeness.questions(session, ledger), *([about_paper] if about_paper else [])]


def page_rows(station: Station, ledger_text: str) -> list[Row]:
    """A ledger's pages in their order."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return [page_columns(station, ledger, page) for page in pages.of_ledger(session, ledger)]


def page_row(station: Station, capture_id: int) -> Row:
    """A capture, with what is said of the page that shows it first."""
    with station.catalogue.reading() as session:
        capture = session.get_one(Capture, capture_id)
        ledger = session.get_one(Ledger, capture.ledger_id)
        page = pages.by_label(session, ledger.id, capture.label)
        return _columns(station, ledger, page, capture, capture.label)


@dataclass(frozen=True)
class Window:
    """Some pages of a ledger around one that is shown: ``page`` is None in an empty ledger.

    ``printed`` is the printed number of that page, or what it is likely to be.
    """

    page: Row | None
    strip: list[Row]
    printed: str


def page_window(station: Station, ledger_text: str, label: str | None, size: int) -> Window:
    """The page with ``label``, or the newest capture's, and ``size`` pages around it, in order."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        shown = pages.by_label(session, ledger.id, label) if label else pages.newest(session, ledger)
        if shown is None:
            return Window(None, [], "")
        last = session.scalar(select(func.max(Page.order)).where(Page.ledger_id == ledger.id)) or 1
        first = max(1, min(shown.order - size // 2, last - size + 1))
        near = pages.between(session, ledger, first, first + size - 1)
        strip = [{**page_columns(station, ledger, page), **picture_columns(page)} for page in near]
        printed = printed_numbers.proposal(session, ledger, shown)
        return Window(next(row for row in strip if row["order"] == shown.order), strip, printed)


def entry_rows(station: Station, ledger_text: str) -> list[Row]:
    """A ledger's entries by year and number."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return [entry_columns(station, ledger, entry) for entry in entries.of_ledger(session, ledger)]


def delivery_rows(station: Station, language: str) -> list[Row]:
    """The delivery queue."""
    with station.catalogue.reading() as session:
        return [_delivery(item, language) for item in delivery_queue.all_deliveries(session)]


def receipt_rows(station: Station) -> list[Row]:
    """The proofs that files arrived."""
    with station.catalogue.reading() as session:
        return [
            {
                "package": item.receipt.package,
                "file": item.file.name,
                "destination": item.destination,
                "sha256": item.receipt.sha256,
                "bytes": item.receipt.bytes,
                "store": item.receipt.store,
                "at": item.receipt.at.isoformat(),
            }
            for item in delivery_queue.all_deliveries(session)
            if item.receipt is not None
        ]


def head_columns(session: Session, chosen: Sequence[Ledger]) -> list[Row]:
    """Ledgers as rows, each with what :func:`ledger_head` adds."""
    counts, asks = completeness.counts_of(session, chosen), completeness.asks_of(session, chosen)
    return [
        {
            **_ledger(ledger, counts[ledger.id]),
            "place_name": ledger.place.commune,
            "last_year": ledger.last_year,
            "open": ledgers.is_open(ledger),
            "pages_found": counts[ledger.id].pages_found,
            "asks": asks[ledger.id],
            "paper_notice": ledger_paper.notice(ledger),
        }
        for ledger in chosen
    ]


def _ledger(ledger: Ledger, counts: Counts) -> Row:
    return {
        "place": ledger.place.code,
        "ledger": ledgers.name_of(ledger),
        "type": ledger.type,
        "year": ledger.year,
        "book": ledger.book,
        "state": ledger.state,
        "pages_expected": counts.pages_expected,
        "pages_captured": counts.pages_captured,
        "entries_expected": counts.entries_expected,
        "entries_named": counts.entries_named,
        "paper": ledger.paper or None,
        "paper_source": ledger.paper_source,
        "totals": counts.totals,
        "closed_by": ledger.closed_by,
        "closed_at": ledger.closed_at.isoformat() if ledger.closed_at else None,
        "closed_reason": ledger.closed_reason,
    }


def page_columns(station: Station, ledger: Ledger, page: Page) -> Row:
    """A page as a row; its file is the one of its first part."""
    return _columns(station, ledger, page, page.capture, page.seq)


def _columns(station: Station, ledger: Ledger, page: Page, capture: Capture, seq: str) -> Row:
    findings = [finding.code for finding in capture.findings if finding.resolved_at is None]
    if len(page.regions) < page.parts:
        findings.append(split_pages.MISSING)
    return {
        "seq": seq,
        "order": page.order,
        "number": page.number,
        "state": page.state,
        "name": export_names.page_name(station.names, ledger, seq),
        "file": capture.file,
        "sha256": capture.sha256,
        "width": capture.width,
        "height": capture.height,
        "dpi": [capture.dpi_x, capture.dpi_y],
        "findings": findings,
        "operator": capture.operator,
        "captured_at": capture.accepted_at.isoformat(),
        "revision": capture.revision,
    }


def picture_columns(page: Page) -> Row:
    """How the page is shown: each part's capture, its label, how far it is turned clockwise (degrees), and its crop.

    ``capture`` and ``turn`` are of the first part, ``parts`` is how many there should be. Where one capture shows two
    pages, ``fold`` is where they part (a share of its width) and ``book_turn`` what makes it upright as a whole.
    """
    shown = page.regions[0]
    return {
        "capture": shown.capture_id,
        "turn": shown.rotation,
        "pictures": [
            {"capture": region.capture_id, "label": region.capture.label, "turn": region.rotation, "crop": region.crop}
            for region in page.regions
        ],
        "parts": page.parts,
        "fold": None if shown.side is None else spreads.fold_of(shown),
        "book_turn": spreads.turn_of(shown),
    }


def entry_columns(station: Station, ledger: Ledger, entry: Entry) -> Row:
    """An entry as a row."""
    document = entry.document
    return {
        "number": entry.number,
        "date": entry.date,
        "pages": [placement.page.seq for placement in entry.placements],
        "name": export_names.entry_name(station.names, ledger, entry),
        "file": document.file if document else None,
        "sha256": document.sha256 if document else None,
    }


def _delivery(item: Delivery, language: str) -> Row:
    trouble = delivery_queue.last_trouble(item)
    return {
        "id": item.id,
        "package": delivery_queue.package_name(item.file.package),
        "file": item.file.name,
        "destination": item.destination,
        "state": item.state,
        "bytes_sent": item.bytes_sent,
        "bytes_total": item.file.bytes,
        "attempts": item.attempts,
        "error": trouble.sentence(language) if trouble else None,
    }
