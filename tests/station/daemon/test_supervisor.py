from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.daemon import supervisor as supervision
from station.daemon.supervisor import Daemon
from station.errors import StorageFailed
from tests.e2e import killing
from tests.e2e.slow_scanner import SLOW, children_of
from tests.station.daemons import Browser, running
from tests.station.opened_station import OpenedStation
from tests.stations import Command
from tests.waiting import eventually


@pytest.fixture
def station(write_settings: Callable[..., Command], scraps: Path) -> Command:
    return write_settings(scraps)


def test_systemd_hears_ready_watchdog_and_stopping(station: Command, tmp_path: Path) -> None:
    with running(station, tmp_path, WATCHDOG_USEC="1500000") as daemon:
        status, told = daemon.health()
        assert (status, told["status"], told["reason"]) == (200, "ok", None)
        eventually(lambda: daemon.systemd.hears("WATCHDOG=1"))
        assert daemon.stop() == 0
        assert daemon.systemd.hears("STOPPING=1")


def test_ctrl_c_stops_it_as_well(station: Command, tmp_path: Path) -> None:
    with running(station, tmp_path) as daemon:
        assert daemon.stop(signal.SIGINT) == 0


def test_page_and_package_of_another_process_are_delivered_by_the_daemon(station: Command, tmp_path: Path) -> None:
    with running(station, tmp_path):
        station.run("ledger", "add", "KH", "2007", "1")
        station.scan("scan", "KH.2007.01", "--pages", "1")
        station.run("entry", "set", "KH.2007.01", "001", "--number", "1", "--date", "2007-01-15")
        station.run("package", "KH.2007.01")
        eventually(lambda: {row["state"] for row in station.json("queue", "list")} == {"receipted"})


def test_stop_in_mid_scan_keeps_what_was_accepted_and_ends_the_scanner(
    write_settings: Callable[..., Command], tmp_path: Path
) -> None:
    station = write_settings(None, more=SLOW)
    station.run("ledger", "add", "KH", "2007", "1")
    pin = station.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        browser.send("/ledger/19429/KH.2007.01/scan/start", scanner="slow", source="adf")
        eventually(lambda: len(station.json("pages", "KH.2007.01")) >= 2)
        assert len(children_of(daemon.process.pid)) == 1
        assert daemon.stop() == 0
        assert children_of(daemon.process.pid) == []
    kept = station.json("pages", "KH.2007.01")
    assert 2 <= len(kept) < 10
    station.run("verify")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_scanner_and_worker_that_stand_by_end_with_the_daemon(
    write_settings: Callable[..., Command], tmp_path: Path, number: signal.Signals
) -> None:
    station = write_settings(None, more=SLOW)
    station.run("ledger", "add", "KH", "2007", "1")
    pin = station.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        children = []
        for pages in (1, 2):
            browser.send("/ledger/19429/KH.2007.01/scan/start", scanner="slow")
            eventually(lambda: "tramquet_scanning 0" in browser.open("/metrics").text)
            assert len(station.json("pages", "KH.2007.01")) == pages
            children.append(sorted(killing.children_of(daemon.process.pid)))
        assert children[0] == children[1]
        assert len(children[0]) == 2
        daemon.process.send_signal(number)
        killing.wait_until_gone(daemon.process.pid)
        daemon.process.wait()
    station.run("verify")


def test_metrics_count_ledgers_and_tell_nothing_else(station: Command, tmp_path: Path) -> None:
    station.run("ledger", "add", "KH", "2007", "1")
    with running(station, tmp_path) as daemon:
        status, body = daemon.get("/metrics")
    assert status == 200
    lines = dict(line.rsplit(" ", 1) for line in body.decode().splitlines())
    assert lines['tramquet_ledgers{state="registered"}'] == "1"
    assert lines["tramquet_scanning"] == "0"
    assert int(lines["tramquet_free_bytes"]) > 0


def test_catalogue_locked_by_another_program_is_told_and_passes(station: Command, tmp_path: Path) -> None:
    with running(station, tmp_path) as daemon:
        with sqlite3.connect(station.catalogue, isolation_level=None) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            status, told = daemon.health()
            assert (status, told["reason"]) == (503, "catalogue: catalogue-locked")
            stranger.execute("ROLLBACK")
        stranger.close()
        assert daemon.health()[0] == 200


def test_damaged_catalogue_is_told(station: Command, tmp_path: Path) -> None:
    with running(station, tmp_path) as daemon:
        assert daemon.health()[0] == 200
        with sqlite3.connect(station.catalogue) as stranger:
            stranger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        stranger.close()
        with station.catalogue.open("r+b") as file:
            file.write(os.urandom(station.catalogue.stat().st_size))
        eventually(lambda: daemon.health()[0] == 503)
        assert daemon.health()[1]["reason"].endswith("catalogue-damaged")
        assert daemon.process.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_full_disk_is_told_and_passes(station: Command, tmp_path: Path) -> None:
    station.data.mkdir()
    mount = f'mount -t tmpfs -o size=40m none {station.data} && exec "$@"'
    with running(station, tmp_path, through=("unshare", "-m", "sh", "-c", mount, "sh")) as daemon:
        assert daemon.health()[0] == 200
        inside = Path(f"/proc/{daemon.process.pid}/root{station.data}/ballast")
        inside.write_bytes(bytes(30 * 1024**2))
        assert daemon.health() == (503, {**daemon.health()[1], "status": "ill", "reason": "disk: full"})
        inside.unlink()
        assert daemon.health()[0] == 200


class Troubled(Daemon):
    """A daemon whose deriving does what a test says, turn by turn; its other loop has nothing to do."""

    turns: list[str]
    done = 0

    def _derive(self) -> float:
        self.done += 1
        what = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        if what == "trouble":
            raise StorageFailed("catalogue-full", path="catalogue")
        if what == "mistake":
            raise ZeroDivisionError
        self.change_feed.tell()  # so that the next turn comes at once
        return 60.0

    def _deliver(self, destination: str) -> float:
        return 60.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Waits and looks of a daemon in this process are short; its signal handlers are put back."""
    monkeypatch.setattr(supervision, "PATIENCE", 0.05)
    monkeypatch.setattr(supervision, "LOOK_EVERY", 0.02)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass
class Nobody:
    """A server of the page that nobody asks."""

    closed: threading.Event

    def run(self) -> None:
        self.closed.wait()

    def close(self) -> None:
        self.closed.set()


def live(desk: OpenedStation, turns: list[str], until: Callable[[Troubled], bool]) -> tuple[bool, Troubled]:
    """Run a troubled daemon here until it ends by itself or a condition holds; gives what ``run`` gave."""
    daemon = Troubled(desk.station)
    daemon.turns = turns
    closed, over = threading.Event(), threading.Event()

    def stop_in_time() -> None:
        eventually(lambda: over.is_set() or until(daemon))
        if not over.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=stop_in_time)
    watcher.start()
    well = daemon.run(Nobody(closed))
    over.set()
    watcher.join()
    return well, daemon


def test_trouble_waits_and_is_told_until_it_has_passed(desk: OpenedStation, impatient: None) -> None:
    seen: list[str | None] = []

    def until(daemon: Troubled) -> bool:
        seen.append(daemon.fault())
        return daemon.done > 4

    well, daemon = live(desk, ["trouble"] * 3 + ["fine"], until)
    assert well
    assert "derive: catalogue-full" in seen
    assert daemon.fault() is None


def test_mistake_of_ours_begins_the_loop_anew(
    desk: OpenedStation, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    well, daemon = live(desk, ["mistake"] * 3 + ["fine"], lambda daemon: daemon.done > 4)
    assert well
    assert "ZeroDivisionError" in caplog.text
    assert daemon.fault() is None


def test_mistakes_without_end_end_the_daemon(
    desk: OpenedStation, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    well, daemon = live(desk, ["mistake"], lambda daemon: False)
    assert not well
    assert daemon.done == supervision.MOST_MISTAKES
    assert "the thread derive ended" in caplog.text


def test_trouble_without_end_does_not_end_it(desk: OpenedStation, impatient: None) -> None:
    well, _ = live(desk, ["trouble"], lambda daemon: daemon.done > supervision.MOST_MISTAKES + 2)
    assert well


def test_loop_without_a_sign_of_life_ends_the_daemon(
    desk: OpenedStation, impatient: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "LONGEST_TURN", 0.2)
    stuck = threading.Event()
    monkeypatch.setattr(Troubled, "_derive", lambda self: (stuck.wait() and 0.0) or 0.0)
    # It lets go only when the daemon has said so, so that stopping need not wait for it.
    monkeypatch.setattr(Troubled, "_deliver", lambda self, destination: (self.fault(), 0.01)[1])
    released = threading.Thread(target=lambda: (eventually(lambda: "no sign of life" in caplog.text), stuck.set()))
    released.start()
    well, _ = live(desk, ["fine"], lambda daemon: False)
    released.join()
    assert not well
    assert "no sign of life" in caplog.text
