"""A disk that is full before a page, or fails in its middle: one sentence, nothing lost, nothing doubled."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import Encoding
from station.scanning.scan_session import ROOM_PER_PIXEL, USUAL_PIXELS
from station.storage import disk_space
from tests.e2e.killing import Points
from tests.e2e.mounting import Mounts, new_mounts
from tests.e2e.strace_reading import needs_strace, read, through_strace
from tests.stations import Command, pixels

LEDGER = "KH.2007.01"
SCAN = ("scan", LEDGER, "--profile", "lossless")
PAGES = "ledgers/19429/KH/2007/KH.2007.01/pages"
MIB = 1024**2
#: Asked for before a lossless page of unknown size: an A4 page in colour, raw and as a master, and the reserve.
NEEDED = int(USUAL_PIXELS * ROOM_PER_PIXEL[Encoding.TIFF]) + disk_space.RESERVE

#: What strace makes fail, from which call on, on which path of the data folder (None: any), and words of the sentence.
FAILURES = {
    "data cannot be synced": ("fsync:error=EIO:when=1", None, "did not take .*Input/output error"),
    "no room for the name": ("renameat2:error=ENOSPC:when=1", None, "disk is full"),
    "disk turns read-only at the name": ("renameat2:error=EROFS:when=1", None, "disk is read-only"),
    "folder cannot be synced": ("fsync:error=EIO:when=1", PAGES, "did not take .*Input/output error"),
    # The first three syncs are those of the log's head, of the session's start and of the reservation.
    "commit cannot be synced": ("fdatasync:error=EIO:when=4+", "catalogue.sqlite3-wal", "did not take the change"),
}


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    mounts = new_mounts()
    yield mounts
    mounts.close()


@pytest.fixture
def points(tmp_path: Path) -> Iterator[Points]:
    points = Points(tmp_path / "points")
    yield points
    points.close()


@pytest.fixture
def command(write_settings, drawn: Path) -> Command:
    return write_settings(drawn)


def told_safe(status: int | None, printed: str, told: str) -> int:
    """The number of safe pages in the one sentence of a scan that failed, which must be that of the pages printed."""
    assert status == 1
    (sentence,) = told.splitlines()
    safe = re.search(r"(\d+) pages? of this session (?:is|are) safe", sentence)
    assert safe, sentence
    assert int(safe[1]) == len(printed.splitlines())
    assert ".." not in sentence
    return int(safe[1])


def finish_and_prove(command: Command, sources: Path, printed: str, mounts: Mounts | None = None) -> None:
    """The next scan takes the rest; what was printed before is there, and every page once, in order."""
    through, data = (mounts.through, mounts.seen(command.data)) if mounts else ((), command.data)
    command.run(*SCAN, through=through)
    command.run("verify", through=through)
    files = sorted((data / PAGES).iterdir())
    assert [pixels(file) for file in files] == [pixels(source) for source in sorted(sources.iterdir())]
    before = [line.split()[0] for line in printed.splitlines()]
    assert [file.stem for file in files[: len(before)]] == before


def test_a_disk_too_full_for_the_next_page_stops_before_it(command: Command, drawn: Path, mounts: Mounts) -> None:
    mounts.tmpfs(command.data, NEEDED + 2 * MIB)
    command.run("ledger", "add", "KH", 2007, 1, through=mounts.through)
    done = command.run(*SCAN, through=mounts.through, exit_status=1)
    assert 0 < told_safe(done.returncode, done.stdout, done.stderr) < 12
    assert "make room on the disk" in done.stderr
    again = command.refused(*SCAN, through=mounts.through)
    assert "0 pages of this session are safe" in again
    mounts.resize(command.data, NEEDED + 32 * MIB)
    finish_and_prove(command, drawn, done.stdout, mounts)


@pytest.mark.parametrize("point", ["reading", "before-name", "named"])
def test_a_disk_that_fills_up_in_the_middle_of_a_page_costs_that_page_at_most(
    command: Command, drawn: Path, mounts: Mounts, points: Points, point: str
) -> None:
    mounts.tmpfs(command.data, NEEDED + 8 * MIB)
    command.run("ledger", "add", "KH", 2007, 1, through=mounts.through)
    with subprocess.Popen(
        [*mounts.through, *command.line(*SCAN)],
        env={**command.env(), "TRAMQUET_POINTS": str(points.pipe)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as scan:
        passed: list[str] = []
        while passed.count(point) < 2 and scan.poll() is None:
            passed += [reached.point for reached in points.read(0.1)]
        scan.send_signal(signal.SIGSTOP)
        filler = mounts.fill(command.data)
        scan.send_signal(signal.SIGCONT)
        printed, told = scan.communicate()
    told_safe(scan.returncode, printed, told)
    filler.unlink()
    mounts.resize(command.data, NEEDED + 32 * MIB)
    finish_and_prove(command, drawn, printed, mounts)


def test_a_spool_without_room_for_the_image_is_told_by_the_scanners_child(
    command: Command, drawn: Path, mounts: Mounts
) -> None:
    command.run("ledger", "add", "KH", 2007, 1)
    mounts.tmpfs(command.data / "spool" / "sessions", 16 * 1024)
    done = command.run(*SCAN, through=mounts.through, exit_status=1)
    assert told_safe(done.returncode, done.stdout, done.stderr) == 0
    assert "disk became full in the middle of a page" in done.stderr
    finish_and_prove(command, drawn, done.stdout)


@needs_strace
@pytest.mark.parametrize("failure", FAILURES)
def test_a_disk_that_fails_at_one_step_costs_that_page_at_most(
    command: Command, drawn: Path, tmp_path: Path, failure: str
) -> None:
    injected, path, words = FAILURES[failure]
    command.run("ledger", "add", "KH", 2007, 1)
    first = command.run(*SCAN, "--pages", 1).stdout
    only = ["-P", str(command.data / path)] if path else []
    through = through_strace(tmp_path / "trace", "-e", f"inject={injected}", *only)
    done = command.run(*SCAN, through=through, exit_status=1)
    assert any("INJECTED" in call.result for call in read(tmp_path / "trace"))
    assert told_safe(done.returncode, done.stdout, done.stderr) == 0
    assert re.search(words, done.stderr)
    finish_and_prove(command, drawn, first)
