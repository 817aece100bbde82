"""How far a ledger's pages were looked at: the newest verdict on each page, as long as its image stands there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Subquery, and_, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Check, Ledger, Page, Region
from station.domain.checks import CheckKind, Verdict


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


def images(ledger: Ledger) -> Subquery:
    """What each page of a ledger shows: ``page_id``, the newest of its images (``image``), and how they are turned.

    A retake gives another image, and a page that was turned shows something else: both are to be looked at anew.
    """
    turn = func.sum(Region.rotation).label("turn")
    query = select(Region.page_id, func.max(Region.capture_id).label("image"), turn).join(Page)
    return query.where(Page.ledger_id == ledger.id).group_by(Region.page_id).subquery()


def verdicts(ledger: Ledger) -> Subquery:
    """The verdicts that stand, by ``page_id``: ``check_id`` and ``verdict``."""
    shown = images(ledger)
    newest = select(Check.page_id, func.max(Check.id).label("id")).join(Page, Page.id == Check.page_id)
    first = newest.where(Page.ledger_id == ledger.id, Check.kind == CheckKind.FIRST).group_by(Check.page_id).subquery()
    stands = and_(shown.c.page_id == Check.page_id, shown.c.image == Check.image, shown.c.turn == Check.turn)
    query = select(Check.page_id, Check.id.label("check_id"), Check.verdict).join(first, first.c.id == Check.id)
    return query.join(shown, stands).subquery()


def counts(session: Session, ledger: Ledger) -> CheckCounts:
    """How far a ledger's pages were looked at."""
    pages = session.scalar(select(func.count()).select_from(Page).where(Page.ledger_id == ledger.id)) or 0
    stands = verdicts(ledger)
    numbers: dict[str, int] = dict(
        session.execute(select(stands.c.verdict, func.count()).group_by(stands.c.verdict)).all()
    )
    return CheckCounts(pages, numbers.get(Verdict.RIGHT, 0), numbers.get(Verdict.REJECTED, 0))
