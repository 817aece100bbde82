"""Ledgers that were digitised in phase 1, before this station: on the list, but not to be done here.

They take no pages until somebody says that they are to be scanned after all.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Ledger
from station.context import Station
from station.errors import Refused
from station.ledger import ledger_data, ledgers


def check_markable(session: Session, ledger: Ledger) -> None:
    """Refuse a ledger of which this station has images, or is just making them."""
    try:
        ledger_data.check_empty(session, ledger)
    except Refused as reason:
        if reason.code == "ledger-has-pages":
            raise Refused("ledger-digitised-here", ledger=ledgers.name_of(ledger)) from reason
        raise


def mark(session: Session, ledger: Ledger, *, who: str) -> None:
    """Keep a ledger out of what is to be done, as digitised before."""
    if ledger.digitised_before:
        return
    check_markable(session, ledger)
    ledger.digitised_before = True
    event_log.record(session, who, "ledger-digitised-before", ledgers.reference(ledger))


def scan_after_all(station: Station, ledger_text: str, *, who: str) -> None:
    """Have a ledger be done here although it was digitised before."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        if ledger.digitised_before:
            ledger.digitised_before = False
            event_log.record(session, who, "ledger-scanned-after-all", ledgers.reference(ledger))
