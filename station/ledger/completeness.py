"""Completeness of a ledger: gaps in pages and entry numbers, and questions that are open.

The closing page states total pages and total entries; covers are not among the pages it counts. Entry numbers of a
year run without gaps from the first to the last that was given. Questions that nobody answered yet, about images and
about sheets that were drawn in and not recorded, are told beside the gaps: a machine that doubts an image must not keep
an officer from closing a book that is whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from station.catalogue.database import once
from station.catalogue.models import Capture, Entry, EntryPage, IntakeFile, Ledger, Page, Region, ScanSession
from station.domain.states import PageState, SessionState
from station.ledger import check_counts, finding_resolutions, printed_numbers, read_entry_counts, split_pages
from station.messages import Message

#: So many labels are told in a sentence.
_MOST = 8


class Totals(StrEnum):
    """What the closing totals prove: nothing while one of them is not stated, that the counts differ, or agree."""

    UNSTATED = "unstated"
    DIFFER = "differ"
    MET = "met"


@dataclass(frozen=True)
class Counts:
    """Stated by the closing pages (None where nothing is stated) and found in the catalogue."""

    pages_expected: int | None
    pages_captured: int
    covers: int
    unsorted: int
    entries_expected: int | None
    entries_named: int

    @property
    def pages_found(self) -> int:
        """The pages that a closing page counts: covers are not among them."""
        return self.pages_captured - self.covers

    @property
    def totals(self) -> Totals:
        """What the stated totals say of what was found."""
        if self.pages_expected is None or self.entries_expected is None:
            return Totals.UNSTATED
        met = (self.pages_found, self.entries_named) == (self.pages_expected, self.entries_expected)
        return Totals.MET if met else Totals.DIFFER


@dataclass(frozen=True)
class Asks:
    """How many images, sessions that recorded less than was drawn in, and dropped files ask a person."""

    images: int
    sessions: int
    files: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.images + self.sessions + self.files


def counts(session: Session, ledger: Ledger) -> Counts:
    """The counts of a ledger's pages and entries, and what its closing pages state."""
    return once(session, ("counts", ledger.id), lambda: counts_of(session, [ledger])[ledger.id])


def counts_of(session: Session, selection: Sequence[Ledger]) -> dict[int, Counts]:
    """The same for many ledgers at once, by ledger id: hundreds of ledgers cost a few queries."""
    ids = {"ledger_ids": [ledger.id for ledger in selection]}
    counts: dict[int, dict[str, int]] = {}
    for ledger_id, state, count in session.execute(_pages_by_state(), ids):
        counts.setdefault(ledger_id, {})[state] = count
    entries = dict(session.execute(_entries(), ids).all())
    return {
        ledger.id: Counts(
            pages_expected=_sum(closing.pages for closing in ledger.closings),
            pages_captured=sum(counts.get(ledger.id, {}).values()),
            covers=counts.get(ledger.id, {}).get(PageState.COVER, 0),
            unsorted=counts.get(ledger.id, {}).get(PageState.UNSORTED, 0),
            entries_expected=_sum(closing.entries for closing in ledger.closings),
            entries_named=entries.get(ledger.id, 0),
        )
        for ledger in selection
    }


def asks(session: Session, ledger: Ledger) -> Asks:
    """What of a ledger a person is asked about."""
    return once(session, ("asks", ledger.id), lambda: asks_of(session, [ledger])[ledger.id])


def asks_of(session: Session, selection: Sequence[Ledger]) -> dict[int, Asks]:
    """The same for many ledgers at once, by ledger id."""
    ids = [ledger.id for ledger in selection]
    parameters = {"ledger_ids": ids}
    images = Counter(dict(session.execute(_images_that_ask(), parameters).all()))
    sessions = Counter(session.scalars(_sessions_that_ask(), parameters))
    files = Counter(session.scalars(_files_that_ask(), parameters))
    return {one: Asks(images[one], sessions[one], files[one]) for one in ids}


def gaps(session: Session, ledger: Ledger) -> list[Message]:
    """All that stands between this ledger and its closing, in the order a person would mend it."""
    count = counts(session, ledger)
    return [*_page_gaps(session, ledger, count), *_entry_gaps(session, ledger, count)]


def doubts(session: Session, ledger: Ledger) -> list[Message]:
    """What printed numbers and the reader say against a ledger whose totals may agree all the same.

    Numbers are typed by people, some pages have none, clerks of old misnumbered, and a machine misreads: a doubt is to
    be settled or signed for at the page, and leaves the ledger's state as the totals make it.
    """
    doubts = list(printed_numbers.gaps(session, ledger))
    if more := read_entry_counts.pages_with_more(session, ledger):
        facts = {"count": len(more), "labels": _shorten([*more.values()][:_MOST], len(more)), "first": next(iter(more))}
        doubts.append(Message("gap-entries-read", facts))
    return doubts


def gaps_and_doubts(session: Session, ledger: Ledger) -> list[Message]:
    """Both, for a person who is about to mend them.

    What was read on each page, the dearest of them, is looked at when no gap is left.
    """
    if missing := gaps(session, ledger):
        return [*missing, *printed_numbers.gaps(session, ledger)]
    return doubts(session, ledger)


def questions(session: Session, ledger: Ledger) -> list[Message]:
    """What a person should still look at; it does not keep the ledger open."""
    count, parameters = asks(session, ledger), {"ledger_id": ledger.id}
    messages = []
    if images := _count_and_labels(session, count.images, _labels_that_ask(), parameters):
        messages.append(Message("ask-findings", images))
    messages += returned(session, ledger)
    if count.sessions:
        messages.append(Message("ask-missed", {"count": count.sessions}))
    if count.files:
        messages.append(Message("ask-files", {"count": count.files}))
    return messages


def returned(session: Session, ledger: Ledger) -> list[Message]:
    """The pages that came back from a look and wait to be mended; none, or one message."""
    count = check_counts.counts(session, ledger).returned
    facts = _count_and_labels(session, count, _returned_labels(ledger.looks), {"ledger_id": ledger.id})
    return [Message("ask-rejected", facts)] if facts else []


def is_indexed(session: Session, ledger: Ledger) -> bool:
    """Whether every page is sorted and every entry is there."""
    return counts(session, ledger).entries_named > 0 and not gaps(session, ledger)


def unrecorded(ledger_ids: Sequence[int] | None = None) -> Select[int]:
    """A query for the ended sessions that drew in more sheets than they recorded, and that nobody answered for.

    Of these ledgers, or of all.
    """
    query = _unrecorded()
    return query if ledger_ids is None else query.where(ScanSession.ledger_id.in_(ledger_ids))


@cache
def captures_that_ask() -> Select[int]:
    """A query for the ids of the images of a ledger (``ledger_id``) that ask, in the order of their pages.

    A spread is one image of two pages, and asks once.
    """
    shown_captures = select(Capture.id).join(Region, Region.capture_id == Capture.id).join(Page)
    these = shown_captures.where(Capture.ledger_id == bindparam("ledger_id"), finding_resolutions.asks())
    return these.group_by(Capture.id).order_by(func.min(Page.order))


def _page_gaps(session: Session, ledger: Ledger, count: Counts) -> Iterator[Message]:
    if count.pages_captured == 0:
        yield Message("gap-no-pages", {})
    elif count.pages_expected is not None and count.pages_found != count.pages_expected:
        yield Message("gap-pages", {"found": count.pages_found, "expected": count.pages_expected})
    parameters = {"ledger_id": ledger.id}
    for code, (number, labels) in _lacks().items():
        if pages := _count_and_labels(session, session.scalar(number, parameters) or 0, labels, parameters):
            yield Message(code, pages)


def _entry_gaps(session: Session, ledger: Ledger, count: Counts) -> Iterator[Message]:
    if count.entries_expected is not None and count.entries_named != count.entries_expected:
        yield Message("gap-entries", {"found": count.entries_named, "expected": count.entries_expected})
    parameters = {"ledger_id": ledger.id}
    for year, count_of_year in session.execute(_missing_counts(), parameters).all():
        holes = session.execute(_number_gaps(), {**parameters, "year": year}).all()
        missing = chain.from_iterable(range(before + 1, behind) for before, behind in holes)
        first = [f"{number:03d}" for number in islice(missing, _MOST)]
        labels = _shorten(first, count_of_year)
        facts = {"year": year, "count": count_of_year, "labels": labels, "first": holes[0][0] + 1}
        yield Message("gap-numbers", facts)


def _count_and_labels(
    session: Session, count: int, labels: Select[Any], parameters: dict[str, int]
) -> dict[str, object]:
    """How many there are and the first labels; empty where there are none.

    Of rows that end alike the first one counts.
    """
    if not count:
        return {}
    first: dict[str, str] = {}
    for row in session.execute(labels, parameters):
        first.setdefault(row[-1], row[0])
    return {"count": count, "labels": _shorten(list(first.values())[:_MOST], count)}


def _sum(numbers: Iterable[int | None]) -> int | None:
    values = [number for number in numbers if number is not None]
    return sum(values) if values else None


def _shorten(first: Sequence[str], count: int) -> str:
    """The first labels, and how many more: a sentence stays a sentence in a ledger of 300 pages."""
    return ", ".join(first) + (f" (+{count - len(first)})" if count > len(first) else "")


# Queries of every view. To build one takes up to ten times what it takes to run it: each is built once.


@cache
def _pages_by_state() -> Select[int, str, int]:
    query = select(Page.ledger_id, Page.state, func.count()).where(Page.ledger_id.in_(bindparam("ledger_ids")))
    return query.group_by(Page.ledger_id, Page.state)


@cache
def _entries() -> Select[int, int]:
    query = select(Entry.ledger_id, func.count()).where(Entry.ledger_id.in_(bindparam("ledger_ids")), Entry.living)
    return query.group_by(Entry.ledger_id)


@cache
def _images_that_ask() -> Select[int, int]:
    query = select(Capture.ledger_id, func.count()).where(Capture.ledger_id.in_(bindparam("ledger_ids")))
    return query.where(finding_resolutions.asks()).group_by(Capture.ledger_id)


@cache
def _unrecorded() -> Select[int]:
    capture_count = select(func.count(Capture.id)).where(Capture.session_id == ScanSession.id).scalar_subquery()
    return select(ScanSession.id).where(
        ScanSession.state != SessionState.OPEN, ScanSession.answered_at.is_(None), ScanSession.fed > capture_count
    )


@cache
def _sessions_that_ask() -> Select[Any]:
    query = unrecorded().where(ScanSession.ledger_id.in_(bindparam("ledger_ids")))
    return query.with_only_columns(ScanSession.ledger_id)


@cache
def _files_that_ask() -> Select[Any]:
    return select(IntakeFile.ledger_id).where(IntakeFile.ledger_id.in_(bindparam("ledger_ids")))


@cache
def _labels_that_ask() -> Select[Any, Any]:
    # A spread comes with each of its two pages: to take it once here would group all images for the first ones.
    each = captures_that_ask().group_by(None).order_by(None).order_by(Page.order)
    return each.with_only_columns(printed_numbers.page_name(Capture.label), Capture.label).limit(2 * _MOST)


@cache
def _returned_labels(looks: str) -> Select[Any]:
    returned = check_counts.returned(bindparam("ledger_id", type_=Integer()), looks)
    query = select(printed_numbers.page_name(Region.seq)).select_from(Region).join(Page).join(Capture)
    these = query.where(Page.id.in_(returned), Region.part == 1)
    return these.order_by(Page.order).limit(_MOST)


@cache
def _lacks() -> dict[str, tuple[Select[int], Select[str | None]]]:
    """By each thing that pages may lack how many do, and the first of them as they are told to people."""
    here = Page.ledger_id == bindparam("ledger_id")
    placed = select(EntryPage).where(EntryPage.page_id == Page.id).exists()
    # Each is an index of its own: a question for all of them at once reads every page.
    lacks = {
        "gap-parts": (split_pages.incomplete(),),
        "gap-unsorted": (Page.state == PageState.UNSORTED,),
        "gap-no-entry": (Page.state == PageState.ENTRY, ~placed),
    }
    labels = (
        select(printed_numbers.page_name(Region.seq))
        .select_from(Page)
        .join(Region, Region.page_id == Page.id)
        .join(Capture)
    )
    labels = labels.where(here, Region.part == 1).order_by(Page.order).limit(_MOST)
    number = select(func.count()).select_from(Page).where(here)
    return {code: (number.where(*lack), labels.where(*lack)) for code, lack in lacks.items()}


@cache
def _missing_counts() -> Select[int, int]:
    """The years that lack numbers between their first and their last, each with how many: 2 and 2a are one number."""
    number = Entry.number_value
    missing = func.max(number) - func.min(number) + 1 - func.count(number.distinct())
    years = select(Entry.year, missing).where(Entry.ledger_id == bindparam("ledger_id"), Entry.living)
    return years.group_by(Entry.year).having(missing > 0).order_by(Entry.year)


@cache
def _number_gaps() -> Select[Any]:
    """The first numbers of a year that are not followed by the next, each with the one that is given next."""
    number, other = Entry.number_value, aliased(Entry)
    same_year = (other.ledger_id == Entry.ledger_id, other.year == Entry.year, other.living)
    others = select(other.number_value).where(*same_year)
    following = others.where(other.number_value == number + 1).exists()
    next_given = others.where(other.number_value > number).order_by(other.number_value).limit(1).scalar_subquery()
    here = Entry.ledger_id == bindparam("ledger_id"), Entry.year == bindparam("year"), Entry.living
    ends = select(number.label("number"), next_given.label("next_given")).where(*here, ~following).subquery()
    holes = select(ends).where(ends.c.next_given.is_not(None)).distinct()
    return holes.order_by(ends.c.number).limit(_MOST)
