"""That a ledger goes on at another station, and what is to be said of it here."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from station.catalogue.models import HandOver, Ledger
from station.domain.states import HandOverState, LedgerState
from station.ledger import ledgers
from station.messages import Message


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
