"""Pages go out of a ledger and come back from every view that shows them; a ledger's own data is put right."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture, Page, Region
from station.domain.states import ScanPurpose
from station.ledger import pages
from station.views import listings
from tests.station.asking import current, doubt
from tests.station.opened_station import WHO, OpenedStation, sheet
from tests.web.browsing import NAME, Browser

HERE = "/ledger/19429/KH.2007.01"
OTHER = "19429:KH.2007.02"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Four pages, of which two are of the second book, which is open too."""
    name = desk.ledger()
    desk.lay(name, 4)
    desk.ledger("KH.2007.02")
    return name


def order(desk: OpenedStation, ledger: str) -> list[str]:
    return [row.seq for row in listings.page_rows(desk.station, ledger)]


@pytest.mark.parametrize("view", ["scan", "entries", "pages"])
def test_page_is_set_aside_from_each_view_and_brought_back(page: Browser, ledger: str, view: str) -> None:
    page.open(f"{HERE}/{view}{'?page=003' if view != 'pages' else ''}")
    assert 'id="placing-pages"' in page.html
    page.send(f"{HERE}/places/aside", pages="003", view=view)
    assert "Đã để riêng: 003" in page.words
    assert order(page.desk, ledger) == ["001", "002", "004"]
    page.open(f"{HERE}/pages")
    assert "Đang để riêng: 1" in page.words
    page.send(f"{HERE}/places/back", label="003", view="pages")
    assert "Đã đưa ảnh 003 trở lại sổ" in page.words
    assert order(page.desk, ledger) == ["001", "002", "003", "004"]


#: What else shows a page, by what its forms call it.
BESIDE = {
    "checks": "checks?page=003",
    "asks": "asks?ask=c{capture}",
    "rows": "rows?entry=1",
    "regions": "regions?page=003",
}


@pytest.fixture
def at_work(page: Browser, ledger: str) -> Browser:
    """A browser at that ledger, whose third page two entries share, and of which the station asks something."""
    for number in ("1", "2"):
        page.desk.entry(ledger, "003", number, "2007-01-15")
    doubt(page.desk, ledger, "003", "blur")
    return page


def shown_at(page: Browser, ledger: str, view: str) -> str:
    """Open a view at the third page; gives its address."""
    address = f"{HERE}/{BESIDE[view].format(capture=current(page.desk, ledger, '003'))}"
    page.open(address)
    assert page.address == address
    return address


@pytest.mark.parametrize("view", BESIDE)
def test_page_goes_out_of_the_ledger_from_each_view_beside_it_and_undo_takes_it_back_there(
    at_work: Browser, ledger: str, view: str
) -> None:
    acts: list[tuple[str, dict[str, Any]]] = [("aside", {}), ("other", {"target": OTHER})]
    for act, more in acts:
        shown_at(at_work, ledger, view)
        assert 'id="placing-pages" name="pages" value="003"' in at_work.html
        at_work.send(f"{HERE}/places/{act}", pages="003", view=view, **more)
        assert order(at_work.desk, ledger) == ["001", "002", "004"]
        assert at_work.address.partition("?")[0] == f"{HERE}/{view}"
        at_work.send(f"{HERE}/undo", view=view)
        assert order(at_work.desk, ledger) == ["001", "002", "003", "004"]
        assert at_work.address.partition("?")[0] == f"{HERE}/{view}"
        assert "Đã hoàn tác: " in at_work.words


@pytest.mark.parametrize("view", BESIDE)
def test_page_is_turned_in_each_view_beside_it_and_undo_turns_it_back(at_work: Browser, ledger: str, view: str) -> None:
    turn = select(Region.rotation).join(Capture).where(Capture.label == "003")
    address = shown_at(at_work, ledger, view)
    way = at_work.html.partition('id="turn-page"')[0].rpartition('action="')[2].partition('"')[0]
    at_work.send(way, rotate="90")
    assert at_work.address == address
    assert at_work.desk.all(turn) == [90]
    assert "turn=90" in at_work.html
    at_work.send(f"{HERE}/undo", view=view)
    assert at_work.desk.all(turn) == [0]
    assert at_work.address.partition("?")[0] == f"{HERE}/{view}"


def test_row_of_two_pages_has_the_key_for_the_first_and_a_button_for_each(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002-003", "1", "2007-01-15")
    pages.change(page.desk.station, ledger, "003", who=WHO, number="14")
    page.open(f"{HERE}/rows?entry=1")
    turns = re.findall(r'/page/(\d+)" class="turn-page"(?: id="([^"]+)")?', page.html)
    assert turns == [("002", "turn-page"), ("003", "")]
    assert "Xoay phải 002 Ctrl+→ Xoay phải 14" in page.words


def test_what_is_set_aside_is_a_link_away_in_each_view(at_work: Browser, ledger: str) -> None:
    for view in BESIDE:
        shown_at(at_work, ledger, view)
        assert f'href="{HERE}/pages#put-aside"' in at_work.html


def test_pages_are_named_by_the_numbers_that_are_printed_on_them(page: Browser, ledger: str) -> None:
    for label, number in (("002", "12"), ("003", "13")):
        pages.change(page.desk.station, ledger, label, who=NAME, number=number)
    page.open(f"{HERE}/pages")
    page.send(f"{HERE}/places/aside", pages="003", view="pages")
    assert "Đã để riêng: 13 [003]" in page.words
    page.send(f"{HERE}/asks/put-back", label="003", after="002")
    assert "đặt sau trang 12 [002]" in page.words
    page.send(f"{HERE}/page/002/whole")
    assert "Trang 12 [002] đã là một ảnh trọn vẹn" in page.words
    page.send(f"{HERE}/places/other", pages="002", target=OTHER, view="pages")
    assert "ở đó là trang 12 [001]" in page.words


def test_run_moves_to_a_ledger_that_is_chosen(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/pages")
    assert f'<option value="{OTHER}">Kết hôn 2007, quyển 02 (KH.2007.02) – Xã Thử Nghiệm</option>' in page.html
    page.send(f"{HERE}/places/other", pages="003-004", target=OTHER, view="pages")
    assert "Đã chuyển sang Kết hôn 2007, quyển 02; ở đó là trang 001, 002" in page.words
    assert (order(page.desk, ledger), order(page.desk, OTHER)) == (["001", "002"], ["001", "002"])


def test_every_second_page_of_a_run_is_turned_and_taken_back_by_one_undo(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/pages")
    assert "Xoay nhiều trang" in page.words
    page.send(f"{HERE}/places/turn", pages="001-004", every="odd", degrees="180", view="pages")
    assert "Đã xoay 2 trang" in page.words
    assert "Đã xoay các trang 001, 003." in page.words
    turned = select(Region.rotation).join(Page).order_by(Page.order)
    assert page.desk.all(turned)[:4] == [180, 0, 180, 0]
    page.send(f"{HERE}/undo", view="pages", act=re.findall(r'name="act" value="(\d+)"', page.html)[0])
    assert page.desk.all(turned)[:4] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("pages", "every", "degrees", "said"),
    [
        ("009", "all", "90", "không có trang 009"),
        ("001", "even", "90", "chưa xoay trang nào"),
        ("001", "all", "45", "không phải 45"),
        ("001", "some", "90", "Không hiểu được yêu cầu"),
    ],
)
def test_pages_that_cannot_be_turned_are_said_on_the_view(
    page: Browser, ledger: str, pages: str, every: str, degrees: str, said: str
) -> None:
    page.open(f"{HERE}/pages")
    page.send(f"{HERE}/places/turn", pages=pages, every=every, degrees=degrees, view="pages")
    assert said in page.words
    assert "Mọi trang" in page.words


def test_page_that_is_not_there_is_said_on_the_view(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/pages")
    page.send(f"{HERE}/places/aside", pages="009", view="pages")
    assert "không có trang 009" in page.words
    assert len(order(page.desk, ledger)) == 4


def test_earlier_image_is_seen_and_taken_again(page: Browser, ledger: str) -> None:
    with page.desk.session(ledger, purpose=ScanPurpose.RETAKE, anchor="002") as (run, folder):
        page.desk.accept(run, sheet(folder, 77))
    page.open(f"{HERE}/scan?page=002")
    assert "Ảnh quét trước: 1" in page.words
    page.send(f"{HERE}/places/image/002", revision="1")
    assert listings.page_rows(page.desk.station, ledger)[1].revision == 1
    assert 'name="revision" value="2"' in page.html, "the retake can be taken again too"


def test_ledger_without_an_image_is_put_right_or_removed(page: Browser, ledger: str) -> None:
    page.open("/ledger/19429/KH.2007.02/paper")
    wanted: dict[str, Any] = {"type": "KS", "year": "1999", "book": "3", "place": "19430", "last_year": "2000"}
    page.send("/ledger/19429/KH.2007.02/data", **wanted)
    assert page.address == "/ledger/19430/KS.1999.03/paper"
    assert "Đã lưu: Khai sinh 1999, quyển 03" in page.words
    page.send("/ledger/19430/KS.1999.03/data/remove")
    assert page.address == "/"
    assert "Đã bỏ sổ Khai sinh 1999, quyển 03" in page.words
    assert [row.ledger for row in listings.ledger_rows(page.desk.station)] == [ledger]


def test_ledger_with_images_keeps_its_name_and_gets_its_last_year(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/paper")
    assert "Bỏ sổ này" not in page.words
    form: dict[str, Any] = {"type": "KH", "book": "01", "place": "19429"}
    page.send(f"{HERE}/data", **form, year="2008", last_year="2009")
    assert "tên ảnh gồm loại sổ, năm, quyển và địa bàn" in page.words
    page.send(f"{HERE}/data", **form, year="2007", last_year="2009")
    assert listings.ledger_head(page.desk.station, ledger).last_year == 2009
    page.send(f"{HERE}/data/remove")
    assert order(page.desk, ledger)
