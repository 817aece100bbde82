from __future__ import annotations

import re

import pytest

from station.ledger import pages
from station.views import listings
from tests.station.opened_station import OpenedStation
from tests.web.browsing import NAME, Browser

HERE = "/ledger/19429/KH.2007.01"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    name = desk.ledger()
    desk.lay(name, 2)
    return name


def test_each_view_says_what_was_done_last_and_takes_it_back(page: Browser, ledger: str) -> None:
    for view in ("entries?page=001", "scan?page=001", "pages"):
        pages.change(page.desk.station, ledger, "001", who=NAME, rotate=90)
        page.open(f"{HERE}/{view}")
        assert "Đã xoay trang 001. Hoàn tác" in page.words
        act = re.search(r'name="act" value="(\d+)"', page.html)
        assert act
        page.send(f"{HERE}/undo", act=act[1], view=view.partition("?")[0])
        assert page.address == f"{HERE}/{view}"
        assert "Đã hoàn tác: Đã xoay trang 001." in page.words
        assert "Đã xoay trang 001. Hoàn tác" not in page.words


def test_what_another_person_did_is_not_offered(page: Browser, ledger: str) -> None:
    pages.change(page.desk.station, ledger, "001", who="người khác", rotate=90)
    page.open(f"{HERE}/entries")
    assert 'id="undo" hidden' in page.html
    page.send(f"{HERE}/undo")
    assert "không còn việc nào của bạn để hoàn tác" in page.words
    assert listings.page_rows(page.desk.station, ledger)[0].seq == "001"
