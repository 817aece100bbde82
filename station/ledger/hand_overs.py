"""That a ledger goes on at another station, and what is to be said of it here."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import HandOver, IntakeChoice, Ledger, Package
from station.domain.states import HandOverState, LedgerState, PackageKind
from station.ledger import ledgers
from station.messages import Message


def enter(
    session: Session,
    ledger: Ledger,
    state: HandOverState,
    *,
    code: str,
    station: str,
    own: bool,
    who: str,
    at: datetime,
) -> None:
    """Have a ledger stand still that goes, or went, from ``station``; what is dropped into folders is no longer its."""
    reference = ledgers.reference(ledger)
    for choice in session.scalars(select(IntakeChoice).where(IntakeChoice.ledger_id == ledger.id)).all():
        event_log.record(session, who, "folder-left", reference, scanner=choice.scanner)
        session.delete(choice)
    made = (Package.ledger_id == ledger.id, Package.kind == PackageKind.ENTRIES)
    revision = session.scalar(select(func.max(Package.revision)).where(*made)) or 0
    going = HandOver(
        ledger_id=ledger.id,
        code=code,
        station=station,
        own=own,
        state=state,
        was=ledger.state,
        revision=revision,
        who=who,
        at=at,
    )
    session.add(going)
    ledger.state = LedgerState.HANDED_OVER


def standing(session: Session, ledger: Ledger) -> HandOver | None:
    """The hand-over by which the ledger goes on elsewhere, or one that was cut off; None of a ledger that is here."""
    return session.scalars(_standing(), {"ledger_id": ledger.id}).one_or_none()


def notice(session: Session, ledger: Ledger) -> Message | None:
    """What is to be said of a ledger that goes on elsewhere, and what to do; None of one that is here."""
    if ledger.state != LedgerState.HANDED_OVER or (row := standing(session, ledger)) is None:
        return None
    facts = {"ledger": ledgers.name_of(ledger), "who": row.who, "day": f"{row.at.astimezone():%d/%m/%Y}"}
    code = "hand-over-cut-off" if row.state == HandOverState.BEGUN else "hand-over-given"
    return Message(code, {**facts, "mark": row.code})


@cache
def _standing() -> Select[HandOver]:
    stands = (HandOverState.BEGUN, HandOverState.GIVEN)
    return select(HandOver).where(HandOver.ledger_id == bindparam("ledger_id"), HandOver.state.in_(stands))
