"""The list of ledgers of a station with more ledgers than fit on the screen."""

from __future__ import annotations

import re

import pytest

from tests.web.browsing import NAME, Browser
from web import ledger_list

NAMES = [f"KH.{year}.01" for year in range(2001, 2008)]


@pytest.fixture
def many(page: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Seven ledgers, of which four are shown at once; the last one is at work, the others are closed."""
    monkeypatch.setattr(ledger_list, "PART", 4)
    for name in NAMES:
        page.desk.ledger(name)
    page.desk.by_hand("UPDATE ledger SET state = 'scanned' WHERE year < 2007")
    return page


def shown(page: Browser) -> list[str]:
    return re.findall(r'class="ledger" href="/ledger/19429/([^/]+)/scan"', page.html)


def test_ledgers_come_in_parts_those_at_work_first(many: Browser) -> None:
    many.open("/")
    assert shown(many) == ["KH.2007.01", "KH.2001.01", "KH.2002.01", "KH.2003.01"]
    assert "Phần 1 / 2" in many.words
    many.open("/?part=2")
    assert shown(many) == ["KH.2004.01", "KH.2005.01", "KH.2006.01"]
    many.open("/?part=99")
    assert "Phần 2 / 2" in many.words


def test_ledger_of_any_part_is_found_by_a_part_of_its_name(many: Browser) -> None:
    many.open("/?find=kh.2006")
    assert shown(many) == ["KH.2006.01"]
    many.open("/?find=.01&part=2")
    assert shown(many) == ["KH.2004.01", "KH.2005.01", "KH.2006.01"]
    assert 'href="/?part=1&amp;find=.01"' in many.html
    for nothing in ("%", "_", "KH-2006"):
        many.open(f"/?find={nothing}")
        assert shown(many) == []


def test_practice_ledger_is_begun_by_one_button_and_put_away_by_one(page: Browser) -> None:
    page.open("/")
    page.send("/ledgers/practice")
    assert page.address.endswith("LUYENTAP1/scan")
    name = page.address.split("/")[3]
    for view in ("scan", "pages", "entries", "rows", "finish", "paper", "checks"):
        page.open(f"/ledger/19429/{name}/{view}")
        assert "không tính vào đâu" in page.words, view
        assert f"/ledger/19429/{name}/files" not in page.html, "there is nothing to take away"
    page.open(f"/ledger/19429/{name}/finish")
    assert "không đóng gói và không gửi đi" in page.words
    assert 'id="package"' not in page.html
    page.open("/")
    assert "Sổ tập 1" in page.words
    assert shown(page) == [name], "it stands apart, and once"
    page.open("/covers")
    assert name not in page.html
    page.open(f"/ledger/19429/{name}/scan")
    page.send(f"/ledger/19429/{name}/data/put-away")
    assert "Đã dọn Sổ tập 1" in page.words
    assert shown(page) == []


def test_name_of_a_practice_ledger_is_taken_from_no_form(page: Browser) -> None:
    page.open("/")
    page.send("/ledgers", place="19429", type="KH", year="2007", book="LUYENTAP1")
    assert "sổ tập" in page.words
    assert shown(page) == []


def test_each_person_sees_their_own_day(page: Browser) -> None:
    ledger = page.desk.ledger()
    page.desk.lay(ledger, 2)
    page.open("/")
    assert "Hôm nay bạn đã quét 0 trang, nhập 0 trường hợp, 0 dòng." in page.words, "that was another person"
    page.desk.by_hand("UPDATE capture SET operator = ?", NAME)
    page.open("/")
    assert "Hôm nay bạn đã quét 2 trang" in page.words
