"""Faults that are declared where they strike: whatever it is, accepted pages stay, and nothing is there twice."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from drivers import Encoding, Mode, Storing
from drivers.drawn import draw_ledger
from drivers.images import masters, raw_sheet
from tests.e2e.killing import SCANNER, WORKER, Points, children_of, wait_until_gone
from tests.e2e.slow_scanner import SCAN_SLOWLY, SLOW
from tests.e2e.test_full_disk import told_safe
from tests.fork_server import run
from tests.station.daemons import Browser, Running, running
from tests.stations import UNASKED, Command, new_station, pixels
from tests.waiting import PATIENCE, eventually

LEDGER = "KH.2007.01"
VIEW = f"/ledger/19429/{LEDGER}/scan"
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
needs_faketime = pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")

PLAIN = f"""
[[profile]]
id = "plain"
encoding = "tif"
{UNASKED}
"""


@pytest.fixture
def command(write_settings: Callable[..., Command], drawn: Path) -> Command:
    """A station whose scanner feeds twelve drawn pages, and one whose feeder is slow."""
    command = write_settings(drawn, scanner='profile = "plain"', more=PLAIN + SLOW + UNASKED)
    command.run("ledger", "add", "KH", 2007, 1)
    return command


@pytest.fixture
def points(tmp_path: Path) -> Iterator[Points]:
    points = Points(tmp_path / "points")
    yield points
    points.close()


def scan_with(command: Command, faults: str, *words: object) -> tuple[int, str, str]:
    """A scan at which faults are declared: its exit status, what it printed, what it said."""
    command.environment["TRAMQUET_FAULTS"] = faults
    done = run(command.line("scan", LEDGER, *words), env=command.env())
    del command.environment["TRAMQUET_FAULTS"]
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def prove_all_once_in_order(command: Command, sources: Path) -> list[Any]:
    """The rest is scanned; then every sheet of the feeder is there once, in its order; gives the pages."""
    command.run("scan", LEDGER)
    command.run("verify")
    pages = command.json("pages", LEDGER)
    assert [pixels(command.data / page["file"]) for page in pages] == [
        pixels(file) for file in sorted(sources.iterdir())
    ]
    assert [page["seq"] for page in pages] == [f"{number:03d}" for number in range(1, len(pages) + 1)]
    assert list((command.data / "spool" / "sessions").iterdir()) == []
    return pages


@pytest.mark.parametrize("point", ["before-sync", "before-name", "named", "before-commit"])
def test_killed_before_its_commit_a_page_is_recovered_once(command: Command, drawn: Path, point: str) -> None:
    status, printed, _said = scan_with(command, f"{point}#3:kill")
    assert (status, len(printed.splitlines())) == (-signal.SIGKILL, 2)
    pages = prove_all_once_in_order(command, drawn)
    assert pages[2]["findings"] == ["recovered"]
    assert all("recovered" not in page["findings"] for page in pages[:2])


def test_killed_after_its_commit_a_page_is_neither_lost_nor_recovered(command: Command, drawn: Path) -> None:
    status, printed, _said = scan_with(command, "committed#3:kill")
    assert (status, len(printed.splitlines())) == (-signal.SIGKILL, 2)
    assert prove_all_once_in_order(command, drawn)[2]["findings"] == []


def test_killed_again_while_it_mends_a_sheet_is_recovered_once(command: Command, drawn: Path) -> None:
    scan_with(command, "before-sync:kill")
    (master,) = command.data.glob("spool/sessions/*/0001.tif")
    # What is left by a kill after the master got its name in the spool, before its raw sheet went.
    origin = raw_sheet.origin_of(masters.read_provenance(master))
    with Image.open(master) as image:
        pixels, (width, height) = image.tobytes(), image.size
    sheet = raw_sheet.name_of(master.parent, 1)
    sheet.with_suffix(raw_sheet.PART).write_bytes(raw_sheet.header(Mode.COLOUR, width, height) + pixels)
    raw_sheet.finish(raw_sheet.Raw(1, width, height, Mode.COLOUR, origin, Storing(Encoding.TIFF)), sheet)
    command.environment["TRAMQUET_FAULTS"] = "named:kill"
    command.run("verify", "--repair", exit_status=-signal.SIGKILL)
    del command.environment["TRAMQUET_FAULTS"]
    assert command.refused("verify")
    prove_all_once_in_order(command, drawn)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("looking#2:disk-full", "disk is full"),
        ("before-sync#3:disk-full", "disk is full"),
        ("before-name#3:disk-error", "Input/output error"),
        ("named#3:disk-full", "disk is full"),
        ("before-commit#3:disk-error", "Input/output error"),
    ],
)
def test_disk_trouble_keeps_what_was_accepted_and_says_so(
    command: Command, drawn: Path, fault: str, words: str
) -> None:
    status, printed, said = scan_with(command, fault)
    assert told_safe(status, printed, said) == len(printed.splitlines()) <= 2
    assert words in said
    pages = prove_all_once_in_order(command, drawn)
    told = [line.split()[0] for line in printed.splitlines()]
    assert [page["name"] for page in pages[: len(told)]] == told


def test_fault_that_waits_in_a_file_strikes_once(command: Command, drawn: Path, tmp_path: Path) -> None:
    waiting = tmp_path / "fault"
    waiting.write_text("before-name:disk-full", encoding="ascii")
    command.environment["TRAMQUET_FAULTS"] = f"@{waiting}"
    assert "disk is full" in command.refused("scan", LEDGER)
    assert not waiting.exists()
    prove_all_once_in_order(command, drawn)


def test_child_killed_in_mid_batch_costs_the_sheet_in_the_glass_only(command: Command) -> None:
    with command.start("scan", LEDGER, *SCAN_SLOWLY, "--json") as scan:
        eventually(lambda: any(command.data.glob("spool/sessions/*/0005.part")))
        (child,) = children_of(scan.pid, SCANNER)
        os.kill(child, signal.SIGKILL)
        printed, said = scan.communicate(timeout=PATIENCE)
    assert told_safe(scan.returncode, printed, said) == 4
    assert "page 5 of this scan back" in said
    (asked,) = command.json("asks", LEDGER)
    assert "Sheet 5 of that batch was not recorded" in asked["sentence"]
    assert asked["id"].startswith("s")
    again = command.scan("scan", LEDGER, *SCAN_SLOWLY, "--pages", 2)
    assert [page["seq"] for page in again] == ["005", "006"]
    command.run("verify")


def test_worker_killed_over_a_sheet_costs_nothing(
    write_settings: Callable[..., Command], tmp_path: Path, points: Points
) -> None:
    sheets = tmp_path / "sheets"
    draw_ledger(sheets, 3, dpi=200)  # looking at one takes a worker long enough to be met at it
    command = write_settings(sheets, scanner='profile = "plain"', more=PLAIN)
    command.run("ledger", "add", "KH", 2007, 1, "--paper", "A4")
    command.environment["TRAMQUET_POINTS"] = str(points.pipe)
    workers: list[int] = []
    with command.start("scan", LEDGER) as scan:
        while scan.poll() is None:
            for reached in points.read(0.1):
                if (reached.point, reached.subject) == ("looking", "0002.pnm"):
                    workers.append(reached.process)
                    if len(workers) == 1:
                        os.kill(reached.process, signal.SIGKILL)
        printed, said = scan.communicate()
    assert (scan.returncode, said, len(printed.splitlines())) == (0, "", 3)
    assert len(set(workers)) == 2
    del command.environment["TRAMQUET_POINTS"]
    assert [pixels(command.data / page["file"]) for page in command.json("pages", LEDGER)] == [
        pixels(file) for file in sorted(sheets.iterdir())
    ]
    command.run("verify")


@needs_faketime
def test_clock_jumping_back_in_mid_scan_keeps_order_and_labels(command: Command, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0d\n", encoding="ascii")
    command.environment |= {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with command.start("scan", LEDGER, *SCAN_SLOWLY, "--pages", 4, "--json") as scan:
        assert scan.stdout
        told = [json.loads(scan.stdout.readline())]
        clock.write_text("-3650d\n", encoding="ascii")
        rest, _said = scan.communicate(timeout=PATIENCE)
    assert scan.returncode == 0
    told += map(json.loads, rest.splitlines())
    command.environment = {}
    told += command.scan("scan", LEDGER, *SCAN_SLOWLY, "--pages", 1)
    times = [page["captured_at"] for page in told]
    assert times[3] < times[0] < times[4]
    pages = command.json("pages", LEDGER)
    assert [page["sha256"] for page in pages] == [page["sha256"] for page in told]
    assert [page["seq"] for page in pages] == ["001", "002", "003", "004", "005"]
    command.run("verify")


#: A scanner as slow as ``slow``, that is given up after ten seconds without a sign of life.
SLOW_AND_WATCHED = SLOW.replace("\n[scanner.options]", "deadlines = { start = 10, read = 10 }\n\n[scanner.options]")


@pytest.fixture
def desk(tmp_path: Path, drawn: Path) -> Iterator[tuple[Running, Browser, Command]]:
    """A daemon, an officer who is logged in at its page, and the command beside it."""
    command = new_station(tmp_path, drawn, scanner='profile = "plain"', more=PLAIN + SLOW_AND_WATCHED + UNASKED)
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    command.run("ledger", "add", "KH", 2007, 1)
    with running(command, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        yield daemon, browser, command


def start(browser: Browser, **wanted: str) -> None:
    browser.send(f"{VIEW}/start", origin=VIEW, **wanted)


def scanning(browser: Browser) -> bool:
    return bool(browser.open("/news?since=0").json()["scanning"])


def test_reads_that_never_return_are_noticed_while_the_page_answers_and_one_keypress_goes_on(
    desk: tuple[Running, Browser, Command], tmp_path: Path
) -> None:
    daemon, browser, command = desk
    start(browser, scanner="slow", source="adf")
    eventually(lambda: any(command.data.glob("spool/sessions/*/0003.part")))
    (child,) = children_of(daemon.process.pid, SCANNER)
    os.killpg(child, signal.SIGSTOP)  # the backend's own reader too: nothing comes any more
    answered = 0
    while scanning(browser):
        assert browser.open(VIEW).status_code == 200
        assert daemon.get("/healthz")[0] == 200
        answered += 1
        threading.Event().wait(0.05)
    assert answered > 1
    before = command.json("pages", LEDGER)
    assert len(before) >= 2
    said = re.search(r'role="alert">([^<]*)<', browser.open(f"{VIEW}/board").text)
    assert said
    assert "Máy quét không phản hồi nữa; " in said[1]
    assert "no sign of life for 10 s" in (tmp_path / "daemon.log").read_text(), "for the technician"
    start(browser, scanner="slow", source="adf", limit="2")
    eventually(lambda: not scanning(browser))
    after = command.json("pages", LEDGER)
    assert [page["seq"] for page in after] == [f"{number:03d}" for number in range(1, len(before) + 3)]
    assert after[: len(before)] == before
    eventually(lambda: not Path(f"/proc/{child}").exists())


def test_daemon_killed_in_mid_batch_leaves_no_child_and_starts_again_with_every_page(
    desk: tuple[Running, Browser, Command], tmp_path: Path
) -> None:
    daemon, browser, command = desk
    start(browser, scanner="slow", source="adf")
    eventually(lambda: any(command.data.glob("spool/sessions/*/0004.part")))
    assert children_of(daemon.process.pid, SCANNER)
    assert children_of(daemon.process.pid, WORKER)
    daemon.process.kill()
    daemon.process.wait()
    wait_until_gone(daemon.process.pid)
    before = command.json("pages", LEDGER)
    assert len(before) >= 2
    (tmp_path / "notify").unlink()
    command.settings.write_text(command.settings.read_text(encoding="utf-8").partition("[web]")[0], encoding="utf-8")
    with running(command, tmp_path):
        after = command.json("pages", LEDGER)
    assert len(after) >= 3
    assert [page["seq"] for page in after] == [f"{number:03d}" for number in range(1, len(after) + 1)]
    assert after[: len(before)] == before
    assert list((command.data / "spool" / "sessions").iterdir()) == []
    command.run("verify")
