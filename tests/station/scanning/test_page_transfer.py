"""Pages of another book move to their ledger under names of their own; nothing is deleted, nothing is named twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture, Event
from station.domain.states import ScanPurpose
from station.errors import Refused, StorageFailed
from station.ledger import ledgers, page_order, pages
from station.ledger.entries import Act
from station.scanning import page_transfer
from station.upkeep import verify
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation
from tests.stations import hashes


def order(desk: OpenedStation, ledger: str) -> list[str]:
    return [row.seq for row in listings.page_rows(desk.station, ledger)]


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Five pages, the last three of which are of the second book."""
    name = desk.ledger()
    desk.lay(name, 5)
    desk.ledger("KH.2007.02")
    return name


def test_run_of_pages_moves_to_the_end_of_the_other_ledger(desk: OpenedStation, ledger: str) -> None:
    desk.lay("KH.2007.02")
    files = hashes(desk.data / "ledgers")
    assert page_transfer.move(desk.station, Act(ledger, WHO), "003-005", "KH.2007.02") == ["002", "003", "004"]
    assert (order(desk, ledger), order(desk, "KH.2007.02")) == (["001", "002"], ["001", "002", "003", "004"])
    after = hashes(desk.data / "ledgers")
    assert {name: after[name] for name in files} == files, "no file of before is gone or changed"
    sums = {row.sha256 for row in listings.page_rows(desk.station, "KH.2007.02")[1:]}
    assert sums == {
        digest for name, digest in files.items() if name.endswith(("01.003.jpg", "01.004.jpg", "01.005.jpg"))
    }
    assert verify.verify(desk.station) == []


def test_what_moved_can_be_brought_back_and_its_label_is_not_given_again(desk: OpenedStation, ledger: str) -> None:
    page_transfer.move(desk.station, Act(ledger, WHO), "003", "KH.2007.02")
    assert desk.lay(ledger) == ["006"]
    page_order.put_back(desk.station, ledger, "003", None, who=WHO)
    assert order(desk, ledger) == ["001", "002", "003", "004", "005", "006"]


def test_entries_lose_the_pages_and_an_entry_without_any_is_removed(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001-003", "1", "2007-01-01")
    desk.entry(ledger, "004", "2", "2007-01-02")
    page_transfer.move(desk.station, Act(ledger, WHO), "003-004", "KH.2007.02")
    rows = listings.entry_rows(desk.station, ledger)
    assert [(row.number, row.pages) for row in rows] == [("001", ["001", "002"])]
    assert verify.verify(desk.station) == []


def test_page_keeps_how_it_lies_and_its_printed_number(desk: OpenedStation, ledger: str) -> None:
    pages.change(desk.station, ledger, "003", who=WHO, rotate=90, number="17")
    page_transfer.move(desk.station, Act(ledger, WHO), "003", "KH.2007.02")
    (row,) = listings.page_rows(desk.station, "KH.2007.02")
    assert (row.number, row.state) == ("17", "unsorted")
    page = listings.page_window(desk.station, "KH.2007.02", "001", 1).page
    assert page is not None
    assert page.pictures[0].turn == 90


def test_log_tells_where_each_page_went(desk: OpenedStation, ledger: str) -> None:
    page_transfer.move(desk.station, Act(ledger, WHO), "003", "KH.2007.02")
    facts = desk.one(select(Event.facts).where(Event.what == "capture-set-aside"))
    assert (facts["label"], facts["moved_to"], facts["new_labels"]) == ("003", "19429:KH.2007.02", ["001"])


@pytest.mark.parametrize(("target", "code"), [("KH.2007.01", "move-to-itself"), ("KH.2007.03", "ledger-not-open")])
def test_ledger_that_takes_no_pages_refuses_and_nothing_moves(
    desk: OpenedStation, ledger: str, target: str, code: str
) -> None:
    desk.whole("KH.2007.03")
    with pytest.raises(Refused) as refused:
        page_transfer.move(desk.station, Act(ledger, WHO), "003", target)
    assert refused.value.code == code
    assert len(order(desk, ledger)) == 5


def test_master_that_changed_stays_where_it_is_and_those_before_it_have_moved(desk: OpenedStation, ledger: str) -> None:
    next((desk.data / "ledgers").rglob("KH.2007.01.004.jpg")).write_bytes(b"x")
    with pytest.raises(StorageFailed) as failed:
        page_transfer.move(desk.station, Act(ledger, WHO), "003-005", "KH.2007.02")
    assert failed.value.code == "file-changed"
    assert (order(desk, ledger), order(desk, "KH.2007.02")) == (["001", "002", "004", "005"], ["001"])


def test_closed_ledger_gives_pages_up_and_knows_what_it_lacks(desk: OpenedStation, ledger: str) -> None:
    for number, label in enumerate(order(desk, ledger), start=1):
        desk.entry(ledger, label, str(number), "2007")
    ledgers.close(desk.station, ledger, who=WHO)
    page_transfer.move(desk.station, Act(ledger, WHO), "003", "KH.2007.02")
    assert desk.state(ledger) == "scanned"
    assert [gap.code for gap in listings.gaps(desk.station, ledger)] == ["gap-numbers"]


def test_page_of_a_capture_that_was_retaken_moves_as_it_is_now(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="003")
    page_transfer.move(desk.station, Act(ledger, WHO), "003", "KH.2007.02")
    (moved,) = listings.page_rows(desk.station, "KH.2007.02")
    newest = select(Capture.sha256).where(Capture.label == "003", Capture.revision == 2)
    assert moved.sha256 == desk.one(newest)
