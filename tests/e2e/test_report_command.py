"""``tramquet report`` and ``minutes``: the day of a ledger that was scanned, in each form, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.station.daemons import running
from tests.stations import Command
from tests.waiting import eventually

LEDGER = "KH.2007.01"
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.fixture
def scanned(scanned_scraps: Command, tmp_path: Path) -> Command:
    """A ledger of four pages, two of them an entry, scanned and named today."""
    command = scanned_scraps.copy(tmp_path / "station")
    command.run("entry", "set", LEDGER, "001-002", "--number", "1", "--date", "2007-01-15")
    return command


def test_day_is_told_in_every_form(scanned: Command) -> None:
    day = json.loads(scanned.run("report", "--format", "json").stdout)
    assert [(one["place"], one["pages"]["scanned"], one["entries"]["named"]) for one in day] == [("19429", 4, 1)]
    assert day == scanned.json("report") == scanned.json("report", "--day", day[0]["day"])
    rows = list(csv.reader(io.StringIO(scanned.run("report", "--format", "csv").stdout.removeprefix("\ufeff"))))
    assert len(rows) >= 3
    html = scanned.run("report", "--format", "html").stdout
    assert html.startswith("<!doctype html>")
    workbook = subprocess.run(
        scanned.line("report", "--format", "xlsx"), capture_output=True, check=True, env=scanned.env()
    ).stdout
    sheet = load_workbook(io.BytesIO(workbook)).worksheets[0]
    assert [[str(cell.value or "") for cell in row][:5] for row in sheet] == [row[:5] for row in rows]
    assert "KH" in scanned.run("report").stdout


def test_several_days_and_days_without_work_are_told(scanned: Command) -> None:
    assert scanned.json("report", "--from", "2025-03-01", "--to", "2025-03-20") == []
    (quiet,) = scanned.json("report", "--day", "2/3/2025")
    assert quiet["day"] == "2025-03-02"
    assert quiet["pages"]["scanned"] == 0
    assert quiet["persons"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--day", "30/2/2025"), "is no day"),
        (("--from", "2025-03-02", "--to", "2025-03-01"), "earlier day first"),
        (("--day", "2025-03-02", "--to", "2025-03-03"), "either one day"),
    ],
)
def test_days_that_are_none_are_refused(scanned: Command, words: tuple[str, ...], said: str) -> None:
    assert said in scanned.refused("report", *words)


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
@pytest.mark.parametrize("day", ["1970-01-02", "2061-05-05"])
def test_day_of_a_wrong_clock_is_told_in_words_and_loses_nothing(scanned: Command, day: str) -> None:
    scanned.environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"@{day} 08:00:00"}
    scanned.scan("scan", LEDGER, "--pages", 1)
    told = scanned.run("report", "--json")
    assert day[:4] in told.stderr
    assert [(one["day"], one["pages"]["scanned"]) for one in json.loads(told.stdout)] == [(day, 1)]
    scanned.environment = {}
    scanned.scan("scan", LEDGER, "--pages", 1)
    today = scanned.run("report", "--json")
    assert "/".join(reversed(day.split("-"))) in today.stderr
    assert json.loads(today.stdout)[0]["pages"]["scanned"] == 5
    assert scanned.json("report", "--day", day)[0]["pages"]["scanned"] == 1


def test_minutes_are_made_of_a_closed_ledger_alone(scanned: Command) -> None:
    assert "is open; minutes are made of closed ledgers" in scanned.refused("minutes", LEDGER)
    scanned.run("ledger", "close", LEDGER, "--reason", "thử")
    paper = scanned.run("minutes", LEDGER).stdout
    assert paper.startswith("<!doctype html>")
    assert "thử" in paper


def test_report_is_sent_when_a_person_asks_and_with_the_queue(scanned: Command) -> None:
    assert "no hour" in scanned.refused("report", "--send")
    scanned.settings.write_text(scanned.settings.read_text("utf-8") + "\n[report]\nhour = 18\n", "utf-8")
    scanned.stick.rename(scanned.folder / "away")
    assert "stick" in scanned.refused("report", "--send")
    (scanned.folder / "away").rename(scanned.stick)
    told = scanned.run("queue", "run").stdout
    assert told.startswith("receipted  stick  ")
    assert told.rstrip().endswith(" r1")
    assert scanned.run("report", "--send").stdout == told
    (file,) = (scanned.stick / "qt-thu-01" / "reports").rglob("*.json")
    assert json.loads(file.read_text("utf-8"))["places"][0]["pages"]["scanned"] == 4


def test_daemon_sends_the_days_report_by_itself(scanned: Command) -> None:
    scanned.settings.write_text(scanned.settings.read_text("utf-8") + "\n[report]\nhour = 0\n", "utf-8")
    with running(scanned, scanned.folder):
        eventually(lambda: any(scanned.stick.rglob("bao-cao_*_r1.json")))
    (file,) = scanned.stick.rglob("bao-cao_*")
    assert json.loads(file.read_text("utf-8"))["places"][0]["pages"]["scanned"] == 4
