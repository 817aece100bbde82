"""Cover sheets: one for each ledger, with a code that a reader types into the search field to open the ledger."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from tests.station.opened_station import BESIDE
from tests.web.browsing import Browser
from web import covers


def codes(page: Browser) -> list[str]:
    """What a reader of codes reads on the sheets, drawn as a printer does."""
    texts = []
    for width, path in re.findall(r'viewBox="0 0 (\d+) \d+".*?<path d="([^"]*)"', page.html, re.DOTALL):
        modules = np.full((int(width), int(width)), 255, np.uint8)
        for x, y in re.findall(r"M(\d+) (\d+)h1", path):
            modules[int(y), int(x)] = 0
        texts.append(cv2.QRCodeDetector().detectAndDecode(np.kron(modules, np.ones((6, 6), np.uint8)))[0])
    return texts


def test_each_ledger_of_the_list_has_its_sheet_with_its_full_name(page: Browser) -> None:
    page.desk.ledger("KS.2007.01", last_year=2009)
    page.desk.ledger("KH.2007.02", place=BESIDE)
    page.open("/covers")
    assert "Sổ đăng ký khai sinh Quyển 01 Năm 2007 đến 2009" in page.words
    assert "Sổ đăng ký kết hôn Quyển 02 Năm 2007" in page.words
    assert codes(page) == ["19429:KS.2007.01", "19430:KH.2007.02"]
    page.open("/covers?find=khai sinh")
    assert codes(page) == ["19429:KS.2007.01"]
    page.open("/covers?ledger=19430:KH.2007.02")
    assert codes(page) == ["19430:KH.2007.02"]


def test_code_in_the_search_field_opens_its_ledger(page: Browser) -> None:
    page.desk.ledger("KH.2007.01")
    page.desk.ledger("KH.2007.01", place=BESIDE)
    page.open("/covers")
    for code, address in zip(codes(page), ("19429", "19430"), strict=True):
        page.open(f"/?find={code}")
        assert page.address == f"/ledger/{address}/KH.2007.01/scan"


def test_code_of_a_ledger_that_is_not_registered_finds_none(page: Browser) -> None:
    page.desk.ledger("KH.2007.01")
    page.open("/?find=19429:KH.2007.09")
    assert page.address.startswith("/?find")
    assert 'class="ledger"' not in page.html


def test_long_list_is_printed_in_parts(page: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covers, "PART", 2)
    for book in ("01", "02", "03"):
        page.desk.ledger(f"KH.2007.{book}")
    page.open("/covers")
    assert "In 2 tờ" in page.words
    assert "Phần 1 / 2" in page.words
    page.open("/covers?part=2")
    assert codes(page) == ["19429:KH.2007.03"]


def test_station_without_ledgers_says_so(page: Browser) -> None:
    page.open("/covers")
    assert "Không có sổ nào để in tờ bìa." in page.words


def test_labels_have_full_name_and_code_24_on_a_sheet(page: Browser) -> None:
    page.desk.ledger("KS.2007.01", last_year=2009)
    page.desk.ledger("KH.2007.02", place=BESIDE)
    page.open("/covers/labels")
    assert page.html.count('<article class="label-sheet"') == 1
    assert "Khai sinh Quyển 01 Năm 2007–2009" in page.words
    assert "Kết hôn Quyển 02 Năm 2007" in page.words
    assert "In 2 nhãn" in page.words
    assert codes(page) == ["19429:KS.2007.01", "19430:KH.2007.02"]
    page.open("/covers/labels?ledger=19430:KH.2007.02")
    assert codes(page) == ["19430:KH.2007.02"]


@pytest.mark.parametrize(("first", "empty", "sheets"), [("3", 2, 1), ("24", 23, 2), ("99", 23, 2), ("x", 0, 1)])
def test_labels_begin_where_a_sheet_has_some_left(page: Browser, first: str, empty: int, sheets: int) -> None:
    for book in ("01", "02"):
        page.desk.ledger(f"KH.2007.{book}")
    page.open(f"/covers/labels?first={first}")
    assert page.html.count('<section class="ledger-label"></section>') == empty
    assert page.html.count('<article class="label-sheet"') == sheets
    assert len(codes(page)) == 2


def test_labels_of_a_long_list_come_in_parts(page: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covers, "LABELS", 2)
    for book in ("01", "02", "03"):
        page.desk.ledger(f"KH.2007.{book}")
    page.open("/covers/labels?part=2&find=kết hôn")
    assert codes(page) == ["19429:KH.2007.03"]
    assert "Phần 2 / 2" in page.words


def test_station_without_ledgers_has_no_labels(page: Browser) -> None:
    page.open("/covers/labels")
    assert "Không có sổ nào để in nhãn." in page.words
    assert "label-sheet" not in page.html.partition("<main")[2]
