"""How far a ledger's pages were looked at: the newest verdict on each page, as long as its image stands there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session, aliased

from station.catalogue.models import Check, Ledger, Page, Region
from station.domain.checks import CheckKind, CheckVerdict


@dataclass(frozen=True)
class CheckCounts:
    """A ledger's ``pages``, and of how many the verdict is that they are right, or rejected."""

    pages: int
    right: int
    rejected: int

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return self.right + self.rejected

    @property
    def is_checked(self) -> bool:
        """Whether every page was looked at and none is rejected."""
        return self.pages == self.right > 0


def is_newest() -> ColumnElement[bool]:
    """Whether nobody judged the same page later."""
    later = aliased(Check)
    again = select(later.id).where(later.page_id == Check.page_id, later.kind == Check.kind, later.id > Check.id)
    return ~again.exists()


def verdicts(ledger: Ledger) -> Subquery:
    """The verdicts that stand, by ``page_id``: ``check_id`` and ``verdict``.

    A retake gives another image, and a page that was turned shows something else: both are to be looked at anew.
    """
    parts = Region.page_id == Check.page_id
    image = select(func.max(Region.capture_id)).where(parts).correlate(Check).scalar_subquery()
    turn = select(func.sum(Region.rotation)).where(parts).correlate(Check).scalar_subquery()
    query = select(Check.page_id, Check.id.label("check_id"), Check.verdict).join(Page, Page.id == Check.page_id)
    first = (Page.ledger_id == ledger.id, Check.kind == CheckKind.FIRST, is_newest())
    return query.where(*first, Check.image == image, Check.turn == turn).subquery()


def counts(session: Session, ledger: Ledger) -> CheckCounts:
    """How far a ledger's pages were looked at."""
    pages = session.scalar(select(func.count()).select_from(Page).where(Page.ledger_id == ledger.id)) or 0
    stands = verdicts(ledger)
    numbers: dict[str, int] = dict(
        session.execute(select(stands.c.verdict, func.count()).group_by(stands.c.verdict)).all()
    )
    return CheckCounts(pages, numbers.get(CheckVerdict.RIGHT, 0), numbers.get(CheckVerdict.REJECTED, 0))
