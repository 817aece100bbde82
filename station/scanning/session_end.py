"""The end of a scan session: its state, the sheets that were drawn in, the labels it did not use, and what the sentence
of one that ended early tells.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Ledger, Reservation, ScanSession
from station.context import Station
from station.domain.states import ReservationState, ScanPurpose, SessionState
from station.ledger import ledgers
from station.messages import Message

#: The line of the log that says which pages a session put behind another one.
INSERTED = "pages-inserted"


def finish(
    station: Station, run_id: int, state: SessionState, error: str | None, drawn_sheets: int | None = None
) -> None:
    """End a session. A label it reserved is released when its file never was; otherwise it waits to be reconciled.

    ``drawn_sheets`` is how many sheets the scanner took in, None where that is not known.
    """
    with station.catalogue.writing() as session:
        release_unused(station, session, run_id)
        run = session.get_one(ScanSession, run_id)
        run.state, run.error, run.ended_at = state, error, datetime.now(UTC)
        if drawn_sheets is not None:
            run.fed = max(run.fed or 0, drawn_sheets)
        ledger = session.get_one(Ledger, run.ledger_id)
        event_log.record(session, run.operator, "session-ended", ledgers.reference(ledger), run=run.id, error=error)
        if run.purpose == ScanPurpose.INSERT and (inserted := _labels_of(session, run)):
            facts = {"labels": inserted, "run": run.id}
            event_log.record(session, run.operator, INSERTED, ledgers.reference(ledger), **facts)


def stop_facts(safe: int, purpose: ScanPurpose = ScanPurpose.APPEND, page: str | None = None) -> dict[str, object]:
    """What the sentences ``scan-...`` name: what is safe, which sheet to lay in again, and what to do then.

    ``safe`` is how many pages the session recorded, ``page`` the one to retake or to insert behind, as people call it.
    """
    facts = {"safe": safe, "next": safe + 1, "page": page}
    return {
        "safe": safe,
        "kept": Message(f"kept-{purpose}", facts),
        "sheet": Message(f"sheet-{purpose}", facts),
        "sheets": Message(f"sheets-{purpose}", facts),
        "on": Message(f"on-{purpose}"),
    }


def _labels_of(session: Session, run: ScanSession) -> list[str]:
    """The images that a session brought and that are pages now, in their order."""
    brought = select(Capture.label).where(Capture.session_id == run.id, Capture.current)
    return list(session.scalars(brought.order_by(Capture.counter)))


def release_unused(station: Station, session: Session, run_id: int) -> None:
    """Let go of the labels that a session which scans no more has reserved for files that never were."""
    query = select(Reservation).where(Reservation.session_id == run_id, Reservation.state == ReservationState.RESERVED)
    for reservation in session.scalars(query):
        if not (station.folders.data / reservation.file).exists():
            reservation.state = ReservationState.RELEASED
