"""Where a recovered capture probably belongs: an offer to a person, who looks at the pages beside it and decides."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Ledger, Page, Region, ScanSession
from station.domain.naming.labels import FRONT, Label, spoken_page
from station.domain.states import ScanPurpose
from station.ledger import printed_numbers
from station.messages import Message


@dataclass(frozen=True)
class SuggestedPlace:
    """Behind which page (:data:`FRONT`: before all others), and why that is likely."""

    after: str
    why: Message


def suggested_place(session: Session, capture: Capture) -> SuggestedPlace:
    """The place of a capture by the order of its session, else by its label or the time it was scanned."""
    run = session.get(ScanSession, capture.session_id) if capture.session_id is not None else None
    if run is not None and run.purpose == ScanPurpose.RETAKE:
        own = _spoken(session, capture, capture.label)
        return SuggestedPlace(_before_now(session, capture), Message("place-retake", {"label": own}))
    if run is not None and (before := _before_in_session(session, capture)):
        return SuggestedPlace(before, Message("place-session", {"after": _spoken(session, capture, before)}))
    if run is not None and run.purpose == ScanPurpose.INSERT and run.anchor is not None:
        anchor = _spoken(session, capture, run.anchor)
        return SuggestedPlace(run.anchor, Message("place-insert", {"after": anchor}))
    if run is None or not run.profile:  # found in the pages folder: its name is all that tells of its session
        return SuggestedPlace(_before_by_label(session, capture), Message("place-label", {"label": capture.label}))
    at = f"{capture.started_at.astimezone():%H:%M, %d/%m/%Y}"
    return SuggestedPlace(_before_in_time(session, capture), Message("place-time", {"time": at}))


def _spoken(session: Session, capture: Capture, label: str) -> str:
    """A page of the same ledger as people are spoken to of it."""
    numbers = printed_numbers.of_labels(session, session.get_one(Ledger, capture.ledger_id), [label])
    return spoken_page(label, numbers.get(label))


def _before_in_session(session: Session, capture: Capture) -> str | None:
    """The page that was scanned before this one in the same session; sheets of a feeder may start in one moment."""
    query = select(Capture.label).where(
        Capture.session_id == capture.session_id,
        Capture.id != capture.id,
        Capture.current,
        (Capture.started_at < capture.started_at)
        | ((Capture.started_at == capture.started_at) & (Capture.counter < capture.counter)),
    )
    return session.scalars(query.order_by(Capture.started_at.desc(), Capture.counter.desc()).limit(1)).first()


def _before_in_time(session: Session, capture: Capture) -> str:
    """The page of the ledger that was scanned last before this one began."""
    query = select(Capture.label).where(
        Capture.ledger_id == capture.ledger_id,
        Capture.id != capture.id,
        Capture.current,
        Capture.started_at < capture.started_at,
    )
    last = query.order_by(Capture.started_at.desc(), Capture.counter.desc()).limit(1)
    return session.scalars(last).first() or FRONT


def _before_by_label(session: Session, capture: Capture) -> str:
    """The page with the label just below: 012 and its inserts 012a, 012b before 013."""
    query = select(Capture.label).where(
        Capture.ledger_id == capture.ledger_id, Capture.id != capture.id, Capture.current
    )
    own = _rank(capture.label)
    below = [label for label in session.scalars(query) if _rank(label) < own]
    return max(below, key=_rank, default=FRONT)


def _before_now(session: Session, capture: Capture) -> str:
    """The page in front of where the capture stands now."""
    order = select(Page.order).join(Region).where(Region.capture_id == capture.id).order_by(Page.order).limit(1)
    first = session.scalars(order).first() or 1
    query = select(Capture.label).join(Region, Region.capture_id == Capture.id).join(Page)
    before = query.where(Page.ledger_id == capture.ledger_id, Page.order == first - 1).order_by(Region.part).limit(1)
    return session.scalars(before).first() or FRONT


def _rank(label: str) -> tuple[int, int, str]:
    parts = Label.parse(label)
    return parts.number, len(parts.suffix), parts.suffix
