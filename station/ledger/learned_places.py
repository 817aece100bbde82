"""What a ledger's confirmed entries teach the reader: where number, date and page number stand on its form.

A form whose labels nobody described gives no number at first. After three pages whose entries people entered, the
reader looks where on them these values stand; what is common to them is read on the ledger's other pages from then on.
Where nothing is common, twice as many pages are waited for; where pages stop to have a number there, the form changed,
and three of the new ones teach again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, LearnedPlace, Ledger, Page, Reading, ReadValue, Region
from station.domain.image_places import ImagePlace
from station.domain.naming.keys import EntryNumber
from station.ledger import ledgers
from station.ledger.page_readings import Unread, of_region
from station.ledger.printed_numbers import is_plain
from station.reading.common_places import LEAST_PAGES, common_place
from station.reading.fields import FieldKind, Grade

#: So many pages teach at most.
MOST = 6

#: What is learned.
KINDS = (FieldKind.NUMBER, FieldKind.DATE, FieldKind.PAGE)


@dataclass(frozen=True)
class ConfirmedPage:
    """A page with one entry, and what people said stands on it: number, ISO date, page number."""

    page: Unread
    values: Mapping[FieldKind, str]


@dataclass(frozen=True)
class Lesson:
    """Pages of a ledger on which no number was read though people entered one; ``pages`` is how many there are."""

    ledger: int
    confirmed: tuple[ConfirmedPage, ...]
    pages: int


def next_lesson(session: Session, ledger: Ledger) -> Lesson | None:
    """What is to be learned next of a ledger: while it is open, as soon as enough of its pages were confirmed."""
    if not ledgers.is_open(ledger):
        return None
    number = (LearnedPlace.ledger_id == ledger.id, LearnedPlace.kind == FieldKind.NUMBER)
    last = session.scalars(select(LearnedPlace).where(*number)).one_or_none()
    enough = max(LEAST_PAGES, 2 * last.pages) if last and last.place is None else LEAST_PAGES
    confirmed = _confirmed(session, ledger, last.learned_at if last and last.place else None, enough)
    return Lesson(ledger.id, tuple(confirmed[:MOST]), len(confirmed)) if len(confirmed) >= enough else None


def keep(session: Session, lesson: Lesson, pages: Sequence[Mapping[FieldKind, Sequence[ImagePlace]]]) -> None:
    """Store what these pages have in common, each of which says where its values may stand.

    Pages of the ledger that have no entry and no number yet are read once more.
    """
    places = {kind: common_place([page[kind] for page in pages if kind in page]) for kind in KINDS}
    session.execute(delete(LearnedPlace).where(LearnedPlace.ledger_id == lesson.ledger))
    now = datetime.now(UTC)
    for kind, place in places.items():
        edges = None if place is None else list(place)
        row = LearnedPlace(ledger_id=lesson.ledger, kind=kind, place=edges, pages=lesson.pages, learned_at=now)
        session.add(row)
    if not any(places.values()):
        return
    entered = exists().where(EntryPage.page_id == Page.id)
    again = (
        select(Reading.id)
        .select_from(Region)
        .join(Page, Page.id == Region.page_id)
        .join(Reading, of_region())
        .where(Page.ledger_id == lesson.ledger, Region.part == 1, ~entered, ~_has_number(), Reading.ruled.is_(False))
    )
    session.execute(update(Reading).where(Reading.id.in_(again)).values(read_at=None, tries=0))


def of_ledger(session: Session, ledger: int) -> dict[FieldKind, ImagePlace]:
    """The places that this ledger taught."""
    rows = session.execute(select(LearnedPlace.kind, LearnedPlace.place).where(LearnedPlace.ledger_id == ledger))
    return {FieldKind(kind): (place[0], place[1], place[2], place[3]) for kind, place in rows if place}


def _has_number() -> ColumnElement[bool]:
    """That a number was read that may be told."""
    return exists().where(
        ReadValue.reading_id == Reading.id, ReadValue.kind == FieldKind.NUMBER, ReadValue.grade != Grade.NONE
    )


def _confirmed(session: Session, ledger: Ledger, since: datetime | None, enough: int) -> list[ConfirmedPage]:
    """The newest pages that are entered and that no number was read on; those that were read ``since`` then."""
    query = (
        select(Entry.number, Entry.date, Page, Region)
        .join(EntryPage, EntryPage.entry_id == Entry.id)
        .join(Page, Page.id == EntryPage.page_id)
        .join(Region, Region.page_id == Page.id)
        .join(Reading, of_region())
        .where(Entry.ledger_id == ledger.id, Entry.living, EntryPage.position == 1, Region.part == 1)
        .where(Reading.read_at.is_not(None), Reading.ruled.is_(False), ~_has_number())
        .order_by(Entry.id.desc())
        .limit(max(MOST, enough))
    )
    if since is not None:
        query = query.where(Reading.read_at > since)
    rows = session.execute(query).all()
    entries = Counter(page.id for _, _, page, _ in rows)
    return [
        ConfirmedPage(Unread.of(region), _values(number, date, page.number))
        for number, date, page, region in rows
        if entries[page.id] == 1
    ]


def _values(number: str, date: str, printed: str | None) -> dict[FieldKind, str]:
    values = {FieldKind.NUMBER: str(EntryNumber.parse(number).number)}
    if len(date) == len("2007-02-04"):
        values[FieldKind.DATE] = date
    if printed is not None and is_plain(printed):
        values[FieldKind.PAGE] = str(int(printed))
    return values
