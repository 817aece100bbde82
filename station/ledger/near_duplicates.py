"""Near-duplicates among the pages of one ledger: the same page scanned twice, perhaps turned back by mistake.

Comparing two fingerprints takes half a millisecond, too long for each of a thousand pages: the few that are nearest at
a coarse look are compared finely.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Fingerprint
from station.domain.finding_limits import Limits
from station.imaging.findings import fingerprint as findings_fingerprint

#: Compared finely, out of all pages of the ledger: so many that lie as this one does, and so many on their head.
_NEAREST, _UPSIDE_DOWN = 16, 4


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
    nearest = nearest_pages(fingerprint, [coarse for _id, _label, coarse in others])
    near = {others[index].id: others[index].label for index in nearest}
    these = select(Fingerprint.capture_id, Fingerprint.fine).where(Fingerprint.capture_id.in_(near))
    fine: dict[int, bytes] = dict(session.execute(these).all())
    twin = findings_fingerprint.near_duplicate(fingerprint, {one: fine[one].hex() for one in near}, limits)
    return None if twin is None else near[twin]


def nearest_pages(fingerprint: str, glances: Sequence[bytes]) -> list[int]:
    """Which of ``glances`` (a coarse fingerprint for each page) are most like this one: their places."""
    places = [
        findings_fingerprint.nearest(findings_fingerprint.coarse(one), glances, most)
        for one, most in (
            (fingerprint, _NEAREST),
            (findings_fingerprint.turned_round(fingerprint), _UPSIDE_DOWN),
        )
    ]
    return list(dict.fromkeys(place for each in places for place in each))


def keep_fingerprint(session: Session, capture: Capture, fingerprint: str) -> None:
    """Keep the fingerprint of a capture, where it has one."""
    if fingerprint:
        session.flush()
        coarse, fine = findings_fingerprint.coarse(fingerprint), bytes.fromhex(fingerprint)
        session.add(Fingerprint(capture_id=capture.id, coarse=coarse, fine=fine))
