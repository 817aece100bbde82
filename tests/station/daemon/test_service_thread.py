"""A PC that has no room for a thread more: nothing was begun, and the service takes the next request."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from station.daemon.change_feed import ChangeFeed
from station.daemon.packaging_service import PackagingService
from station.daemon.reconciliation_service import ListOrder, ReconciliationService
from station.daemon.scan_service import ScanService
from station.daemon.service_thread import start_thread
from station.domain.states import PackageKind
from station.errors import NoWorker
from station.scanning.scan_session import ScanRequest
from tests.station.opened_station import OpenedStation
from tests.waiting import eventually


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No thread can be started until this is undone."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    return monkeypatch


def test_work_runs_in_a_thread_of_that_name() -> None:
    names: list[str] = []
    start_thread(lambda more: names.append(threading.current_thread().name + more), "!", name="packing").join()
    assert names == ["packing!"]


@pytest.mark.parametrize("service", ["scanning", "packing", "list"])
def test_service_that_gets_no_thread_is_as_before(desk: OpenedStation, full: pytest.MonkeyPatch, service: str) -> None:
    """It would say for ever that something runs, and refuse all that is asked."""
    news = ChangeFeed(desk.station.catalogue.path)
    scanning, packing = ScanService(desk.station, news), PackagingService(desk.station, news)
    lists = ReconciliationService(desk.station, news)
    ledger = desk.ledger()
    file = desk.station.folders.uploaded_lists / "sent" / "list.csv"
    file.parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")
    start: Callable[[], object] = {
        "scanning": lambda: scanning.start(ScanRequest(ledger, "Hoa", scanner="none")),
        "packing": lambda: packing.start(ledger, PackageKind.MASTERS, who="Hoa"),
        "list": lambda: lists.start(ListOrder(file, "Hoa")),
    }[service]
    for _ in range(2):
        with pytest.raises(NoWorker):
            start()
    full.undo()
    start()
    eventually(lambda: not (scanning.status.scanning or packing.status.running or lists.status.running))
    scanning.close(10)
    packing.close(10)
    lists.close(10)
