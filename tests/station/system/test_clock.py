"""A clock that cannot be believed is told to everybody, and stops nothing."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from station.health import alerts
from station.system import clock
from tests.station.daemons import running
from tests.station.opened_station import OpenedStation
from tests.stations import Command, new_station
from tests.waiting import eventually

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
needs_faketime = pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")


def wrong(date: str) -> dict[str, str]:
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": date}


def test_clock_that_runs_well_is_not_spoken_of(desk: OpenedStation) -> None:
    desk.ledger()
    assert clock.trouble(desk.station) is None


@needs_faketime
def test_pages_scanned_in_1970_are_in_order_and_the_page_says_so(tmp_path: Path, drawn: Path) -> None:
    command = new_station(tmp_path, drawn)
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("scan", "KH.2007.01", "--pages", "1")
    command.environment = wrong("@1970-01-05 08:30:00")
    with running(command, tmp_path) as daemon:
        status, told = daemon.health()
        page = daemon.get("/login")[1].decode()
    assert status == 200
    assert "clock-year" in told["warnings"]
    assert "1970" in page
    command.scan("scan", "KH.2007.01", "--pages", "1")
    command.environment = {}
    command.scan("scan", "KH.2007.01", "--pages", "1")
    assert [row["seq"] for row in command.json("pages", "KH.2007.01")] == ["001", "002", "003"]
    years = [row["captured_at"][:4] for row in command.json("pages", "KH.2007.01")]
    assert years[1] == "1970"
    assert "1970" not in (years[0], years[2])
    command.run("verify")


@needs_faketime
@pytest.mark.parametrize("date", ["1970-01-05 08:30:00", "2120-01-01 08:30:00"])
def test_package_backup_and_support_file_are_made_whatever_the_clock_says(
    tmp_path: Path, drawn: Path, date: str
) -> None:
    """A ZIP tells times from 1980 to 2107 only."""
    command = new_station(tmp_path, drawn, more=f'[backup]\nfolder = "{tmp_path}/nights"\nmasters = true\n')
    (tmp_path / "nights").mkdir()
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("scan", "KH.2007.01", "--pages", "3")
    command.run("entry", "set", "KH.2007.01", "002", "--number", "1", "--date", "2007-01-15")
    command.environment = wrong(f"@{date}")
    packages = command.run("package", "KH.2007.01").stdout.split()
    packages += command.run("package", "KH.2007.01", "--masters").stdout.split()
    command.run("queue", "run", "--until-empty")
    command.run("backup", tmp_path / "by-hand.zip", "--with-masters")
    command.run("support", tmp_path / "support.zip")
    command.run("nightly")
    (night,) = (tmp_path / "nights").iterdir()
    made = [tmp_path / "by-hand.zip", tmp_path / "support.zip", night, *map(Path, packages)]
    for file in made:
        if file.suffix in (".zip", ".xlsx"):
            with zipfile.ZipFile(file) as archive:
                assert archive.testzip() is None
    command.environment = {}
    (tmp_path / "again").mkdir()
    again = new_station(tmp_path / "again", None)
    again.run("restore", night)
    assert [row["seq"] for row in again.json("pages", "KH.2007.01")] == ["001", "002", "003"]


@needs_faketime
def test_jump_of_the_clock_while_the_station_runs_is_logged_and_noted(tmp_path: Path) -> None:
    command = new_station(tmp_path, None)
    now = tmp_path / "now"
    now.write_text("+0\n")
    following = {"FAKETIME_TIMESTAMP_FILE": str(now), "FAKETIME_NO_CACHE": "1"}
    environment: dict[str, Any] = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_DONT_FAKE_MONOTONIC": "1", **following}
    with running(command, tmp_path, **environment):
        now.write_text("-3600\n")
        eventually(lambda: jumps(command) == [-360])
        assert "the clock was set by -3600 s" in (tmp_path / "daemon.log").read_text()


def jumps(command: Command) -> list[int]:
    """The jumps in the log of acts (10 s)."""
    with closing(sqlite3.connect(command.catalogue)) as catalogue:
        rows = catalogue.execute("SELECT facts FROM event WHERE what = 'clock-jumped'").fetchall()
    return [json.loads(facts)["seconds"] // 10 for (facts,) in rows]


def test_log_that_is_ahead_of_the_clock_is_told_until_the_clock_or_the_work_catches_up(desk: OpenedStation) -> None:
    desk.by_hand(
        "INSERT INTO event (at, who, what, facts, previous, hash) "
        "VALUES ('2199-01-01T00:00:00.000000+00:00', 'a', 'b', '{}', 'c', 'd')"
    )
    assert [said.code for said in alerts.current_alerts(desk.station)][-1] == "clock-behind"
    today = datetime.now(UTC).isoformat(timespec="microseconds")
    for number in range(clock._LINES):
        desk.by_hand(
            "INSERT INTO event (at, who, what, facts, previous, hash) VALUES (?, 'a', 'b', '{}', 'c', ?)",
            today,
            f"hash {number}",
        )
    assert clock.trouble(desk.station) is None
