from __future__ import annotations

import pytest

from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import entry_defaults, ledgers, pages
from station.ledger.entry_defaults import EntryProposal
from tests.station.opened_station import WHO, OpenedStation


def proposed(desk: OpenedStation, ledger: str, label: str) -> EntryProposal:
    with desk.station.catalogue.reading() as session:
        found = ledgers.find(session, ledger)
        return entry_defaults.propose(session, found, pages.by_label(session, found.id, label))


def test_first_entry_of_a_ledger_is_number_one_of_the_year_opened(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    assert (proposed(desk, ledger, "001").number, proposed(desk, ledger, "001").date) == ("001", "//2007")


def test_next_entry_has_the_next_number_and_the_same_month(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 4)
    desk.entry(ledger, "001-002", "12a", "2007-11-30", suffix_reason="hai lần số 12")
    assert (proposed(desk, ledger, "004").number, proposed(desk, ledger, "004").date) == ("013", "/11/2007")


def test_proposal_follows_the_page_before_and_not_the_highest_number(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 4)
    desk.entry(ledger, "001", "5", "2007-02")
    desk.entry(ledger, "004", "90", "2007-12-01")
    assert (proposed(desk, ledger, "002").number, proposed(desk, ledger, "002").date) == ("006", "/2/2007")


def test_several_entries_on_a_page_go_on_from_the_last_of_them(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    for number in ("9", "10"):
        desk.entry(ledger, "001", number, "2007")
    assert (proposed(desk, ledger, "001").number, proposed(desk, ledger, "001").date) == ("011", "//2007")


def test_behind_a_closing_page_the_next_year_begins_with_number_one(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2008)
    desk.lay(ledger, 3)
    desk.entry(ledger, "001", "153", "2007-12-28")
    assert proposed(desk, ledger, "003").number == "154"
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.CLOSING)
    assert (proposed(desk, ledger, "003").number, proposed(desk, ledger, "003").date) == ("001", "/1/2008")


def test_behind_the_closing_page_of_the_last_year_numbers_run_on(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.entry(ledger, "001", "7", "2007-12-28")
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.CLOSING)
    assert proposed(desk, ledger, "003").number == "008"


def test_each_year_of_the_ledger_has_its_next_number(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2009)
    desk.lay(ledger, 4)
    desk.entry(ledger, "001", "10", "2007")
    desk.entry(ledger, "002", "99", "2007")
    desk.entry(ledger, "004", "3", "2008")
    assert proposed(desk, ledger, "003").numbers == {2007: "100", 2008: "004", 2009: "001"}


def test_highest_number_there_is_can_still_be_followed(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "999999", "2007")
    assert proposed(desk, ledger, "002").number == "999999"


@pytest.mark.parametrize("known", ["2007-03-04", "2007", "unknown"])
def test_proposed_date_is_no_date_before_the_day_is_typed(desk: OpenedStation, known: str) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", known)
    with pytest.raises(Refused, match="cannot be read"):
        PartialDate.from_person(proposed(desk, ledger, "002").date)
