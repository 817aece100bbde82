"""Ledgers with entries and no pages: enough for all that compares entries and their rows."""

from __future__ import annotations

from station.catalogue.models import Entry
from station.ledger import ledgers
from station.ledger.entries import Act
from station.rows import entry_rows
from tests.station.opened_station import HERE, WHO, OpenedStation


def entered(desk: OpenedStation, name: str, count: int, place: str = HERE) -> str:
    """A ledger whose entries are 001 of 1 January 2007, 002 of the 2nd and so on; gives its whole name."""
    ledger = f"{place}:{desk.ledger(name, place=place)}"
    with desk.station.catalogue.writing() as session:
        of = ledgers.find(session, ledger).id
        for number in range(1, count + 1):
            entry = Entry(ledger_id=of, year=2007, number=f"{number:03}", date=f"2007-01-{number:02}", revision=1)
            session.add(entry)
    return ledger


def key(desk: OpenedStation, ledger: str, number: str, **typed: str) -> None:
    """Key columns of an entry's row."""
    entry_rows.set_values(desk.station, Act(ledger, WHO), number, None, typed)
