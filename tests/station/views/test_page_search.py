from __future__ import annotations

import pytest

from station.errors import Refused
from station.ledger import pages
from station.views import page_search
from tests.station.opened_station import WHO, OpenedStation


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Five pages, of which the third is printed 7; the entry 005 stands on the first two, 009 on the fourth."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 5)
    pages.change(desk.station, name, "003", who=WHO, number="7")
    desk.entry(name, "001-002", "5", "2007-01-15")
    desk.entry(name, "004", "9", "2007-01-16")
    return name


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        *[("5", "001"), ("005", "001"), ("9", "004")],
        *[("7", "003"), ("t7", "003"), ("Trang 7", "003"), ("p. 07", "003")],
        *[("t2", "002"), ("trang 005", "005")],
    ],
)
def test_page_is_found_by_what_people_call_it(desk: OpenedStation, ledger: str, typed: str, label: str) -> None:
    assert page_search.page_for(desk.station, ledger, typed) == label


@pytest.mark.parametrize(
    ("typed", "code"), [("8", "entry-unknown"), ("t99", "page-unknown"), ("không", "number-malformed")]
)
def test_what_is_nowhere_is_refused(desk: OpenedStation, ledger: str, typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        page_search.page_for(desk.station, ledger, typed)
    assert refused.value.code == code


def test_number_in_two_years_is_told_by_its_year(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "005", "5", "2008-01-15")
    with pytest.raises(Refused):
        page_search.page_for(desk.station, ledger, "5")
    assert page_search.page_for(desk.station, ledger, "5", 2008) == "005"


def test_missing_number_stands_behind_the_entry_before_it(desk: OpenedStation, ledger: str) -> None:
    assert page_search.page_behind(desk.station, ledger, 7, 2007) == "002"
    assert page_search.page_behind(desk.station, ledger, 3, 2007) is None
