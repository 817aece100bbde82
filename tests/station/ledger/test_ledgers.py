"""Ledgers in a real catalogue: registering, finding, closing and reopening."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from station.catalogue.models import Ledger
from station.domain.naming.keys import LedgerKey
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import ledgers, pages
from station.ledger.ledgers import Registration
from station.scanning import scan_session
from station.scanning.scan_session import ScanRequest
from station.views import listings
from tests.station.opened_station import BESIDE, HERE, WHO, OpenedStation, opened_station


def refusal(act: object, *arguments: object, **named: object) -> Refused:
    with pytest.raises(Refused) as refused:
        act(*arguments, **named)  # type: ignore[operator]
    return refused.value


def test_ledger_is_registered_with_what_its_closing_page_states(desk: OpenedStation) -> None:
    assert desk.ledger("KS.1999.3", last_year=2001, paper="a3", closing_pages=200, closing_entries=98) == "KS.1999.03"
    assert [vars(row) for row in listings.ledger_rows(desk.station)] == [
        {
            "place": HERE,
            "ledger": "KS.1999.03",
            "type": "KS",
            "year": 1999,
            "book": "03",
            "paper": "A3",
            "paper_source": "declared",
            "state": "registered",
            "pages_expected": 200,
            "pages_captured": 0,
            "entries_expected": 98,
            "entries_named": 0,
            "totals": "differ",
            "closed_by": None,
            "closed_at": None,
            "closed_reason": None,
            "digitised_before": False,
        }
    ]
    assert desk.one(select(Ledger.paper)) == "A3"


def test_ledgers_are_listed_by_place_type_year_and_book(desk: OpenedStation) -> None:
    for name, place in (("KT.2001.02", HERE), ("KT.2001.01", HERE), ("KH.2007.01", BESIDE), ("KH.2007.01", HERE)):
        desk.ledger(name, place=place)
    rows = [(row.place, row.ledger) for row in listings.ledger_rows(desk.station)]
    assert rows == [(HERE, "KH.2007.01"), (HERE, "KT.2001.01"), (HERE, "KT.2001.02"), (BESIDE, "KH.2007.01")]


def test_name_that_two_places_share_must_be_told_with_its_place(desk: OpenedStation) -> None:
    desk.ledger(place=HERE)
    desk.ledger(place=BESIDE)
    error = refusal(desk.state, "KH.2007.01")
    assert error.code == "ledger-ambiguous"
    for word in (f"{HERE}:KH.2007.01", f"{BESIDE}:KH.2007.01", "Xã Bên Cạnh"):
        assert word in error.sentence("vi")
    assert desk.state(f"{BESIDE}:KH.2007.01") == "registered"


@pytest.mark.parametrize("name", ["KH.2007.02", f"{BESIDE}:KH.2007.01", "KS.2007.01"])
def test_ledger_that_is_not_there_is_unknown(desk: OpenedStation, name: str) -> None:
    desk.ledger()
    assert refusal(desk.state, name).code == "ledger-unknown"


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"place": "99999"}, "place-unknown"),
        ({"last_year": 2006}, "last-year-wrong"),
        ({"last_year": 2100}, "last-year-wrong"),
        ({"closing_pages": -1}, "closing-negative"),
        ({"closing_entries": -1}, "closing-negative"),
        ({"paper": "A9"}, "paper-unknown"),
    ],
)
def test_ledger_that_cannot_be_is_refused(desk: OpenedStation, stated: dict[str, object], code: str) -> None:
    assert refusal(desk.ledger, **stated).code == code
    assert listings.ledger_rows(desk.station) == []


def test_one_wrong_ledger_of_an_inventory_and_none_is_registered(desk: OpenedStation) -> None:
    wanted = [Registration(LedgerKey.parse(name)) for name in ("KH.2007.01", "KH.2007.02", "KH.2007.01")]
    assert refusal(ledgers.add, desk.station, wanted, who=WHO).code == "ledger-exists"
    wanted[2] = Registration(LedgerKey.parse("XX.2007.01"))
    assert refusal(ledgers.add, desk.station, wanted, who=WHO).code == "type-unknown"
    assert desk.one(select(func.count(Ledger.id))) == 0


def test_first_page_starts_the_scanning(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    assert desk.state(ledger) == "scanning"


def test_whole_ledger_closes_as_indexed(desk: OpenedStation) -> None:
    assert desk.state(desk.whole(closing_pages=3, closing_entries=3)) == "indexed"


def test_ledger_with_gaps_closes_only_with_a_reason(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=5)
    desk.lay(ledger, 2)
    error = refusal(ledgers.close, desk.station, ledger, who=WHO)
    assert error.code == "ledger-incomplete"
    for fact in ("5", "2", "001, 002"):
        assert fact in error.sentence("vi")
    assert desk.state(ledger) == "scanning"
    assert ledgers.close(desk.station, ledger, who=WHO, reason="ba trang đã mất") == "scanned"


def test_reason_for_closing_stays_with_the_person_until_the_ledger_is_reopened(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=2)
    desk.lay(ledger)
    ledgers.close(desk.station, ledger, who=WHO, reason="một trang đã mất")
    row = listings.ledger_row(desk.station, ledger)
    assert (row.closed_by, row.closed_reason) == (WHO, "một trang đã mất")
    assert row.closed_at
    ledgers.reopen(desk.station, ledger, who=WHO)
    row = listings.ledger_row(desk.station, ledger)
    assert (row.closed_by, row.closed_at, row.closed_reason) == (None, None, None)


def test_reason_that_was_not_needed_is_none(desk: OpenedStation) -> None:
    ledger = desk.whole(closing_pages=3, closing_entries=3)
    ledgers.reopen(desk.station, ledger, who=WHO)
    ledgers.close(desk.station, ledger, who=WHO, reason="phòng khi thiếu")
    assert listings.ledger_row(desk.station, ledger).closed_reason is None


def test_closed_ledger_takes_no_more_pages_until_it_is_reopened(desk: OpenedStation) -> None:
    ledger = desk.whole()
    assert refusal(ledgers.close, desk.station, ledger, who=WHO).code == "ledger-closed-already"
    ledgers.reopen(desk.station, ledger, who=WHO)
    assert desk.state(ledger) == "reopened"
    assert refusal(ledgers.reopen, desk.station, ledger, who=WHO).code == "ledger-open-already"
    desk.lay(ledger)
    assert refusal(ledgers.close, desk.station, ledger, who=WHO).code == "ledger-incomplete"
    pages.change(desk.station, ledger, "004", who=WHO, state=PageState.BLANK)
    assert ledgers.close(desk.station, ledger, who=WHO) == "indexed"


def test_page_unsorted_again_brings_a_closed_ledger_back_to_scanned(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "2007")
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.BLANK)
    ledgers.close(desk.station, ledger, who=WHO)
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.UNSORTED)
    assert desk.state(ledger) == "scanned"
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.CLOSING)
    assert desk.state(ledger) == "indexed"


def test_ledger_that_was_closed_with_gaps_takes_no_more_pages_either(tmp_path: Path) -> None:
    """The book is away again: whoever scans into it has another one in hand."""
    scanner = '[[scanner]]\nid = "sim"\ndriver = "simulated"\n'
    with opened_station(tmp_path, scanner) as desk:
        ledger = desk.ledger(closing_pages=3)
        desk.lay(ledger, 2)
        ledgers.close(desk.station, ledger, who=WHO, reason="thiếu một trang")
        assert desk.state(ledger) == "scanned"
        with pytest.raises(Refused) as refused:
            next(scan_session.scan(desk.station, ScanRequest(ledger, WHO)))
        assert refused.value.code == "ledger-not-open"
