"""Lists of ledgers, pages, entries and deliveries as rows, the same for page, command line and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, selectinload

from station.catalogue.models import Capture, Ledger, Page, Place, Region
from station.context import Station
from station.delivery import queue as delivery_queue
from station.domain.naming.labels import split_label, spoken_page
from station.domain.states import LEDGER_OPEN
from station.ledger import (
    completeness,
    entry_queries,
    hand_overs,
    ledger_paper,
    ledgers,
    page_placement,
    page_readings,
    pages,
    printed_numbers,
)
from station.messages import Message
from station.views.listed_rows import (
    ListedDelivery,
    ListedEntry,
    ListedLedger,
    ListedPage,
    ListedReceipt,
    RowPicture,
    ShownPage,
)

#: The order of ledgers: by place, type, year and book.
ORDER = (Place.code, Ledger.type, Ledger.year, Ledger.book)


def ledger_rows(station: Station) -> list[ListedLedger]:
    """All ledgers, by place, type, year and book; without practice ledgers, which are in no inventory."""
    with station.catalogue.reading() as session:
        query = (
            select(Ledger).join(Place).where(~Ledger.practice).order_by(*ORDER).options(selectinload(Ledger.closings))
        )
        rows = session.scalars(query).all()
        counts = completeness.counts_of(session, rows)
        return [ListedLedger.of(ledger, counts[ledger.id]) for ledger in rows]


def ledger_row(station: Station, ledger_text: str) -> ListedLedger:
    """One ledger."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return ListedLedger.of(ledger, completeness.counts(session, ledger))


@dataclass(frozen=True)
class LedgerHead(ListedLedger):
    """A ledger with what stands above each view of it.

    Beside its row: its place's name, its last year, whether pages may still be added, ``pages_found``, which is
    compared with the closing page's total: covers are not in it, ``asks``, how many questions wait for a person, and
    ``paper_notice``, what is to be said about its paper, if anything is. ``practice`` is whether it is one to learn on,
    ``put_away`` whether its pages are not here any more; ``elsewhere`` is what is to be said of a ledger that goes on
    at another station, None in lists.
    """

    place_name: str
    last_year: int
    open: bool
    pages_found: int
    asks: int
    paper_notice: Message | None
    practice: bool
    put_away: bool
    elsewhere: Message | None = None

    @classmethod
    def of_ledger(cls, ledger: Ledger, counts: completeness.Counts, asks: completeness.Asks) -> LedgerHead:
        """With what was counted of the ledger."""
        return cls(
            **vars(ListedLedger.of(ledger, counts)),
            place_name=ledger.place.commune,
            last_year=ledger.last_year,
            open=ledgers.takes_pages(ledger),
            pages_found=counts.pages_found,
            asks=asks.total,
            paper_notice=ledger_paper.notice(ledger),
            practice=ledger.practice,
            put_away=ledger.put_away_at is not None,
        )


def ledger_head(station: Station, ledger_text: str) -> LedgerHead:
    """One ledger with what stands above each view of it."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        head = LedgerHead.of_ledger(ledger, completeness.counts(session, ledger), completeness.asks(session, ledger))
        return replace(head, elsewhere=hand_overs.notice(session, ledger))


@dataclass(frozen=True)
class OpenLedger:
    """A ledger that takes pages, by ``reference`` (``19429:KH.2007.01``), and its place's name."""

    reference: str
    place_name: str


def open_ledgers(station: Station, but: str) -> list[OpenLedger]:
    """The ledgers that pages may be moved to, without ``but`` and those for practice."""
    with station.catalogue.reading() as session:
        open_rows = session.scalars(_open_ledgers())
        rows = [OpenLedger(ledgers.reference(ledger), ledger.place.commune) for ledger in open_rows]
        return [row for row in rows if row.reference != but]


@cache
def _open_ledgers() -> Select[Ledger]:
    query = select(Ledger).join(Place).where(Ledger.state.in_(LEDGER_OPEN))
    return query.where(~Ledger.digitised_before, ~Ledger.practice).order_by(*ORDER)


def spoken_pages(station: Station, ledger_text: str) -> dict[str, str]:
    """The pages of a ledger as people are spoken to of them, by their labels."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return {seq: spoken_page(seq, number) for seq, number in session.execute(_numbered(), {"ledger_id": ledger.id})}


@cache
def _numbered() -> Select[str, str | None]:
    """The label of each page's images, and its number."""
    query = select(Region.seq, Page.number).select_from(Region).join(Page).join(Capture)
    return query.where(Page.ledger_id == bindparam("ledger_id"))


@dataclass(frozen=True)
class EarlierImage:
    """An image that was in a page's place before a retake: its revision, its picture, when and by whom it was made."""

    revision: int
    picture: RowPicture
    at: datetime
    operator: str


def earlier_images(station: Station, ledger_text: str, label: str) -> list[EarlierImage]:
    """The images that were in this page's place before, the newest first."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        captures = page_placement.earlier_images(session, ledger, split_label(label)[0])
        turn = pages.by_label(session, ledger.id, label).regions[0].rotation
        return [
            EarlierImage(one.revision, RowPicture(one.id, one.label, turn, None), one.accepted_at, one.operator)
            for one in captures
        ]


def gaps(station: Station, ledger_text: str) -> list[Message]:
    """What is missing in a ledger, and what printed numbers and the reader say against it."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return completeness.gaps_and_doubts(session, ledger)


def doubts(station: Station, ledger_text: str) -> list[Message]:
    """What printed numbers and the reader say against a ledger."""
    with station.catalogue.reading() as session:
        return completeness.doubts(session, ledgers.find(session, ledger_text))


def questions(station: Station, ledger_text: str) -> list[Message]:
    """What a person should still look at in a ledger."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        about_paper = ledger_paper.notice(ledger)
        return [*completeness.questions(session, ledger), *([about_paper] if about_paper else [])]


def page_rows(station: Station, ledger_text: str) -> list[ListedPage]:
    """A ledger's pages in their order, each by the capture of its first part."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        read = {page: one.as_json() for page, one in page_readings.of_ledger(session, ledger).items()}
        return [
            ListedPage.of(station, ledger, page, page.capture, page.seq, read.get(page.id))
            for page in pages.of_ledger(session, ledger)
        ]


def page_row(station: Station, capture_id: int) -> ListedPage:
    """A capture, with what is said of the page that shows it first."""
    with station.catalogue.reading() as session:
        capture = session.get_one(Capture, capture_id)
        ledger = session.get_one(Ledger, capture.ledger_id)
        page = pages.by_label(session, ledger.id, capture.label)
        return ListedPage.of(station, ledger, page, capture, capture.label)


@dataclass(frozen=True)
class Window:
    """Some pages of a ledger around one that is shown: ``page`` is None in an empty ledger.

    ``printed`` is the printed number of that page, or what it is likely to be.
    """

    page: ShownPage | None
    strip: list[ShownPage]
    printed: str


def page_window(station: Station, ledger_text: str, label: str | None, size: int) -> Window:
    """The page with ``label``, or the newest capture's, and ``size`` pages around it, in order."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        shown = pages.by_label(session, ledger.id, label) if label else pages.newest(session, ledger)
        return Window(None, [], "") if shown is None else window_around(station, session, ledger, shown, size)


def window_around(station: Station, session: Session, ledger: Ledger, shown: Page, size: int) -> Window:
    """The same of a page that is there."""
    last = session.scalar(select(func.max(Page.order)).where(Page.ledger_id == ledger.id)) or 1
    first = max(1, min(shown.order - size // 2, last - size + 1))
    near = pages.between(session, ledger, first, first + size - 1)
    strip = [ShownPage.on_screen(station, ledger, page) for page in near]
    printed = printed_numbers.proposal(session, ledger, shown)
    return Window(next(row for row in strip if row.order == shown.order), strip, printed)


def entry_rows(station: Station, ledger_text: str) -> list[ListedEntry]:
    """A ledger's entries by year and number."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return [ListedEntry.of(station, ledger, entry) for entry in entry_queries.of_ledger(session, ledger)]


def delivery_rows(station: Station, language: str) -> list[ListedDelivery]:
    """The delivery queue."""
    with station.catalogue.reading() as session:
        return [ListedDelivery.of(item, language) for item in delivery_queue.all_deliveries(session)]


def receipt_rows(station: Station) -> list[ListedReceipt]:
    """The proofs that files arrived."""
    with station.catalogue.reading() as session:
        return [
            ListedReceipt.of(item, item.receipt)
            for item in delivery_queue.all_deliveries(session)
            if item.receipt is not None
        ]


def ledger_heads(session: Session, chosen: Sequence[Ledger]) -> list[LedgerHead]:
    """Ledgers, each with what stands above its views."""
    counts, asks = completeness.counts_of(session, chosen), completeness.asks_of(session, chosen)
    return [LedgerHead.of_ledger(ledger, counts[ledger.id], asks[ledger.id]) for ledger in chosen]
