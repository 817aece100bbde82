"""What the machine read on pages, as the catalogue keeps it: once for each image, and for the part that shows the page.

A reading belongs to a capture: a retake is read anew, and an earlier image that is taken again brings its own along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session, selectinload

from station.catalogue.models import Capture, Ledger, Page, Reading, ReadValue, Region
from station.domain.states import LEDGER_OPEN
from station.ledger.spreads import Box
from station.reading import READER
from station.reading.fields import Field, FieldKind, Grade, PageReading

#: So often is it tried to read an image: what kills the reader once may be the PC, short of memory.
MOST_TRIES = 3


@dataclass(frozen=True)
class Unread:
    """A page that is to be read: of which image (its file under the data folder), which part, turned how far."""

    capture: int
    counter: int
    file: str
    side: int
    crop: Box | None
    turn: int

    @classmethod
    def of(cls, region: Region) -> Unread:
        """The page that a region shows."""
        capture = region.capture
        return cls(capture.id, capture.counter, capture.file, region.side or 0, region.crop, region.rotation)


def next_unread(session: Session, behind: int = 0) -> Unread | None:
    """The page of an open ledger to read next, the newest first: it may lie on the glass still.

    Only images whose counter is larger than ``behind`` are looked at.
    """
    settled = or_(Reading.read_at.is_not(None), Reading.tries >= MOST_TRIES)
    # From the open ledgers on: the newest image that nobody read may be the last of all that there are.
    open_ledgers = select(Ledger.id).where(Ledger.state.in_(LEDGER_OPEN))
    query = (
        select(Region)
        .join(Capture, Capture.id == Region.capture_id)
        .join(Page, Page.id == Region.page_id)
        .where(Capture.ledger_id.in_(open_ledgers), Region.part == 1)
        .where(Capture.counter > behind, Capture.freed_at.is_(None))
        .where(~select(Reading.id).where(of_region(), settled).exists())
        .order_by(Capture.counter.desc(), Page.order)
    )
    region = session.scalars(query.limit(1)).first()
    return None if region is None else Unread.of(region)


def newest_image(session: Session) -> int:
    """The counter of the image that was accepted last, 0 without one."""
    return session.scalar(select(func.max(Capture.counter))) or 0


def keep(session: Session, page: Unread, reading: PageReading, ms: int) -> None:
    """Store what was read on a page, in place of what there was."""
    row = _row(session, page)
    row.upside_down, row.empty_form, row.ruled = reading.upside_down, reading.empty_form, reading.ruled
    row.ms, row.reader, row.read_at = ms, READER, datetime.now(UTC)
    row.values = [
        ReadValue(
            kind=one.kind,
            value=one.value,
            confidence=one.confidence,
            grade=one.grade,
            candidates=dict(one.candidates),
            **dict(zip(("left", "top", "right", "bottom"), one.box, strict=True)),
        )
        for one in (*reading.fields, *reading.unsure)
    ]


def count_try(session: Session, page: Unread) -> None:
    """Store that reading a page failed; after :data:`MOST_TRIES` of it nobody tries again."""
    _row(session, page).tries += 1


@dataclass(frozen=True)
class StoredReading:
    """What was read on a page, as it is shown now, and how long that took (ms)."""

    page: PageReading
    ms: int

    def as_json(self) -> dict[str, Any]:
        """As JSON: all but the page's name of a line of ``tramquet read``."""
        return self.page.as_json() | {"ms": self.ms}


def of_ledger(session: Session, ledger: Ledger, *those: ColumnElement[bool]) -> dict[int, StoredReading]:
    """What was read on the pages of a ledger, or on some of them, by the pages' ids."""
    return _of(session, Page.ledger_id == ledger.id, *those)


def of_pages(session: Session, page_ids: Sequence[int]) -> dict[int, StoredReading]:
    """What was read on these pages, by their ids."""
    return _of(session, Page.id.in_(page_ids))


def _of(session: Session, *those: ColumnElement[bool]) -> dict[int, StoredReading]:
    rows = session.execute(_read_pages().where(*those))
    return {page_id: StoredReading(_as_shown(reading, rotation), reading.ms) for page_id, reading, rotation in rows}


@cache
def _read_pages() -> Select[int, Reading, int]:
    query = select(Page.id, Reading, Region.rotation).select_from(Region).join(Page, Page.id == Region.page_id)
    query = query.join(Reading, of_region()).where(Region.part == 1, Reading.read_at.is_not(None))
    return query.options(selectinload(Reading.values)).order_by(Page.order)


def places(session: Session, page_ids: Sequence[int]) -> dict[tuple[int, FieldKind, Box], int]:
    """The ids of the values that were read on these pages: by page, kind, and where each stands."""
    rows = session.execute(_read_places(), {"page_ids": page_ids})
    return {(page, FieldKind(one.kind), (one.left, one.top, one.right, one.bottom)): one.id for page, one in rows}


@cache
def _read_places() -> Select[int, ReadValue]:
    query = select(Page.id, ReadValue).select_from(Region).join(Page, Page.id == Region.page_id)
    query = query.join(Reading, of_region()).join(ReadValue, ReadValue.reading_id == Reading.id)
    return query.where(Region.part == 1, Page.id.in_(bindparam("page_ids")))


def is_upside_down(was: bool, turn: int, rotation: int) -> bool:
    """Whether a page stands on its head, shown turned by ``rotation``, where it ``was`` or was not at ``turn``."""
    return was != ((rotation - turn) % 360 == 180)


def shows_upside_down(session: Session, capture_id: int) -> bool:
    """Whether a page that an image shows was read to stand on its head, as it is turned now."""
    read = select(Reading.upside_down, Reading.turn, Region.rotation).select_from(Region).join(Reading, of_region())
    rows = session.execute(read.where(Region.capture_id == capture_id))
    return any(is_upside_down(was, turn, rotation) for was, turn, rotation in rows)


def drop(session: Session, ledger: Ledger) -> None:
    """Forget what was read on the images of a ledger, which are no longer here."""
    readings = select(Reading.id).join(Capture, Capture.id == Reading.capture_id).where(Capture.ledger_id == ledger.id)
    session.execute(delete(ReadValue).where(ReadValue.reading_id.in_(readings)))
    session.execute(delete(Reading).where(Reading.id.in_(readings)))


def _as_shown(reading: Reading, rotation: int) -> PageReading:
    """A stored reading of a page that is shown turned by ``rotation`` (clockwise degrees)."""
    fields = [
        Field(
            FieldKind(row.kind),
            row.value,
            row.confidence,
            Grade(row.grade),
            (row.left, row.top, row.right, row.bottom),
            row.candidates,
        )
        for row in reading.values
    ]
    upside_down = is_upside_down(reading.upside_down, reading.turn, rotation)
    return PageReading.sorted_out(fields, upside_down=upside_down, empty_form=reading.empty_form, ruled=reading.ruled)


def of_region() -> ColumnElement[bool]:
    """That a reading is of what a region shows; on its head a page reads as well as upright."""
    same = (Reading.capture_id == Region.capture_id, Reading.side == func.coalesce(Region.side, 0))
    level = (Reading.turn - Region.rotation) % 180 == 0
    edges = (Reading.left, Region.left), (Reading.top, Region.top), (Reading.right, Region.right)
    edges_equal = (one.is_not_distinct_from(other) for one, other in (*edges, (Reading.bottom, Region.bottom)))
    return and_(*same, level, *edges_equal)


def _row(session: Session, page: Unread) -> Reading:
    """The row of the page's reading, as one of this part of the image and turned like this."""
    query = select(Reading).where(Reading.capture_id == page.capture, Reading.side == page.side)
    row = session.scalars(query).one_or_none()
    if row is None:
        row = Reading(capture_id=page.capture, side=page.side, tries=0)
        session.add(row)
    if row.id is None or (row.crop, row.turn) != (page.crop, page.turn):
        row.crop, row.turn, row.tries, row.read_at = page.crop, page.turn, 0, None
        row.upside_down, row.empty_form, row.ruled, row.ms, row.reader = False, False, False, 0, READER
        row.values = []
    return row
