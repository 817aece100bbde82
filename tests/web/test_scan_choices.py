"""What is chosen beside the scan button: it stays for the ledger, and a retake goes by it too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from drivers.drawn import draw_ledger
from station.access import users
from station.catalogue.models import Capture
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from tests.station.opened_station import OpenedStation, opened_station
from tests.waiting import eventually
from tests.web.browsing import NAME, PIN, Browser

LEDGER = "KH.2007.01"
HERE = f"/ledger/19429/{LEDGER}"
SCAN = f"{HERE}/scan"
TWO_SCANNERS = """
[[profile]]
id = "lossless"
encoding = "tiff"

[[scanner]]
id = "one"
driver = "simulated"
pages = "{pages}"

[[scanner]]
id = "two"
driver = "simulated"
pages = "{pages}"
"""
CHOSEN = {"scanner": "two", "source": "adf", "profile": "lossless"}
SELECTED = re.compile(r'<option value="([^"]+)" selected>')


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    draw_ledger(tmp_path / "pages", 3, dpi=60)
    with opened_station(tmp_path, TWO_SCANNERS.format(pages=tmp_path / "pages")) as ready:
        users.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        ready.ledger()
        ready.ledger("KS.1999.01")
        yield ready


@pytest.fixture
def page(page: Browser) -> Browser:
    page.open(SCAN)
    return page


def scan(page: Browser, daemon: Daemon, address: str = f"{SCAN}/start", **form: Any) -> None:
    page.send(address, **form)
    eventually(lambda: not daemon.scan_service.status.scanning)
    page.open(SCAN)


def test_choice_stays_for_the_next_page(page: Browser, daemon: Daemon) -> None:
    assert SELECTED.findall(page.html) == []
    scan(page, daemon, limit="1", **CHOSEN)
    assert SELECTED.findall(page.html) == list(CHOSEN.values())


def test_other_ledger_begins_with_what_is_usual(page: Browser, daemon: Daemon) -> None:
    scan(page, daemon, limit="1", **CHOSEN)
    page.open("/ledger/19429/KS.1999.01/scan")
    assert SELECTED.findall(page.html) == []


def test_retake_goes_by_what_was_chosen_last_and_is_one_page(
    page: Browser, daemon: Daemon, desk: OpenedStation
) -> None:
    scan(page, daemon, limit="1", **CHOSEN)
    scan(page, daemon, f"{SCAN}/start?anchor=001", purpose="retake", limit="")
    with desk.station.catalogue.reading() as session:
        made = session.execute(select(Capture.scanner, Capture.profile, Capture.revision).order_by(Capture.id)).all()
    assert made == [("two", "lossless", 1), ("two", "lossless", 2)]


def test_one_more_page_is_told_to_be_laid_in_and_is_scanned_by_the_choice(page: Browser, daemon: Daemon) -> None:
    scan(page, daemon, limit="1", **CHOSEN)
    for purpose, words in (("retake", "Đặt trang 001 vào máy"), ("insert", "Trang này sẽ đứng ngay sau trang 001")):
        page.open(SCAN)
        (link,) = re.findall(rf'<a [^>]*href="({SCAN}\?purpose={purpose}[^"]+)"', page.html)
        page.open(link.replace("&amp;", "&"))
        assert words in page.words
        (form,) = re.findall(r'<form method="post" action="([^"]+)" id="start">.*?</form>', page.html, re.DOTALL)
        assert form == f"{SCAN}/start?anchor=001"
        by_space = rf'name="purpose" value="{purpose}">\s*<button class="primary" id="action" data-key=" "'
        assert re.search(by_space, page.html)
        assert SELECTED.findall(page.html) == list(CHOSEN.values())


def test_retake_that_failed_stays_at_its_page_and_says_which_sheet_to_lay_in(page: Browser, daemon: Daemon) -> None:
    scan(page, daemon, **CHOSEN)
    page.send(f"{HERE}/page/001", number="7")
    page.send(f"{SCAN}/start?anchor=001", purpose="retake")
    eventually(lambda: not daemon.scan_service.status.scanning)
    page.open(page.address)
    assert "Khay nạp không có giấy; ảnh cũ của trang 7 [001] vẫn được giữ an toàn" in page.words
    assert "Hãy đặt tờ của trang 7 [001] vào khay rồi quét lại" in page.words
    assert f'action="{SCAN}/start?anchor=001" id="start"' in page.html, "the space bar tries the same again"
    assert f'href="{SCAN}?page=001" class="thumb state-unsorted" aria-current="true"' in page.html
    page.open(SCAN)
    assert f'action="{SCAN}/start" id="start"' in page.html, "elsewhere it goes on behind the last page"
