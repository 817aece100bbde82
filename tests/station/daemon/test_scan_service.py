from __future__ import annotations

import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from drivers import Source
from station import context, settings
from station.context import Station
from station.daemon import scan_service
from station.daemon.change_feed import ChangeFeed
from station.daemon.scan_service import ScanService
from station.errors import Refused
from station.messages import Message
from station.scanning import label_reservation, scan_session, session_end
from station.scanning.scan_session import ScanRequest
from station.views import listings
from tests.e2e.slow_scanner import SLOW
from tests.stations import Command
from tests.waiting import PATIENCE, eventually

LEDGER = "19429:KH.2007.01"
SLOWLY = ScanRequest(LEDGER, "Hoa", scanner="slow")
QUICKLY = ScanRequest(LEDGER, "Hoa", scanner="sim")


@pytest.fixture
def command(write_settings: Callable[..., Command], drawn: Path) -> Command:
    """A station with a quick and a slow scanner, and an empty ledger; the quick one's third sheet jams."""
    command = write_settings(drawn, faults=("3:jammed",), more=SLOW)
    command.run("ledger", "add", "KH", "2007", "1")
    return command


@pytest.fixture
def station(command: Command) -> Iterator[Station]:
    with context.open_station(settings.load(command.settings)) as station:
        yield station


@pytest.fixture
def scanning(station: Station) -> Iterator[ScanService]:
    """The desk of that station; what still runs in the end is stopped."""
    desk = ScanService(station, ChangeFeed(station.catalogue.path))
    yield desk
    desk.close(PATIENCE)


def pages(station: Station) -> int:
    return len(listings.page_rows(station, LEDGER))


def test_session_is_told_while_it_runs_and_after(scanning: ScanService, station: Station) -> None:
    scanning.start(ScanRequest(LEDGER, "Hoa", scanner="sim", limit=2))
    assert (scanning.status.scanning, scanning.status.ledger, scanning.status.operator) == (True, LEDGER, "Hoa")
    eventually(lambda: not scanning.status.scanning)
    assert scanning.status.accepted == pages(station) == 2
    assert scanning.status.message is None
    assert scanning.status.newest is not None


def test_sheet_that_was_read_is_shown_before_it_is_accepted(scanning: ScanService, station: Station) -> None:
    scanning.start(replace(SLOWLY, limit=1))
    eventually(lambda: scanning.status.share is not None)
    with closing(sqlite3.connect(station.catalogue.path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")  # nothing is accepted meanwhile
        eventually(lambda: scanning.status.preview is not None)
        coming, accepted = scanning.status.preview, scanning.status.accepted
        stranger.execute("ROLLBACK")
    assert coming is not None
    with Image.open(BytesIO(coming.picture)) as picture:
        picture.load()
    assert (coming.number, picture.format, accepted) == (1, "JPEG", 0)
    eventually(lambda: not scanning.status.scanning)
    assert (scanning.status.preview, scanning.status.accepted) == (None, 1)


@pytest.mark.parametrize(("processors", "seconds", "busy"), [(2, 0.4, True), (2, 3.0, False), (4, 0.4, False)])
def test_quick_feeder_has_a_small_pc_for_itself_until_its_batch_is_through(
    scanning: ScanService, monkeypatch: pytest.MonkeyPatch, processors: int, seconds: float, busy: bool
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    clock = itertools.count(1000.0, seconds)
    monkeypatch.setattr(scan_service, "monotonic", lambda: next(clock))
    seen: list[bool] = []

    def two_sheets(*_: object) -> Iterator[int]:
        yield 1
        seen.append(scanning.is_busy(0.0))
        yield 2

    monkeypatch.setattr(scan_session, "scan", two_sheets)
    scanning.start(SLOWLY)
    eventually(lambda: not scanning.status.scanning)
    assert seen == [busy]
    assert not scanning.is_busy(0.0)


@pytest.mark.parametrize(("processors", "interval", "busy"), [(2, 3.0, True), (2, 6.0, False), (4, 3.0, False)])
def test_on_a_small_pc_that_reads_slowly_pages_are_read_in_a_pause(
    scanning: ScanService, monkeypatch: pytest.MonkeyPatch, processors: int, interval: float, busy: bool
) -> None:
    """From the glass, where each page is a session: the reader would take the time that the next page needs."""
    now, reading = 1000.0, 3.5
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    monkeypatch.setattr(scan_service, "monotonic", lambda: now)
    monkeypatch.setattr(scan_session, "scan", lambda *_: iter([1]))
    assert not scanning.is_busy(reading)
    for _page in range(2):
        now += interval
        scanning.start(SLOWLY)
        eventually(lambda: not scanning.status.scanning)
    assert scanning.is_busy(reading) == busy
    assert not scanning.is_busy(2.9), "who keeps up is not put off"
    now += 4.0
    assert not scanning.is_busy(reading)


def test_catalogue_that_stays_held_ends_the_session_and_keeps_what_was_accepted(
    scanning: ScanService, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_reservation, "PATIENCE", 0.2)
    ending = threading.Event()
    finish = session_end.finish
    monkeypatch.setattr(session_end, "finish", lambda *told: (ending.set(), finish(*told)))
    scanning.start(replace(SLOWLY, source=Source.ADF))
    eventually(lambda: scanning.status.accepted > 0)
    with closing(sqlite3.connect(station.catalogue.path, isolation_level=None)) as stranger:
        stranger.execute("PRAGMA busy_timeout = 300000")
        stranger.execute("BEGIN IMMEDIATE")
        assert ending.wait(PATIENCE)
        stranger.execute("ROLLBACK")
    eventually(lambda: not scanning.status.scanning)
    assert scanning.status.message is not None
    safe = scanning.status.accepted
    assert (scanning.status.message.code, scanning.status.message.facts["safe"]) == ("scan-stopped", safe)
    why = scanning.status.message.facts["why"]
    assert isinstance(why, Message)
    assert why.code == "catalogue-locked"
    assert pages(station) == safe
    scanning.start(SLOWLY)
    eventually(lambda: not scanning.status.scanning)
    assert (scanning.status.message, scanning.status.accepted) == (None, 1)


def test_fault_is_told_in_words_with_what_is_safe(scanning: ScanService, station: Station) -> None:
    scanning.start(QUICKLY)
    eventually(lambda: not scanning.status.scanning)
    assert scanning.status.message is not None
    assert scanning.status.message.code == "scan-jammed"
    assert "2 trang của phiên này đã lưu an toàn" in scanning.status.message.sentence("vi")
    assert pages(station) == 2


def test_second_session_is_refused_with_who_is_at_it(scanning: ScanService) -> None:
    scanning.start(SLOWLY)
    with pytest.raises(Refused) as refused:
        scanning.start(ScanRequest(LEDGER, "Bình", scanner="sim"))
    assert refused.value.code == "session-running"
    assert refused.value.facts["operator"] == "Hoa"


def test_stopped_session_keeps_what_it_has_and_the_next_one_runs(scanning: ScanService, station: Station) -> None:
    scanning.start(SLOWLY)
    eventually(lambda: scanning.status.accepted >= 1)
    scanning.cancel()
    assert scanning.status.stopping or not scanning.status.scanning
    eventually(lambda: not scanning.status.scanning)
    kept = pages(station)
    assert 1 <= kept < 10
    scanning.start(ScanRequest(LEDGER, "Hoa", scanner="sim", limit=1))
    eventually(lambda: not scanning.status.scanning)
    assert pages(station) == kept + 1


def test_session_stopped_before_the_scanner_is_open_reads_no_page_and_the_next_one_runs(
    scanning: ScanService, station: Station
) -> None:
    scanning.start(replace(SLOWLY, source=Source.ADF))
    scanning.cancel()
    eventually(lambda: not scanning.status.scanning)
    assert pages(station) == 0
    assert scanning.status.message is not None
    assert scanning.status.message.code == "scan-cancelled"
    scanning.start(SLOWLY)
    eventually(lambda: not scanning.status.scanning)
    assert pages(station) == 1


def test_stop_after_the_last_line_is_not_for_the_next_session(scanning: ScanService, station: Station) -> None:
    for session in (1, 2):
        scanning.start(SLOWLY)
        eventually(lambda: scanning.status.preview is not None or not scanning.status.scanning, every=0.001)
        if session == 1:
            scanning.cancel()
        eventually(lambda: not scanning.status.scanning)
        assert pages(station) == session


def test_stop_without_a_session_is_nothing(scanning: ScanService) -> None:
    scanning.cancel()
    assert not scanning.status.stopping


def test_share_of_the_sheet_is_told_while_it_is_read(scanning: ScanService) -> None:
    shares: set[float] = set()

    def read_partly() -> bool:
        share = scanning.status.share
        shares.update([share] if share is not None else [])
        return any(0 < share < 1 for share in shares)

    scanning.start(SLOWLY)
    eventually(read_partly)
    assert all(0 <= share <= 1 for share in shares)


def test_mistake_of_ours_ends_the_session_and_not_the_desk(
    scanning: ScanService, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(scan_session, "scan", lambda *_: 1 / 0)
        scanning.start(QUICKLY)
        eventually(lambda: not scanning.status.scanning)
    assert scanning.status.message is not None
    assert scanning.status.message.code == "scan-mistake"
    scanning.start(ScanRequest(LEDGER, "Hoa", scanner="sim", limit=1))
    eventually(lambda: not scanning.status.scanning)
    assert pages(station) == 1


def test_ledger_that_is_none_is_refused_in_words(scanning: ScanService) -> None:
    scanning.start(ScanRequest("19429:KH.1999.09", "Hoa"))
    eventually(lambda: not scanning.status.scanning)
    assert scanning.status.message is not None
    assert "KH.1999.09" in scanning.status.message.sentence("vi")
