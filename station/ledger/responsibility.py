"""Who is responsible for a ledger: one of the station's people, from the plan on until it is delivered."""

from __future__ import annotations

from sqlalchemy import select

from station.catalogue import event_log
from station.catalogue.models import User
from station.context import Station
from station.errors import Refused
from station.ledger import ledgers


def give(station: Station, ledger_text: str, person: str | None, *, who: str) -> None:
    """Say who is responsible for a ledger, None for nobody; refused for someone whom the station does not know."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        if (
            person is not None
            and session.scalars(select(User.id).where(User.name == person, User.active)).first() is None
        ):
            raise Refused("person-unknown", name=person)
        if ledger.responsible == person:
            return
        before, ledger.responsible = ledger.responsible, person
        event_log.record(session, who, "ledger-responsible", ledgers.reference(ledger), person=person, before=before)
