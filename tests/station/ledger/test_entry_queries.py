"""Entries asked for in a real catalogue: in the order of their numbers, around a key, of some pages."""

from __future__ import annotations

from sqlalchemy import select

from station.catalogue.models import Page
from station.domain.naming.keys import EntryNumber
from station.ledger import entry_queries, ledgers
from tests.station.opened_station import OpenedStation


def test_entries_around_a_key_come_in_the_order_of_numbers(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    for number in ("1000", "2", "999", "2b", "2a", "10"):
        reason = "trùng" if number[-1].isalpha() else None
        desk.entry(ledger, "001", number, "2007", suffix_reason=reason)
    with desk.station.catalogue.reading() as session:
        found = ledgers.find(session, ledger)
        near = entry_queries.neighbours(session, found, 2007, EntryNumber.parse("2b"), 2)
        assert [entry.number for entry in near] == ["002a", "002b", "010", "999"]
        in_order = [entry.number for entry in entry_queries.of_ledger(session, found)]
    assert in_order == ["002", "002a", "002b", "010", "999", "1000"]


def test_entry_of_several_of_the_pages_comes_once(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 4)
    desk.entry(ledger, "002-003", "2", "2007")
    desk.entry(ledger, "001,002", "1", "2007")
    desk.entry(ledger, "004", "3", "2007")
    with desk.station.catalogue.reading() as session:
        pages = session.scalars(select(Page).where(Page.order.in_([2, 3]))).all()
        of_pages = entry_queries.of_pages(session, ledgers.find(session, ledger), pages)
        assert [entry.number for entry in of_pages] == ["001", "002"]
