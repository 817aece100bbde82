"""The end of a scan session in the catalogue: its state, the sheets that were drawn in, the labels it did not use."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Ledger, Reservation, ScanSession
from station.context import Station
from station.domain.states import ReservationState, SessionState
from station.ledger import ledgers


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


def release_unused(station: Station, session: Session, run_id: int) -> None:
    """Let go of the labels that a session which scans no more has reserved for files that never were."""
    query = select(Reservation).where(Reservation.session_id == run_id, Reservation.state == ReservationState.RESERVED)
    for reservation in session.scalars(query):
        if not (station.folders.data / reservation.file).exists():
            reservation.state = ReservationState.RELEASED
