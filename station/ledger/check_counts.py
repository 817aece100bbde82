"""How far a ledger's pages were looked at: the newest verdict on each page, as long as its image stands there.

Which verdicts stand the catalogue keeps itself, in columns of the pages (the migration "verdicts of pages").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from station.catalogue import row_facts
from station.catalogue.database import once
from station.catalogue.models import Capture, Check, Ledger, Page, Region
from station.domain.checks import CheckKind, CheckVerdict, Looks

#: A ledger's id, or the parameter that holds it in a query that is built once.
LedgerId = int | BindParameter[Any]

#: Of a hundred labels that follow each other each gets another rank below a hundred, and neighbours get ranks far
#: apart: 61 has no factor in common with 100, and is near its golden section. The two pages of an open book share a
#: label, and get ranks as far apart.
_RANKS, _OF_LABEL, _OF_SIDE = 100, 61, 37


@dataclass(frozen=True)
class SecondCounts:
    """The second look: the ``pages`` it is for, and of how many the verdict is that they are right, or rejected.

    At ``same_person`` of them, in an office of one, the person of the first look looked again on another day.
    """

    pages: int = 0
    right: int = 0
    rejected: int = 0
    same_person: int = 0

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return self.right + self.rejected

    @property
    def is_done(self) -> bool:
        """Whether all were found right."""
        return self.pages == self.right


@dataclass(frozen=True)
class CheckCounts:
    """A ledger's ``pages``, and of how many the verdict is that they are right, or rejected, at the first look.

    ``looks`` is what the ledger needs; ``second`` stays empty where that is no second look.
    """

    pages: int
    right: int
    rejected: int
    looks: str = Looks.NONE
    second: SecondCounts = SecondCounts()

    @property
    def seen(self) -> int:
        """How many were looked at, at the first look."""
        return self.right + self.rejected

    @property
    def returned(self) -> int:
        """How many came back, at either look: a page is looked at again only once it was right."""
        return self.rejected + self.second.rejected

    @property
    def is_seen(self) -> bool:
        """Whether the first look found every page right."""
        return self.pages == self.right > 0

    @property
    def is_checked(self) -> bool:
        """Whether every page was looked at, the sample once more where the ledger needs that, and none is rejected."""
        return self.is_seen and self.second.is_done

    @property
    def is_lacking(self) -> bool:
        """Whether the ledger needs looks that it has not had."""
        return self.looks != Looks.NONE and not self.is_checked


def is_newest() -> ColumnElement[bool]:
    """Whether a verdict was not taken back, and nobody judged the same page later at the same look."""
    later = aliased(Check)
    again = select(later.id).where(later.page_id == Check.page_id, later.kind == Check.kind, later.id > Check.id)
    return and_(Check.verdict != CheckVerdict.WITHDRAWN, ~again.exists())


def verdicts(ledger_id: LedgerId, *these: ColumnElement[bool]) -> Subquery:
    """The verdicts of the first look that stand, by ``page_id``: ``check_id``, ``verdict``, ``who`` and ``at``.

    A retake gives another image, and a page that was turned shows something else: both are to be looked at anew. Of all
    pages of the ledger, or of ``these``.
    """
    return _standing(ledger_id, CheckKind.FIRST, these).subquery()


def second_verdicts(ledger_id: LedgerId, *these: ColumnElement[bool]) -> Subquery:
    """Those of the second look, with ``same_person``: each stands on a first look that found the page right."""
    first = verdicts(ledger_id, *these)
    second = _standing(ledger_id, CheckKind.SECOND, these)
    query = second.add_columns((Check.who == first.c.who).label("same_person"))
    return query.join(first, first.c.page_id == Check.page_id).subquery()


def standing_verdict(look: CheckKind) -> InstrumentedAttribute[str | None]:
    """The verdict of a look that stands of a page, None where none does; a column of :class:`Page`, for queries."""
    return Page.second_verdict if look is CheckKind.SECOND else Page.first_verdict


def _standing(ledger_id: LedgerId, look: CheckKind, these: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    query = select(Check.page_id, Check.id.label("check_id"), Check.verdict, Check.who, Check.at)
    those = (Page.ledger_id == ledger_id, *these, Check.kind == look, standing_verdict(look).is_not(None), is_newest())
    return query.join(Page, Page.id == Check.page_id).where(*those)


def misjudged_ledgers() -> Select[int]:
    """A query for the ids of ledgers of whose pages other verdicts are kept than their checks and images give."""
    parts = Region.page_id == Check.page_id
    shown = select(func.max(Region.capture_id), func.sum(Region.rotation)).where(parts).correlate(Check)
    as_shown = tuple_(Check.image, Check.turn) == shown.scalar_subquery()
    newest = select(Check.verdict).where(Check.page_id == Page.id, is_newest(), as_shown)
    first, second = (newest.where(Check.kind == look).scalar_subquery() for look in (CheckKind.FIRST, CheckKind.SECOND))
    on_right = case((first == CheckVerdict.RIGHT, second))
    differs = or_(Page.first_verdict.is_distinct_from(first), Page.second_verdict.is_distinct_from(on_right))
    return select(Page.ledger_id).where(differs).distinct()


def returned(ledger_id: LedgerId, looks: str) -> CompoundSelect[int]:
    """A query for the ids of the pages that were rejected, at either of the looks of their ledger."""
    these = select(Page.id).where(Page.ledger_id == ledger_id)
    columns = [Page.first_verdict, *([Page.second_verdict] if looks == Looks.SECOND else [])]
    # Each is an index of its own.
    return union_all(*(these.where(column == CheckVerdict.REJECTED) for column in columns))


def is_sampled(ledger: Ledger) -> ColumnElement[bool]:
    """Whether a page is one of those that the second look is for: the same ones whenever and wherever that is asked.

    It goes by the names of ledger and page, which a retake or a catalogue that was rebuilt leaves as they are. Whatever
    the share, the ledger's page of the lowest rank is in the sample: none is empty.
    """
    start = crc32(row_facts.ledger_reference(ledger).encode())
    rank = (cast(Capture.label, Integer) * _OF_LABEL + func.coalesce(Region.side, 0) * _OF_SIDE + start) % _RANKS
    shown = select(rank).select_from(Region).join(Capture).where(Capture.ledger_id == ledger.id, Region.part == 1)
    own = shown.where(Region.page_id == Page.id).correlate(Page).scalar_subquery()
    lowest = shown.with_only_columns(func.min(rank)).correlate(None).scalar_subquery()
    return or_(own < ledger.second_share, own == lowest)


def counts(session: Session, ledger: Ledger) -> CheckCounts:
    """How far a ledger's pages were looked at."""
    return once(session, ("checks", ledger.id), lambda: _counts(session, ledger))


def _counts(session: Session, ledger: Ledger) -> CheckCounts:
    parameters = {"ledger_id": ledger.id}
    numbers: dict[str | None, int] = dict(session.execute(_verdict_counts(), parameters).all())
    right, rejected = numbers.get(CheckVerdict.RIGHT, 0), numbers.get(CheckVerdict.REJECTED, 0)
    second = _second_counts(session, ledger) if ledger.looks == Looks.SECOND else SecondCounts()
    return CheckCounts(sum(numbers.values()), right, rejected, ledger.looks, second)


@cache
def _verdict_counts() -> Select[str | None, int]:
    """Of how many pages which verdict stands; of the others it is None."""
    here = select(Page.first_verdict, func.count()).where(Page.ledger_id == bindparam("ledger_id"))
    return here.group_by(Page.first_verdict)


def _second_counts(session: Session, ledger: Ledger) -> SecondCounts:
    """Of the sample, and of whatever else was rejected at the second look."""
    stands = second_verdicts(ledger.id)
    verdict = Page.second_verdict
    query = (
        select(verdict, func.count(), func.coalesce(func.sum(stands.c.same_person), 0))
        .outerjoin(stands, stands.c.page_id == Page.id)
        .where(Page.ledger_id == ledger.id, or_(is_sampled(ledger), verdict == CheckVerdict.REJECTED))
        .group_by(verdict)
    )
    rows = {verdict: (count, same) for verdict, count, same in session.execute(query)}
    right, rejected = (rows.get(verdict, (0, 0))[0] for verdict in (CheckVerdict.RIGHT, CheckVerdict.REJECTED))
    same_person = sum(same for _, same in rows.values())
    return SecondCounts(sum(count for count, _ in rows.values()), right, rejected, same_person)
