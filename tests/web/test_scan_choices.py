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
SCAN = f"/ledger/19429/{LEDGER}/scan"
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


def test_buttons_for_one_more_page_take_the_choice_along(page: Browser, daemon: Daemon) -> None:
    scan(page, daemon, limit="1", **CHOSEN)
    buttons = re.findall(r'<button [^>]*form="start"[^>]*value="(\w+)"[^>]*formaction="([^"]+)"', page.html)
    assert buttons == [(purpose, f"{SCAN}/start?anchor=001") for purpose in ("retake", "insert")]
