"""Pages too large for the glass, scanned in two captures: which page waits for its other part.

That is told by the catalogue alone, so a session may end between the parts, by a power cut too: the next one asks.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Ledger, Page, Region, constant


def incomplete() -> ColumnElement[bool]:
    """The condition, on ``Page``, that fewer parts are there than show it whole."""
    there = select(func.count()).where(Region.page_id == Page.id).correlate(Page).scalar_subquery()
    return and_(Page.parts > constant(1), there < Page.parts)


def page_waiting_for_part(session: Session, ledger: Ledger, *, of_session: int | None = None) -> Page | None:
    """The page that the next part belongs to: of those that wait, the one captured last.

    ``of_session`` leaves only pages of that scan session: what is inserted completes nothing that waits elsewhere.
    """
    query = select(Page).join(Region).join(Capture).where(Page.ledger_id == ledger.id, incomplete())
    if of_session is not None:
        query = query.where(Capture.session_id == of_session)
    return session.scalars(query.order_by(Capture.counter.desc()).limit(1)).first()
