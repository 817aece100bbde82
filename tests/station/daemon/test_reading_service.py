"""Pages are read behind their acceptance, each once, and nothing waits for it."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from drivers.drawn import draw_page
from station.catalogue.models import Capture, Page, Reading, ReadValue
from station.daemon.reading_service import ReadingService
from station.domain.states import PageState
from station.ledger import entry_defaults, ledgers, pages
from station.ledger.page_readings import MOST_TRIES
from station.reading.fields import Grade
from station.reading.regions import FEW
from station.system import cpu
from tests.e2e.killing import children_of
from tests.station.daemons import Browser, running
from tests.station.drawn_registers import page
from tests.station.laid_sheets import lay_pictures
from tests.station.opened_station import WHO, OpenedStation
from tests.station.reading.test_cover_sheets import DPI as COVER_DPI
from tests.station.reading.test_cover_sheets import sheet as cover_sheet
from tests.station.reading.test_worker_link import PROGRAM, without_weights
from tests.station.undescribed_form import undescribed_form
from tests.stations import Command
from tests.waiting import eventually

DPI = 150
#: Of a ruled page.
ROWS = 22


@pytest.fixture
def start(desk: OpenedStation) -> Iterator[Callable[..., ReadingService]]:
    """Starts the loop of a station in which sheets wait where the test says so."""
    started: list[ReadingService] = []

    def start_it(is_busy: Callable[[float], bool] = lambda _: False) -> ReadingService:
        started.append(ReadingService(desk.station, is_busy))
        return started[-1]

    yield start_it
    for service in started:
        service.close()


def lay(desk: OpenedStation, ledger: str, *numbers: int) -> list[str]:
    pictures = [np.asarray(draw_page(number, type_code="KH", dpi=DPI)) for number in numbers]
    return lay_pictures(desk, ledger, pictures, dpi=DPI, profile="standard")


def turns(service: ReadingService) -> int:
    """Let it work until it waits; gives how many turns it took."""
    count = 1
    while service.turn() == 0:
        count += 1
    return count


def printed(desk: OpenedStation) -> list[str]:
    """The page numbers that were read, in the order in which they were."""
    return desk.all(select(ReadValue.value).where(ReadValue.kind == "page").order_by(ReadValue.id))


def test_accepted_pages_are_read_the_newest_first_and_each_once(
    desk: OpenedStation, start: Callable[..., ReadingService]
) -> None:
    ledger = desk.ledger()
    lay(desk, ledger, 4, 5)
    service = start()
    assert turns(service) == 3
    assert printed(desk) == ["5", "4"]
    lay(desk, ledger, 6)
    assert turns(service) == 2
    assert printed(desk) == ["5", "4", "6"]
    assert turns(start()) == 1, "what was read before a restart is not read again"
    assert all(ms > 0 for ms in desk.all(select(Reading.ms)))


def test_scanned_cover_sheet_of_the_ledger_is_a_cover_until_a_person_says_otherwise(
    desk: OpenedStation, start: Callable[..., ReadingService]
) -> None:
    ledger = desk.ledger()
    lay_pictures(desk, ledger, [cover_sheet(f"19429:{ledger}")], dpi=COVER_DPI, profile="standard")
    turns(start())
    assert desk.all(select(Page.state)) == [PageState.COVER]
    pages.change(desk.station, ledger, "001", who=WHO, state=PageState.UNSORTED)
    turns(start())
    assert desk.all(select(Page.state)) == [PageState.UNSORTED]


@pytest.mark.parametrize(("flags", "rows"), [("sse4_2 avx", FEW.rows), ("sse4_2 avx avx2", ROWS)])
def test_processor_without_avx2_gets_fewer_regions(
    desk: OpenedStation, start: Callable[..., ReadingService], monkeypatch: pytest.MonkeyPatch, flags: str, rows: int
) -> None:
    (desk.folder / "cpuinfo").write_text(f"model name\t: Some\nflags\t\t: {flags}\n")
    monkeypatch.setattr(cpu, "_CPUINFO", desk.folder / "cpuinfo")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    picture = page([(40 + row, 7) for row in range(ROWS)])
    lay_pictures(desk, desk.ledger(), [picture], dpi=250, profile="standard")
    turns(start())
    assert len(desk.all(select(ReadValue.id).where(ReadValue.kind == "number"))) == rows


def test_nothing_is_read_while_a_sheet_waits_for_its_findings(
    desk: OpenedStation, start: Callable[..., ReadingService], monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(desk, desk.ledger(), 4)
    waiting, told = True, list[float]()
    service = start(lambda seconds: told.append(seconds) or waiting)
    assert service.turn() > 0
    assert (printed(desk), children_of(os.getpid(), PROGRAM)) == ([], [])
    waiting = False
    turns(service)
    assert printed(desk) == ["4"]
    assert told[0] == 0.0
    assert told[-1] > 0.0, "how long a page takes tells whether there is time for one"
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    service.turn()
    assert told[-1] == 0.0, "one that took long in a busy moment does not put all others off for ever"


def test_page_that_kills_the_reader_is_given_up_and_the_others_are_read(
    desk: OpenedStation, start: Callable[..., ReadingService], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = desk.ledger()
    lay(desk, ledger, 4)
    monkeypatch.setenv("TRAMQUET_FAULTS", "recognising:kill")
    service = start()
    assert turns(service) == MOST_TRIES + 1
    monkeypatch.delenv("TRAMQUET_FAULTS")
    lay(desk, ledger, 5)
    assert turns(service) == 2
    assert printed(desk) == ["5"]
    assert desk.all(select(Reading.tries).order_by(Reading.id)) == [MOST_TRIES, 0]
    assert len(desk.all(select(Capture.id).where(Capture.current))) == 2, "no page is lost for that"


def test_daemon_that_stops_in_the_middle_of_a_page_counts_no_try(
    desk: OpenedStation, start: Callable[..., ReadingService]
) -> None:
    lay(desk, desk.ledger(), 4)
    service = start()
    thread = threading.Thread(target=service.turn)
    thread.start()
    eventually(lambda: len(children_of(os.getpid(), PROGRAM)) == 1 or not thread.is_alive())
    service.close()
    thread.join()
    assert desk.all(select(Reading.tries)) in ([], [0])


def test_without_weights_one_warning_says_so_and_nothing_else_happens(
    desk: OpenedStation,
    start: Callable[..., ReadingService],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    without_weights(tmp_path, monkeypatch)
    lay(desk, desk.ledger(), 4, 5)
    service = start()
    assert service.turn() > 0
    assert service.turn() > 0
    (told,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "no page can be read by the machine" in told.getMessage()
    assert desk.all(select(Reading.id)) == []


def test_daemon_reads_what_is_scanned(write_settings: Callable[..., Command], tmp_path: Path) -> None:
    """The real daemon, started and stopped: the pages of a feeder are read while it runs."""
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in (4, 5, 6):
        draw_page(number, type_code="KH", dpi=DPI).save(pages / f"{number:04}.jpg", quality=90, dpi=(DPI, DPI))
    command = write_settings(pages, reading=True)
    command.run("ledger", "add", "KH", "2007", "01")
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(command, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        browser.send("/ledger/19429/KH.2007.01/scan/start", scanner="sim", source="adf")
        eventually(lambda: numbers_read(command) == ["4", "5", "6"])
        assert daemon.health()[1]["status"] == "ok"
        assert daemon.stop() == 0
    command.run("verify")


def numbers_read(command: Command) -> list[str]:
    import sqlite3

    with sqlite3.connect(f"file:{command.catalogue}?mode=ro", uri=True) as catalogue:
        rows = catalogue.execute("SELECT value FROM read_value WHERE kind = 'page' ORDER BY value").fetchall()
    catalogue.close()
    return [value for (value,) in rows]


def test_form_that_nobody_described_is_read_once_three_of_its_entries_are_entered(
    desk: OpenedStation, start: Callable[..., ReadingService]
) -> None:
    ledger = desk.ledger()
    days = [date(2007, 3, 4 + 3 * index) for index in range(4)]
    forms = [undescribed_form(41 + index, day, 44 + index, seed=index) for index, day in enumerate(days)]
    labels = lay_pictures(desk, ledger, forms, dpi=200, profile="standard")
    service = start()
    turns(service)
    assert desk.all(select(ReadValue.id).where(ReadValue.kind == "number")) == []
    for index, label in enumerate(labels[:3]):
        desk.entry(ledger, label, str(41 + index), days[index].isoformat())
    turns(service)
    with desk.station.catalogue.reading() as session:
        own = ledgers.find(session, ledger)
        proposal = entry_defaults.propose(session, own, pages.by_label(session, own.id, labels[3]))
    assert (proposal.number, proposal.date) == ("044", "13/03/2007")
    assert (proposal.number_grade, proposal.date_grade) == (Grade.SURE, Grade.LIKELY), "the order bears the number out"
    assert turns(service) == 1, "it is learned once"
