"""The totals that the machine read on a closing page are proposed for the ledger, where there is one such page."""

from __future__ import annotations

import pytest

from station.domain.states import PageState
from station.ledger import pages, read_totals
from station.reading.fields import FieldKind, Grade
from tests.station.opened_station import OpenedStation
from tests.station.pages_read import read, reading

WHO = "Hoa"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of four pages, the last one its closing page."""
    name = desk.ledger()
    desk.lay(name, 4)
    pages.change(desk.station, name, "004", who=WHO, state=PageState.CLOSING)
    return name


def proposed(desk: OpenedStation, ledger: str) -> dict[FieldKind, tuple[str, Grade]]:
    return {kind: (one.value, one.grade) for kind, one in read_totals.of_ledger(desk.station, ledger).items()}


def test_totals_of_the_closing_page_are_proposed(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p004=reading(total_pages="180", total_entries="352", likely=("total_entries",)))
    assert proposed(desk, ledger) == {
        FieldKind.TOTAL_PAGES: ("180", Grade.SURE),
        FieldKind.TOTAL_ENTRIES: ("352", Grade.LIKELY),
    }


def test_totals_on_a_page_that_nobody_called_closing_are_not(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p003=reading(total_pages="180"))
    assert proposed(desk, ledger) == {}


def test_two_closing_pages_propose_nothing(desk: OpenedStation, ledger: str) -> None:
    pages.change(desk.station, ledger, "003", who=WHO, state=PageState.CLOSING)
    read(desk, ledger, p003=reading(total_pages="180"), p004=reading(total_entries="352"))
    assert proposed(desk, ledger) == {}


def test_a_book_of_two_years_has_no_page_that_states_the_totals_of_both(desk: OpenedStation) -> None:
    name = desk.ledger(last_year=2008)
    desk.lay(name, 2)
    pages.change(desk.station, name, "002", who=WHO, state=PageState.CLOSING)
    read(desk, name, p002=reading(total_pages="180"))
    assert proposed(desk, name) == {}
