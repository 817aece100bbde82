"""A ledger's own cover sheet that was scanned: its code says what the page is, so nobody has to say it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Ledger, Page, Region
from station.domain.states import PageState
from station.ledger import ledgers, pages, printed_numbers
from station.ledger.page_readings import Unread
from station.reading.fields import FieldKind, PageReading


def mark_cover(session: Session, read: Unread, reading: PageReading) -> None:
    """Make a page a cover on which the code of its own ledger's cover sheet was read.

    A page of which somebody said what it is stays that, and so does every page of a closed ledger. It is done when the
    image is read, once: who says something else afterwards is right.
    """
    if not reading.is_cover_sheet:
        return
    capture = session.get_one(Capture, read.capture)
    ledger = session.get_one(Ledger, capture.ledger_id)
    if not ledgers.is_open(ledger) or not _is_of(ledger, reading):
        return
    shown = (
        select(Page, Region.seq).join(Region, Region.page_id == Page.id).join(Capture, Capture.id == Region.capture_id)
    )
    of_image = shown.where(
        Region.capture_id == capture.id, func.coalesce(Region.side, 0) == read.side, Region.part == 1
    )
    for page, label in session.execute(of_image.where(Page.state == PageState.UNSORTED)):
        pages.mark_cover(session, ledger, page, label)
    ledgers.settle(session, ledger)


def _is_of(ledger: Ledger, reading: PageReading) -> bool:
    read = {one.kind: one.value for one in reading.fields}
    book = str(int(ledger.book)) if printed_numbers.is_plain(ledger.book) else ledger.book
    own = {FieldKind.TYPE: ledger.type, FieldKind.YEAR: str(ledger.year), FieldKind.BOOK: book}
    return read == own
