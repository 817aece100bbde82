"""The second look at pages: who may look once more at which of the pages that the first look found right.

Another person looks than at the first look. Where nobody else may check, the same person does on another day, and the
counts tell it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, Subquery, or_, select
from sqlalchemy.orm import Session

from station.catalogue.models import Ledger, Page, User
from station.context import Station
from station.domain.checks import CheckVerdict, Looks
from station.domain.roles import Role
from station.ledger import check_counts, ledgers, pages
from station.messages import Message


def obstacle(session: Session, ledger: Ledger, selection: Sequence[Page], who: str) -> Message | None:
    """Why this person may not say now what the second look at these pages shows; None where that may be said."""
    if ledger.looks != Looks.SECOND:
        return Message("check-second-unneeded", {"ledger": ledgers.name_of(ledger)})
    first = check_counts.verdicts(ledger.id)
    stands = {row.page_id: row for row in session.execute(select(first).where(first.c.page_id.in_(_ids(selection))))}
    for page in selection:
        earlier = stands.get(page.id)
        if earlier is None or earlier.verdict != CheckVerdict.RIGHT:
            return Message("check-first-missing", {"label": page.seq})
        if earlier.who == who and not _is_alone(session, who):
            return Message("check-same-person", {"label": page.seq})
        if earlier.who == who and earlier.at >= _midnight():
            return Message("check-same-day", {"label": page.seq})
    return None


def next_page(station: Station, ledger_text: str, who: str, after: str | None = None) -> str | None:
    """The label of the next page of the sample that this person may look at, behind ``after``, else from the start."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        first = check_counts.verdicts(ledger.id, Page.first_verdict == CheckVerdict.RIGHT)
        waiting = (
            sample(ledger)
            .join(first, first.c.page_id == Page.id)
            .where(Page.second_verdict.is_(None), _may_look(session, first, who))
        )
        return pages.label_behind(session, ledger, waiting, after)


def sample(ledger: Ledger) -> Select[int, str]:
    """A query for the ids and labels of the pages that the second look is for, in their order."""
    return pages.labelled(ledger).where(check_counts.is_sampled(ledger))


def _may_look(session: Session, first: Subquery, who: str) -> ColumnElement[bool]:
    another = first.c.who != who
    return or_(another, first.c.at < _midnight()) if _is_alone(session, who) else another


def _is_alone(session: Session, who: str) -> bool:
    """Whether nobody else at this station may check."""
    roles = [role for role in Role if role.may_check]
    others = select(User.id).where(User.active, User.role.in_(roles), User.name != who)
    return session.scalars(others.limit(1)).first() is None


def _midnight() -> datetime:
    """When this day began by the PC's clock."""
    return datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _ids(selection: Sequence[Page]) -> list[int]:
    return [page.id for page in selection]
