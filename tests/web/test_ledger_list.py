"""The list of ledgers of a station with more ledgers than fit on the screen."""

from __future__ import annotations

import re

import pytest

from tests.web.browsing import Browser
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
