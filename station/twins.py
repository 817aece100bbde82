"""Pages of one ledger that look the same: the same page scanned twice, perhaps turned back by mistake."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.findings import Limits, likeness
from station.models import Capture


def twin_of(session: Session, capture: Capture, limits: Limits) -> str | None:
    """The label of the newest other page of the ledger that looks like ``capture``; None where there is none.

    A retake looks like what it repeats, and is not asked about.
    """
    if not capture.fingerprint:
        return None
    query = select(Capture.label, Capture.fingerprint).where(
        Capture.ledger_id == capture.ledger_id,
        Capture.current,
        Capture.label != capture.label,
        Capture.fingerprint.is_not(None),
    )
    for label, fingerprint in session.execute(query.order_by(Capture.counter.desc())):
        if fingerprint and likeness.alike(capture.fingerprint, fingerprint, limits):
            return str(label)
    return None
