"""Sessions at a scanner whose own button asks for each page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.states import ScanPurpose
from station.errors import ScanStopped
from station.scanning import scan_session
from station.scanning.scan_session import ScanRequest
from station.views import listings
from tests.drivers.button_scanner import DEVICE, GLASS, ButtonScanner
from tests.station.opened_station import WHO, OpenedStation, opened_station

LEDGER = "KH.2007.01"


@pytest.fixture
def desk(tmp_path: Path, button: ButtonScanner) -> Iterator[OpenedStation]:
    with opened_station(
        tmp_path, GLASS + GLASS.replace("glass", "plain").replace(DEVICE, "test:0").split("[[profile]]")[0]
    ) as it:
        it.ledger(LEDGER)
        yield it


def pages(desk: OpenedStation) -> list[tuple[str, int]]:
    return [(row.seq, row.revision) for row in listings.page_rows(desk.station, LEDGER)]


def test_retake_waits_for_one_press_too(desk: OpenedStation, button: ButtonScanner) -> None:
    assert len(list(scan_session.scan(desk.station, ScanRequest(LEDGER, WHO, limit=1), button.finger))) == 1
    retake = ScanRequest(LEDGER, WHO, limit=1, purpose=ScanPurpose.RETAKE, anchor="001")
    asked = button.asked()
    assert len(list(scan_session.scan(desk.station, retake, button.finger))) == 1
    assert pages(desk) == [("001", 2)]
    assert button.asked() > asked


def test_scanner_that_has_no_button_is_refused_with_who_can_help(desk: OpenedStation) -> None:
    with pytest.raises(ScanStopped) as stopped:
        list(scan_session.scan(desk.station, ScanRequest(LEDGER, WHO, scanner="plain")))
    assert stopped.value.code == "scan-no-button"
    assert "kỹ thuật viên bỏ dòng button = true" in stopped.value.sentence("vi")
    assert pages(desk) == []
