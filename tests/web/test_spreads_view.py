"""Open books and pages in halves on the page: what is shown, what is asked for next, and dividing an image."""

from __future__ import annotations

import re
from html import unescape

import pytest

from station.views import listings
from tests.station.laying import laid
from tests.web.browsing import Browser

HERE = "/ledger/19429/KH.2007.01"
BOOK = (800, 500)


def pictures(page: Browser) -> list[str]:
    """The addresses of the large pictures on the scanning view, without the one of the whole book."""
    found = re.findall(r'src="(/image/[^"]*/large[^"]*)" alt="KH', page.html)
    return [unescape(address) for address in found]


def seqs(page: Browser, ledger: str) -> list[str]:
    return [row.seq for row in listings.page_rows(page.desk.station, ledger)]


def test_page_of_a_spread_is_shown_alone_and_its_picture_is_there(page: Browser) -> None:
    laid(page.desk, page.desk.ledger(), profile="spread", size=BOOK)
    shown = {}
    for seq in ("001.1", "001.2"):
        page.open(f"{HERE}/scan?page={seq}")
        assert f"KH.2007.01.{seq}" in page.words
        (shown[seq],) = pictures(page)
        assert page.client.get(shown[seq]).mimetype == "image/jpeg"
    assert shown["001.1"] != shown["001.2"]
    page.open(f"{HERE}/entries?page=001.2")
    assert pictures(page)[0] == shown["001.2"]


@pytest.mark.parametrize("crop", ["0,0,10,10", "x", "1,2"])
def test_other_parts_of_an_image_cannot_be_asked_for(page: Browser, crop: str) -> None:
    laid(page.desk, page.desk.ledger(), profile="spread", size=BOOK)
    whole = page.client.get("/image/1/small").data
    answer = page.client.get(f"/image/1/small?crop={crop}")
    assert answer.status_code == 404 or answer.data == whole


def test_fold_is_moved_and_the_pictures_change(page: Browser) -> None:
    laid(page.desk, page.desk.ledger(), profile="spread", size=BOOK)
    page.open(f"{HERE}/scan?page=001.2")
    assert "Chỉnh gáy sổ" in page.words
    before = pictures(page)
    page.send(f"{HERE}/page/001.2/fold", percent="40")
    assert page.address == f"{HERE}/scan?page=001.2"
    assert pictures(page) != before
    assert re.search('value="(39.9|40.)', page.html)
    page.send(f"{HERE}/page/001.2/fold", percent="10", status=200)
    assert "Gáy sổ không thể nằm ở 10 %" in page.words


def test_one_page_becomes_two_and_one_again(page: Browser) -> None:
    ledger = page.desk.ledger()
    page.desk.lay(ledger, 2)
    page.open(f"{HERE}/scan?page=001")
    page.send(f"{HERE}/page/001/fold")
    assert seqs(page, ledger) == ["001.1", "001.2", "002"]
    page.send(f"{HERE}/page/001.2/whole")
    assert page.address == f"{HERE}/scan?page=001"
    assert seqs(page, ledger) == ["001", "002"]


def test_lower_half_is_asked_for_until_it_is_there(page: Browser) -> None:
    ledger = page.desk.ledger(paper="A3")
    laid(page.desk, ledger, profile="parts")
    page.open(f"{HERE}/scan")
    assert "Trang 001 mới có nửa trên" in page.words
    assert "Chưa có nửa dưới" in page.words
    laid(page.desk, ledger, profile="parts")
    page.open(f"{HERE}/scan/board")
    assert "nửa trên, đã lưu" not in page.words
    assert len(pictures(page)) == 2
    assert "Quét lại nửa dưới" in page.words


def test_lower_half_is_turned_by_itself_and_the_page_stays(page: Browser) -> None:
    ledger = page.desk.ledger()
    laid(page.desk, ledger, 2, profile="parts")
    page.open(f"{HERE}/scan")
    page.send(f"{HERE}/page/002", rotate="90", then="001")
    assert ["turn=90" in address for address in pictures(page)] == [True, False]


def test_page_without_a_lower_half_is_called_whole(page: Browser) -> None:
    ledger = page.desk.ledger()
    laid(page.desk, ledger, profile="parts")
    page.open(f"{HERE}/scan")
    page.send(f"{HERE}/page/001/whole")
    assert "mới có nửa trên" not in page.words
