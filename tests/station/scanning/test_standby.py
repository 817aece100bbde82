"""Between two pages from the glass the scanner and the workers stay, as long as nobody else needs them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from station.errors import ScanStopped
from station.health.doctor import scanners as doctor
from station.scanning import scan_session, scanner_factory
from station.scanning import standby as standby_module
from station.scanning.scan_session import ScanRequest
from station.scanning.standby import VIEW_COUNTS, WORKERS_KEPT, Standby
from station.views import listings
from tests.drivers.button_scanner import GLASS as BUTTON_GLASS
from tests.drivers.button_scanner import ButtonScanner
from tests.e2e.killing import SCANNER, WORKER, children_of
from tests.station.opened_station import WHO, OpenedStation, opened_station
from tests.waiting import eventually

LEDGER = "KH.2007.01"
SCANNERS = """
[[scanner]]
id = "glass"
driver = "sane"
device = "test:0"
profile = "coarse"

[[scanner]]
id = "feeder"
driver = "sane"
device = "test:0"
profile = "from-feeder"

[[scanner]]
id = "other"
driver = "sane"
device = "test:1"
profile = "coarse"

[[scanner]]
id = "never"
driver = "sane"
device = "test:0"
profile = "coarse"
standby = 0

[[profile]]
id = "coarse"
mode = "grey"
dpi = 100
paper = "A4"

[[profile]]
id = "from-feeder"
mode = "grey"
dpi = 150
paper = "A5"
source = "adf"
"""


class Glass:
    """A station, and a person who asks for one page after the other; ``now`` is what its standby takes for the time."""

    def __init__(self, desk: OpenedStation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.station = desk.station
        self.now = 0.0
        # Before there is a standby: how long this machine runs is none of its times.
        monkeypatch.setattr(standby_module, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.standby = Standby(desk.station, keeps=True)

    def page(self, scanner: str = "glass", limit: int = 1) -> None:
        """One session."""
        request = ScanRequest(LEDGER, WHO, scanner=scanner, limit=limit)
        assert len(list(scan_session.scan(self.station, request, standby=self.standby))) == limit

    def pages(self) -> int:
        return len(listings.page_rows(self.station, LEDGER))

    def later(self, seconds: float) -> None:
        """So many seconds go by, then the daemon looks."""
        self.now += seconds
        self.standby.look()


def scanners() -> list[int]:
    return children_of(os.getpid(), SCANNER)


def workers() -> list[int]:
    return children_of(os.getpid(), WORKER)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Glass]]:
    """Opens a station with these scanners and a ledger."""
    with ExitStack() as stack:

        def open_it(settings: str) -> Glass:
            desk = stack.enter_context(opened_station(tmp_path, settings))
            desk.ledger(LEDGER)
            glass = Glass(desk, monkeypatch)
            stack.callback(glass.standby.close, 10)
            return glass

        yield open_it


@pytest.fixture
def glass(opened: Callable[[str], Glass]) -> Glass:
    return opened(SCANNERS)


def test_next_page_comes_from_the_same_scanner_child_and_worker(glass: Glass) -> None:
    glass.page()
    before = scanners(), workers()
    glass.page()
    assert (scanners(), workers()) == before
    assert [len(each) for each in before] == [1, 1]
    glass.standby.close(10)
    assert (scanners(), workers(), glass.pages()) == ([], [], 2)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_child_and_worker_killed_between_two_pages_cost_nothing(glass: Glass, number: signal.Signals) -> None:
    glass.page()
    (child,), (worker,) = scanners(), workers()
    os.kill(child, number)
    os.kill(worker, number)
    eventually(lambda: not scanners() and not workers())
    glass.page()
    assert glass.pages() == 2
    assert child not in scanners()


def test_child_that_does_not_answer_any_more_is_replaced(glass: Glass, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.sane.child_link._WAKING", 0.2)
    glass.page()
    (child,) = scanners()
    os.kill(child, signal.SIGSTOP)
    glass.page()
    assert glass.pages() == 2
    assert child not in scanners()


def test_scanner_goes_after_its_time_and_the_workers_when_nobody_looks_any_more(glass: Glass) -> None:
    glass.page()
    glass.later(119)
    assert scanners()
    glass.later(2)
    assert (len(scanners()), len(workers())) == (0, 1)
    glass.later(WORKERS_KEPT - 122)
    glass.standby.see_view()
    glass.later(WORKERS_KEPT - 1)
    assert workers()
    glass.later(2)
    assert not workers()
    glass.page()
    assert glass.pages() == 2


def test_view_that_stands_open_over_night_keeps_no_worker(glass: Glass) -> None:
    glass.page()
    for _ in range(int(VIEW_COUNTS / WORKERS_KEPT) + 1):
        glass.standby.see_view()
        glass.later(WORKERS_KEPT - 1)
        assert workers()
    glass.standby.see_view()
    glass.later(WORKERS_KEPT)
    assert not workers()


def test_another_program_of_the_station_gets_the_scanner_between_two_pages(glass: Glass) -> None:
    glass.page()
    (child,) = scanners()
    settings = glass.station.settings.scanner("glass")
    with scanner_factory.open_scanner(glass.station, settings) as theirs:
        assert doctor.read_some(theirs, glass.station.settings.scan_profile("coarse"))
        assert child not in scanners()
        with pytest.raises(ScanStopped) as stopped:
            glass.page()
        assert stopped.value.code == "scan-busy"
    glass.page()
    assert glass.pages() == 2


def test_scanner_that_is_opened_and_not_used_yet_is_not_given_away(glass: Glass) -> None:
    settings = glass.station.settings.scanner("glass")
    with (
        scanner_factory.open_scanner(glass.station, settings) as ours,
        pytest.raises(ScanStopped) as stopped,
    ):
        glass.page()
    assert stopped.value.code == "scan-busy"
    assert ours.identity


def test_two_scanners_in_turn_and_one_device_under_two_names(glass: Glass) -> None:
    for scanner in ("glass", "other", "feeder", "glass", "feeder"):
        glass.page(scanner)
        assert len(scanners()) == 1
    widths = [row.width for row in listings.page_rows(glass.station, LEDGER)]
    assert widths[0] == widths[1] == widths[3]
    assert widths[2] == widths[4] != widths[0]


def test_session_that_failed_leaves_no_scanner(glass: Glass) -> None:
    glass.page()
    with pytest.raises(ScanStopped):
        glass.page("feeder", limit=11)
    assert not scanners()
    glass.page()
    assert glass.pages() == 12


def test_scanner_of_no_standby_is_closed_with_each_session(glass: Glass) -> None:
    glass.page("never")
    assert not scanners()


@pytest.fixture
def button(
    tmp_path: Path, opened: Callable[[str], Glass], monkeypatch: pytest.MonkeyPatch
) -> tuple[ButtonScanner, Glass]:
    """A backend of our own that can be told not to bear a second sheet."""
    device = ButtonScanner(tmp_path / "button")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SANE_CONFIG_DIR", raising=False)
    deadlines = "deadlines = { start = 1, close = 1 }"
    return device, opened(BUTTON_GLASS.replace("button = true", deadlines) + 'paper = "A4"\n')


def test_backend_that_cannot_stay_open_gives_every_page_and_is_closed_from_then_on(
    button: tuple[ButtonScanner, Glass],
) -> None:
    device, glass = button
    glass.page()
    device.switch_on("one-sheet")
    glass.page()
    assert not scanners()
    glass.page()
    assert (glass.pages(), scanners()) == (3, [])


def test_backend_that_hangs_when_it_stayed_open_is_told_once(button: tuple[ButtonScanner, Glass]) -> None:
    device, glass = button
    glass.page()
    (child,) = scanners()
    device.switch_on("one-start")
    with pytest.raises(ScanStopped) as stopped:
        glass.page()
    assert stopped.value.code == "scan-stalled"
    eventually(lambda: child not in scanners())
    glass.page()
    glass.page()
    assert (glass.pages(), scanners()) == (3, [])
