"""Near-duplicates among the pages of one ledger: the same page scanned twice, perhaps turned back by mistake.

Comparing two fingerprints takes half a millisecond, too long for each of a thousand pages: the few that are nearest at
a coarse look are compared finely.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Fingerprint
from station.imaging.findings import Limits
from station.imaging.findings import fingerprint as findings_fingerprint

#: Compared finely, out of all pages of the ledger.
NEAREST = 16


def near_duplicate_of(session: Session, capture: Capture, fingerprint: str, limits: Limits) -> str | None:
    """The label of another page of the ledger that looks like ``capture``; None where there is none.

    A retake looks like what it repeats, and is not asked about.
    """
    if not fingerprint or not limits.near_duplicate:
        return None
    query = select(Capture.id, Capture.label, Fingerprint.coarse).join(Fingerprint)
    others = session.execute(
        query.where(Capture.ledger_id == capture.ledger_id, Capture.current, Capture.label != capture.label)
    ).all()
    nearest = findings_fingerprint.nearest(
        findings_fingerprint.coarse(fingerprint), [coarse for _id, _label, coarse in others], NEAREST
    )
    near = {capture_id: label for capture_id, label, _coarse in (others[index] for index in nearest)}
    these = select(Fingerprint.capture_id, Fingerprint.fine).where(Fingerprint.capture_id.in_(near))
    fine: dict[int, bytes] = dict(session.execute(these).all())
    twin = findings_fingerprint.near_duplicate(fingerprint, {one: fine[one].hex() for one in near}, limits)
    return None if twin is None else near[twin]


def keep_fingerprint(session: Session, capture: Capture, fingerprint: str) -> None:
    """Keep the fingerprint of a capture, where it has one."""
    if fingerprint:
        session.flush()
        coarse, fine = findings_fingerprint.coarse(fingerprint), bytes.fromhex(fingerprint)
        session.add(Fingerprint(capture_id=capture.id, coarse=coarse, fine=fine))
