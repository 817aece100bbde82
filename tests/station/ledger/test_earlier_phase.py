"""Ledgers of phase 1: on the list, counted nowhere, and closed to pages until a person says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.domain.naming.keys import LedgerKey
from station.errors import Refused
from station.ledger import earlier_phase, inventory_import, ledgers
from station.ledger.entries import Act
from station.reports import plan, progress
from station.scanning import page_transfer
from station.upkeep import verify
from station.views import listings
from tests.station.opened_station import HERE, WHO, OpenedStation

DONE, TO_DO = "KS.1999.01", "KH.2007.01"


@pytest.fixture
def desk(desk: OpenedStation) -> OpenedStation:
    """One ledger of phase 1 with its totals, and one to do."""
    before = ledgers.Registration(LedgerKey.parse(DONE), closing_pages=50, closing_entries=40, digitised_before=True)
    ledgers.add(desk.station, [before], who=WHO)
    desk.ledger(TO_DO, closing_pages=3, closing_entries=2)
    return desk


def mark(desk: OpenedStation, name: str) -> None:
    with desk.station.catalogue.writing() as session:
        earlier_phase.mark(session, ledgers.find(session, name), who=WHO)


def test_neither_plan_nor_progress_counts_it(desk: OpenedStation) -> None:
    stands = plan.of_station(desk.station)
    assert {one.subject.value: one.total for one in stands.courses} == {"entries": 2, "pages": 3, "ledgers": 1}
    assert [one.reference for one in stands.to_do] == [f"{HERE}:{TO_DO}"]
    with desk.station.catalogue.reading() as session:
        (place,) = progress.of_places(session, desk.station.settings)
    assert (place.total, sum(place.ledgers.values())) == (2, 1)


def test_no_page_gets_into_it_until_it_is_to_be_scanned_after_all(desk: OpenedStation) -> None:
    desk.lay(TO_DO, 2)
    with pytest.raises(Refused, match="phase 1"):
        page_transfer.move(desk.station, Act(TO_DO, WHO), "001", DONE)
    with desk.station.catalogue.reading() as session, pytest.raises(Refused, match="phase 1"):
        ledgers.check_takes_pages(ledgers.find(session, DONE))
    assert listings.open_ledgers(desk.station, f"{HERE}:{TO_DO}") == []
    earlier_phase.scan_after_all(desk.station, DONE, who=WHO)
    page_transfer.move(desk.station, Act(TO_DO, WHO), "001", DONE)
    assert listings.ledger_row(desk.station, DONE).pages_captured == 1
    assert verify.verify(desk.station) == []


def test_ledger_with_images_or_a_running_scan_is_not_marked(desk: OpenedStation) -> None:
    with desk.session(TO_DO), pytest.raises(Refused) as scanned_now:
        mark(desk, TO_DO)
    assert scanned_now.value.code == "ledger-scanned-now"
    desk.lay(TO_DO)
    with pytest.raises(Refused) as has_images:
        mark(desk, TO_DO)
    assert has_images.value.code == "ledger-digitised-here"
    assert not listings.ledger_row(desk.station, TO_DO).digitised_before


def test_list_of_phase_1_marks_what_is_registered_and_registers_the_rest(desk: OpenedStation, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Loại;Năm;Quyển\nKH;2007;1\nKS;1999;1\nKT;2001;1\n", encoding="utf-8")
    inventory_import.register(desk.station, path, who=WHO, digitised_before=True)
    rows = listings.ledger_rows(desk.station)
    assert [(row.ledger, row.digitised_before) for row in rows] == [
        (TO_DO, True),
        (DONE, True),
        ("KT.2001.01", True),
    ]


def test_list_of_phase_1_with_one_ledger_that_has_images_marks_none(desk: OpenedStation, tmp_path: Path) -> None:
    desk.lay(TO_DO)
    path = tmp_path / "list.csv"
    path.write_text("Loại;Năm;Quyển\nKT;2001;1\nKH;2007;1\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"KH\.2007\.01"):
        inventory_import.register(desk.station, path, who=WHO, digitised_before=True)
    assert [row.ledger for row in listings.ledger_rows(desk.station)] == [TO_DO, DONE]
