"""The order of pages is put right without touching a name, and what is set aside can come back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from station.catalogue.models import EntryRevision
from station.domain.naming.labels import FRONT
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import page_order, page_placement, pages
from station.ledger.entries import Act
from station.review import questions
from station.upkeep import verify
from station.views import listings
from tests.station.asking import order
from tests.station.opened_station import WHO, OpenedStation, sheet


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Four pages."""
    name = desk.ledger()
    desk.lay(name, 4)
    return name


@pytest.mark.parametrize(
    ("label", "after", "wanted"),
    [
        ("004", "001", "001 004 002 003"),
        ("001", "004", "002 003 004 001"),
        ("003", FRONT, "003 001 002 004"),
        ("002", "003", "001 003 002 004"),
        ("002", "001", "001 002 003 004"),
    ],
)
def test_page_moves_behind_another_and_keeps_its_name(
    desk: OpenedStation, ledger: str, label: str, after: str, wanted: str
) -> None:
    files = {row.seq: row.file for row in listings.page_rows(desk.station, ledger)}
    page_order.move(desk.station, ledger, label, after, who=WHO)
    assert " ".join(order(desk, ledger)) == wanted
    assert {row.seq: row.file for row in listings.page_rows(desk.station, ledger)} == files
    assert verify.verify(desk.station) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=5))
def test_any_moves_give_the_order_of_a_list(desk: OpenedStation, ledger: str, moves: list[tuple[int, int]]) -> None:
    expected = order(desk, ledger)
    for moved, behind in moves:
        label, after = f"{moved:03d}", f"{behind:03d}"
        if moved == behind:
            continue
        page_order.move(desk.station, ledger, label, after, who=WHO)
        expected.remove(label)
        expected.insert(0 if after == FRONT else expected.index(after) + 1, label)
        assert order(desk, ledger) == expected


@pytest.mark.parametrize(
    ("label", "after", "code"),
    [("002", "002", "move-behind-itself"), ("009", "001", "page-unknown"), ("002", "009", "page-unknown")],
)
def test_move_that_makes_no_sense_changes_nothing(
    desk: OpenedStation, ledger: str, label: str, after: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        page_order.move(desk.station, ledger, label, after, who=WHO)
    assert refused.value.code == code
    assert order(desk, ledger) == ["001", "002", "003", "004"]


def test_entry_keeps_its_pages_when_one_of_them_moves(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001-002", "1", "2007")
    page_order.move(desk.station, ledger, "001", "004", who=WHO)
    assert listings.entry_rows(desk.station, ledger)[0].pages == ["001", "002"]


def test_move_after_the_package_asks_for_a_new_one(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    page_order.move(desk.station, ledger, "003", "001", who=WHO)
    assert desk.state(ledger) == "indexed"


def test_page_of_an_entry_is_not_set_aside(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "003", "1", "2007")
    with pytest.raises(Refused) as refused:
        page_order.set_aside(desk.station, ledger, "003", "002", who=WHO)
    assert refused.value.code == "page-used"
    assert order(desk, ledger) == ["001", "002", "003", "004"]


def test_page_does_not_repeat_itself(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused) as refused:
        page_order.set_aside(desk.station, ledger, "003", "003", who=WHO)
    assert refused.value.code == "repeat-of-itself"


def test_no_page_is_set_aside_under_a_running_scan(desk: OpenedStation, ledger: str) -> None:
    with desk.session(ledger), pytest.raises(Refused) as refused:
        page_order.set_aside(desk.station, ledger, "003", "002", who=WHO)
    assert refused.value.code == "repeat-while-scanning"
    page_order.set_aside(desk.station, ledger, "003", "002", who=WHO)
    assert order(desk, ledger) == ["001", "002", "004"]


def test_what_was_set_aside_comes_back_as_its_newest_image(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.BLANK)
    page_order.set_aside(desk.station, ledger, "002", "001", who=WHO)
    assert [(row.seq, row.revision) for row in questions.set_aside_rows(desk.station, ledger)] == [("002", 2)]
    page_order.put_back(desk.station, ledger, "002", "003", who=WHO)
    assert order(desk, ledger) == ["001", "003", "002", "004"]
    row = listings.page_rows(desk.station, ledger)[2]
    assert (row.revision, row.state) == (2, "unsorted")
    assert questions.set_aside_rows(desk.station, ledger) == []
    assert verify.verify(desk.station) == []
    page_order.move(desk.station, ledger, "002", FRONT, who=WHO)
    assert order(desk, ledger) == ["002", "001", "003", "004"]


def test_only_what_was_set_aside_is_put_back(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused) as refused:
        page_order.put_back(desk.station, ledger, "002", "003", who=WHO)
    assert refused.value.code == "aside-unknown"
    assert order(desk, ledger) == ["001", "002", "003", "004"]


def test_run_is_set_aside_and_comes_back_where_its_labels_stand(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="002")
    assert page_order.set_pages_aside(desk.station, Act(ledger, WHO), "002-003") == ["002", "002a", "003"]
    assert order(desk, ledger) == ["001", "004"]
    for label in ("003", "002a", "002"):
        page_order.put_back(desk.station, ledger, label, None, who=WHO)
    assert order(desk, ledger) == ["001", "002", "002a", "003", "004"]
    page_order.set_pages_aside(desk.station, Act(ledger, WHO), "001-004")
    page_order.put_back(desk.station, ledger, "002", None, who=WHO)
    assert order(desk, ledger) == ["002"]
    assert verify.verify(desk.station) == []


def test_entry_loses_the_page_that_is_set_aside_and_goes_with_its_last_one(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001-002", "1", "2007-01-01")
    desk.entry(ledger, "003", "2", "2007-01-02")
    page_order.set_pages_aside(desk.station, Act(ledger, WHO, "trang của sổ khác"), "002-003")
    rows = listings.entry_rows(desk.station, ledger)
    assert [(row.number, row.pages) for row in rows] == [("001", ["001"])]
    assert desk.all(select(EntryRevision.why).order_by(EntryRevision.id.desc()).limit(2)) == ["trang của sổ khác"] * 2
    assert verify.verify(desk.station) == []


def test_both_pages_of_a_spread_go_together(desk: OpenedStation, ledger: str) -> None:
    page_placement.move_fold(desk.station, ledger, "002", 0.5, who=WHO)
    assert page_order.set_pages_aside(desk.station, Act(ledger, WHO), "002.2") == ["002"]
    assert order(desk, ledger) == ["001", "003", "004"]


def test_nothing_is_set_aside_while_the_ledger_is_scanned(desk: OpenedStation, ledger: str) -> None:
    with desk.session(ledger), pytest.raises(Refused) as refused:
        page_order.set_pages_aside(desk.station, Act(ledger, WHO), "002")
    assert refused.value.code == "repeat-while-scanning"
    assert len(order(desk, ledger)) == 4


def test_earlier_image_takes_its_place_again_and_the_other_is_kept(desk: OpenedStation, ledger: str) -> None:
    first = listings.page_rows(desk.station, ledger)[1]
    with desk.session(ledger, purpose=ScanPurpose.RETAKE, anchor="002") as (run, folder):
        desk.accept(run, sheet(folder, 77))
    desk.entry(ledger, "002", "1", "2007-01-01")
    second = listings.page_rows(desk.station, ledger)[1]
    assert second.sha256 != first.sha256
    page_placement.take_earlier(desk.station, ledger, "002", 1, who=WHO)
    now = listings.page_rows(desk.station, ledger)[1]
    assert (now.revision, now.sha256, now.state) == (1, first.sha256, "entry")
    assert [row.revision for row in listings.earlier_images(desk.station, ledger, "002")] == [2]
    with desk.session(ledger, purpose=ScanPurpose.RETAKE, anchor="002") as (run, folder):
        desk.accept(run, sheet(folder, 78))
    assert listings.page_rows(desk.station, ledger)[1].revision == 3, "no name is given twice"
    with pytest.raises(Refused) as refused:
        page_placement.take_earlier(desk.station, ledger, "002", 3, who=WHO)
    assert refused.value.code == "revision-unknown"
    assert verify.verify(desk.station) == []
