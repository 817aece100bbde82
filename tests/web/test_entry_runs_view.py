"""The view of a run shows each row's places on the paper; what was not seen, or left out, is not stored."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from station.catalogue.models import EntryRevision
from station.ledger import page_order
from station.ledger.entries import Act
from tests.station.opened_station import WHO
from tests.station.pages_read import read, reading
from tests.web.browsing import Browser

LEDGER = "KH.2007.01"
RUNS = f"/ledger/19429/{LEDGER}/runs"
ENTRIES = f"/ledger/19429/{LEDGER}/entries"
_HIDDEN = re.compile(r'<input [^>]*name="([\w.-]+)" value="([^"]*)"')


@pytest.fixture
def at_run(page: Browser) -> Browser:
    """A browser at a run of three rows."""
    page.desk.ledger(LEDGER)
    page.desk.lay(LEDGER, 3)
    read(page.desk, LEDGER, **{f"p00{one}": reading(number=str(one), date=f"2007-02-0{one}") for one in (1, 2, 3)})
    page.open(RUNS)
    return page


def fields(page: Browser) -> dict[str, str]:
    """What the form of the run holds."""
    form = page.html.partition('id="run"')[2].partition("</form>")[0]
    return {name: value for name, value in _HIDDEN.findall(form) if name != "csrf_token"}


def send(page: Browser, status: int = 200, seen: str = "001,002,003", **typed: str) -> str:
    changed = {name.replace("_", "-", 1): value for name, value in typed.items()}
    return page.send(RUNS, status, **fields(page) | {"seen": seen, "out": ""} | changed)


def stored(page: Browser) -> list[tuple[str, str]]:
    return page.desk.rows("SELECT number, date FROM entry WHERE living ORDER BY number")


def test_each_row_shows_its_two_places_on_the_paper(at_run: Browser) -> None:
    pictures = re.findall(r'<td class="crop"><img src="([^"]+)"', at_run.html)
    assert len(set(pictures)) == 6
    for address in pictures:
        assert at_run.client.get(address).mimetype == "image/jpeg"


def test_entry_view_leads_to_the_run_where_the_page_was_surely_read(at_run: Browser) -> None:
    assert f'href="{RUNS}?page=002"' in at_run.open(f"{ENTRIES}?page=002")
    read(at_run.desk, LEDGER, p002=reading(number="2", date="2007-02-02", likely=("date",)))
    assert f'href="{RUNS}?page=002"' not in at_run.open(f"{ENTRIES}?page=002")


def test_run_is_stored_as_read_and_leads_on_to_the_entries_where_nothing_more_is_sure(at_run: Browser) -> None:
    send(at_run)
    assert stored(at_run) == [("001", "2007-02-01"), ("002", "2007-02-02"), ("003", "2007-02-03")]
    assert at_run.address == ENTRIES
    assert at_run.desk.all(select(EntryRevision.source)) == ["read"] * 3
    assert "Đã lưu cùng lúc các trường hợp số 001, 002, 003." in at_run.words


def test_row_typed_is_stored_as_typed(at_run: Browser) -> None:
    send(at_run, date_003="4/2/2007")
    assert stored(at_run)[2] == ("003", "2007-02-04")
    assert at_run.desk.all(select(EntryRevision.source).order_by(EntryRevision.number)) == ["read", "read", "typed"]


def test_row_that_nobody_saw_is_not_stored_and_comes_back(at_run: Browser) -> None:
    send(at_run, 409, seen="001,003")
    assert [number for number, _ in stored(at_run)] == ["001", "003"]
    assert "Dòng của trang 002 chưa hiện đủ ảnh" in at_run.words
    assert fields(at_run)["labels"] == "002"


def test_row_left_out_waits_for_the_entry_view(at_run: Browser) -> None:
    send(at_run, out="002")
    assert [number for number, _ in stored(at_run)] == ["001", "003"]
    assert at_run.address == ENTRIES
    assert 'data-label="002"' in at_run.html


def test_row_that_was_refused_comes_back_as_typed_with_why(at_run: Browser) -> None:
    send(at_run, 409, date_002="31/2/2007")
    assert [number for number, _ in stored(at_run)] == ["001", "003"]
    assert fields(at_run)["labels"] == "002"
    assert 'value="31/2/2007"' in at_run.html
    send(at_run, date_002="02/02/2007")
    assert at_run.desk.all(select(EntryRevision.source).where(EntryRevision.number == "002")) == ["read"]


def test_somebody_named_a_page_meanwhile_and_that_row_alone_is_told(at_run: Browser) -> None:
    at_run.desk.entry(LEDGER, "002", "2", "2007-02-01")
    send(at_run, 409)
    assert [date for _, date in stored(at_run)] == ["2007-02-01", "2007-02-01", "2007-02-03"]
    assert "đã nhập trường hợp số 002 cho trang 002" in at_run.words


def test_reading_that_comes_while_the_run_is_shown_changes_nothing_of_it(at_run: Browser) -> None:
    read(at_run.desk, LEDGER, p002=reading(number="2", date="2007-02-03"))
    send(at_run)
    assert stored(at_run)[1] == ("002", "2007-02-02"), "what the person saw"


def test_last_page_of_a_run_that_was_set_aside_meanwhile_stops_nothing(at_run: Browser) -> None:
    page_order.set_pages_aside(at_run.desk.station, Act(LEDGER, WHO, "nhầm sổ"), "003")
    send(at_run, 409)
    send(at_run, out="003")
    assert [number for number, _ in stored(at_run)] == ["001", "002"]
    assert at_run.address == ENTRIES


def test_undo_takes_back_the_run_and_shows_it_again(at_run: Browser) -> None:
    send(at_run)
    at_run.send(f"/ledger/19429/{LEDGER}/undo", act="", view="runs")
    assert stored(at_run) == []
    assert fields(at_run)["labels"] == "001,002,003"


def test_ledger_of_which_nothing_was_read_leads_to_its_entries(page: Browser) -> None:
    page.desk.ledger(LEDGER)
    page.desk.lay(LEDGER, 2)
    page.open(RUNS)
    assert page.address == ENTRIES
    assert "Đã xem hết các trang máy đọc chắc chắn" in page.words


def test_form_that_makes_no_sense_stores_nothing(at_run: Browser) -> None:
    at_run.send(RUNS, 200, labels="001,009", seen="001", number_place="x")
    assert stored(at_run) == []
