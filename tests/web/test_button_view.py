"""The scanning view while the scanner's own button is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access import users
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from tests.drivers.button_scanner import GLASS, ButtonScanner
from tests.station.opened_station import OpenedStation, opened_station
from tests.waiting import eventually
from tests.web.browsing import NAME, PIN, Browser

SCAN = "/ledger/19429/KH.2007.01/scan"


@pytest.fixture
def desk(tmp_path: Path, button: ButtonScanner) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, GLASS) as ready:
        users.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        ready.ledger()
        yield ready


def test_view_asks_for_the_button_until_the_operator_stops(
    page: Browser, daemon: Daemon, button: ButtonScanner
) -> None:
    page.open(SCAN)
    page.send(f"{SCAN}/start")
    eventually(lambda: daemon.scan_service.status.waiting)
    page.open(SCAN)
    assert "Hãy bấm nút trên máy quét" in page.words
    assert "Dừng" in page.words

    button.press()
    eventually(lambda: daemon.scan_service.status.accepted == 1 and daemon.scan_service.status.waiting)
    page.open(SCAN)
    page.send(f"{SCAN}/stop")
    eventually(lambda: not daemon.scan_service.status.scanning)
    page.open(SCAN)
    assert "Xong: đã nhận 1 trang" in page.words, "to stop is how such a session ends"
    assert "Hãy bấm nút trên máy quét" not in page.words
