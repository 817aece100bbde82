"""``tramquet entry``: numbers and dates of a ledger's entries, corrected in one act, nothing lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from station import context, settings
from station.context import Station
from station.domain.naming.partial_dates import PartialDate
from station.ledger import entries
from tests.stations import Command, hashes

LEDGER = "KH.2007.01"
FIRST_DAY = date(2007, 1, 1)


@pytest.fixture(scope="module")
def made_entries(tmp_path_factory: pytest.TempPathFactory, scanned_scraps: Command) -> Command:
    ledger = scanned_scraps.copy(tmp_path_factory.mktemp("entries") / "station")
    for page, number, day in (("001", 1, "2007-01-15"), ("002", 2, "2007-02"), ("003", 1, "2008")):
        ledger.run("entry", "set", LEDGER, page, "--number", number, "--date", day)
    return ledger


@pytest.fixture
def ledger(scanned_scraps: Command, tmp_path: Path) -> Command:
    """A station whose ledger of 2007 and 2008 has the pages 001-004 and no entry."""
    return scanned_scraps.copy(tmp_path / "station")


@pytest.fixture
def three_entries(made_entries: Command, tmp_path: Path) -> Command:
    """Entries 001 and 002 of 2007 on the pages 001 and 002, and 001 of 2008 on the page 003."""
    return made_entries.copy(tmp_path / "station")


def listed(command: Command) -> list[tuple[str, str, list[str]]]:
    return [(entry["number"], entry["date"], entry["pages"]) for entry in command.json("entry", "list", LEDGER)]


def log(command: Command, what: str) -> list[dict[str, Any]]:
    """The facts of all acts of a kind in the station's log."""
    with closing(sqlite3.connect(command.catalogue)) as catalogue:
        return [json.loads(facts) for (facts,) in catalogue.execute("SELECT facts FROM event WHERE what = ?", [what])]


def pdfs(command: Command) -> set[str]:
    return {file.name for file in (command.data / "ledgers/19429/KH/2007/KH.2007.01/entries").iterdir()}


def test_known_number_gets_the_new_pages_and_the_old_ones_are_unsorted_again(three_entries: Command) -> None:
    three_entries.run("entry", "set", LEDGER, "004,002", "--number", "002", "--date", "2007-02-03")
    assert listed(three_entries)[1] == ("002", "2007-02-03", ["004", "002"])
    three_entries.run("entry", "set", LEDGER, "004", "--number", "2", "--date", "2007-02-03")
    assert listed(three_entries)[1] == ("002", "2007-02-03", ["004"])
    assert [page["state"] for page in three_entries.json("pages", LEDGER)] == ["entry", "unsorted", "entry", "entry"]


def test_several_entries_may_share_a_page(ledger: Command) -> None:
    for number in (1, 2):
        ledger.run("entry", "set", LEDGER, "001", "--number", number, "--date", "2007")
    assert listed(ledger) == [("001", "2007", ["001"]), ("002", "2007", ["001"])]
    ledger.run("entry", "remove", LEDGER, "1")
    assert ledger.json("pages", LEDGER)[0]["state"] == "entry"
    ledger.run("entry", "remove", LEDGER, "2")
    assert ledger.json("pages", LEDGER)[0]["state"] == "unsorted"


def test_rows_of_an_entry_are_proposed_said_and_taken_back(ledger: Command) -> None:
    for number in ("1", "2"):
        ledger.run("entry", "set", LEDGER, "001", "--number", number, "--date", "2007-01-15")
    page = ("entry", "regions", LEDGER, "001")
    assert [row["confirmed"] for row in ledger.json(*page)] == [False, False]
    whole = hashes(ledger.data / "ledgers/19429/KH/2007/KH.2007.01/entries")
    said = ledger.json(*page, "--set", "1=10-45", "--set", "002=45-90,5", "--head", "8", "--slant", "0.5")
    assert [(row["number"], row["head"], row["top"], row["bottom"], row["slant"]) for row in said] == [
        ("001", 8.0, 10.0, 45.0, 0.5),
        ("002", 8.0, 45.0, 90.5, 0.5),
    ]
    cut = hashes(ledger.data / "ledgers/19429/KH/2007/KH.2007.01/entries")
    assert cut.keys() == whole.keys()
    assert not set(cut.values()) & set(whole.values())
    assert log(ledger, "entry-regions-set")[0]["regions"]["2007/002"]["bottom"] == 0.905
    assert [row["confirmed"] for row in ledger.json(*page, "--whole", "1", "--whole", "2")] == [False, False]
    assert hashes(ledger.data / "ledgers/19429/KH/2007/KH.2007.01/entries") == whole
    for wrong, named in (("1=45-10", "entry 001"), ("3=10-20", "not on page 001")):
        assert named in ledger.refused(*page, "--set", wrong)
    for wrong in ("1=x", "1"):
        ledger.run(*page, "--set", wrong, exit_status=2)


def test_number_and_date_that_go_back_are_stored_and_told(three_entries: Command) -> None:
    done = three_entries.run("entry", "set", LEDGER, "004", "--number", 2, "--date", "2008-01-01")
    assert done.stderr == ""
    done = three_entries.run("entry", "set", LEDGER, "002", "--number", 3, "--date", "2007-01-14")
    assert "lies before 02/2007" in done.stderr
    assert ("003", "2007-01-14", ["002"]) in listed(three_entries)


def test_swap_exchanges_two_numbers_in_one_act(three_entries: Command) -> None:
    three_entries.run("entry", "swap", LEDGER, "1", "2", "--year", 2007, "--why", "đọc nhầm số", "--operator", "Hoa")
    assert listed(three_entries) == [
        ("001", "2007-02", ["002"]),
        ("002", "2007-01-15", ["001"]),
        ("001", "2008", ["003"]),
    ]
    assert pdfs(three_entries) == {
        *("KH.2007.01.2007-02-00.001.pdf", "KH.2007.01.2007-01-15.002.pdf", "KH.2007.01.2008-00-00.001.pdf")
    }
    assert [act["why"] for act in log(three_entries, "entries-swapped")] == ["đọc nhầm số"]
    assert three_entries.run("verify").stderr == ""


def test_number_of_two_years_is_asked_for_its_year(three_entries: Command) -> None:
    before = three_entries.stored()
    sentence = three_entries.refused("entry", "remove", LEDGER, "1")
    assert "2007, 2008" in sentence
    assert "--year" in sentence
    assert three_entries.stored() == before
    three_entries.run("entry", "remove", LEDGER, "1", "--year", 2008, "--why", "hủy")
    assert listed(three_entries) == [("001", "2007-01-15", ["001"]), ("002", "2007-02", ["002"])]
    assert [act["why"] for act in log(three_entries, "entry-removed")] == ["hủy"]


def test_removed_number_is_free_again(three_entries: Command) -> None:
    three_entries.run("entry", "remove", LEDGER, "2")
    three_entries.run("entry", "set", LEDGER, "004", "--number", 2, "--date", "2007-03-01")
    assert listed(three_entries)[1] == ("002", "2007-03-01", ["004"])


def test_correction_moves_an_entry_to_another_year(three_entries: Command) -> None:
    three_entries.run("entry", "change", LEDGER, "2", "--date", "2008-02-09")
    assert listed(three_entries) == [
        ("001", "2007-01-15", ["001"]),
        ("001", "2008", ["003"]),
        ("002", "2008-02-09", ["002"]),
    ]


def test_number_that_stands_twice_takes_a_letter_with_a_reason(three_entries: Command) -> None:
    entry = ("entry", "set", LEDGER, "004", "--number", "001a", "--date", "2007-01-20")
    before = three_entries.stored()
    assert "--suffix-reason" in three_entries.refused(*entry)
    assert three_entries.stored() == before
    three_entries.run(*entry, "--suffix-reason", "số 001 ghi hai lần")
    assert [number for number, _, _ in listed(three_entries)] == ["001", "001a", "002", "001"]
    assert "KH.2007.01.2007-01-20.001a.pdf" in pdfs(three_entries)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("set", LEDGER, "004", "--number", "3", "--date", "2009-01-01"), "from 2007 to 2008"),
        (("set", LEDGER, "004", "--number", "3", "--date", "2006"), "from 2007 to 2008"),
        (("set", LEDGER, "004", "--number", "3", "--date", "2007-02-30"), "2007-02-30"),
        (("set", LEDGER, "004", "--number", "3", "--date", "15.01.2007"), "15.01.2007"),
        (("set", LEDGER, "003-009", "--number", "3", "--date", "2007"), "009"),
        (("set", LEDGER, "004-002", "--number", "3", "--date", "2007"), "backwards"),
        (("set", LEDGER, "002,002", "--number", "3", "--date", "2007"), "twice"),
        (("set", LEDGER, "004", "--number", "0", "--date", "2007"), '"000"'),
        (("set", LEDGER, "004", "--number", "../1", "--date", "2007"), '"../1"'),
        (("change", LEDGER, "2", "--number", "1"), "an entry 001 of 2007 already"),
        (("change", LEDGER, "2", "--number", "1", "--date", "2008"), "an entry 001 of 2008 already"),
        (("change", LEDGER, "9", "--number", "1"), "no entry 009"),
        (("swap", LEDGER, "1", "9", "--year", "2007"), "no entry 009"),
        (("shift", LEDGER, "1", "1", "--by", "1", "--year", "2007"), "an entry 002 of 2007 already"),
        (("shift", LEDGER, "1", "2", "--by", "-1", "--year", "2007"), "below 001"),
        (("shift", LEDGER, "5", "9", "--by", "1"), "from 005 to 009"),
        (("remove", LEDGER, "9"), "no entry 009"),
    ],
)
def test_entry_command_that_makes_no_sense_changes_nothing(
    three_entries: Command, words: tuple[str, ...], named: str
) -> None:
    before = three_entries.stored()
    assert named in three_entries.refused("entry", *words)
    assert three_entries.stored() == before


def test_page_marked_as_something_else_takes_no_entry(ledger: Command) -> None:
    ledger.run("page", LEDGER, "001", "--state", "cover")
    before = ledger.stored()
    assert "cover" in ledger.refused("entry", "set", LEDGER, "001-002", "--number", 1, "--date", "2007")
    assert ledger.stored() == before


@contextmanager
def inside(command: Command) -> Iterator[Station]:
    """The station opened in this process: fifty commands would take a minute."""
    umask = os.umask(0o077)
    try:
        with context.open_station(settings.load(command.settings)) as station:
            yield station
    finally:
        os.umask(umask)


@pytest.fixture
def fifty(ledger: Command) -> Command:
    """Entries 001-050 of 2007, one a day, on the four pages in turn."""
    with inside(ledger) as station:
        for n in range(50):
            day = PartialDate.parse((FIRST_DAY + timedelta(days=n)).isoformat())
            entries.set_entry(station, entries.Act(LEDGER, "Lan"), f"{n % 4 + 1:03}", str(n + 1), day)
    return ledger


def expected(numbers: range) -> list[tuple[str, str, list[str]]]:
    return [
        (f"{number:03}", (FIRST_DAY + timedelta(days=n)).isoformat(), [f"{n % 4 + 1:03}"])
        for n, number in enumerate(numbers)
    ]


def test_fifty_numbers_shift_by_one_in_one_act(fifty: Command) -> None:
    assert fifty.run("entry", "shift", LEDGER, "1", "50", "--by", 1, "--why", "sót số 1").stdout.strip() == "50"
    assert listed(fifty) == expected(range(2, 52))
    (act,) = log(fifty, "entries-shifted")
    assert len(act["entries"]) == 50
    assert act["why"] == "sót số 1"
    assert len(pdfs(fifty)) == 50
    up = hashes(fifty.data / "ledgers")
    fifty.run("entry", "shift", LEDGER, "2", "51", "--by", -1)
    fifty.run("entry", "shift", LEDGER, "1", "50", "--by", 1)
    assert hashes(fifty.data / "ledgers") == up
    assert fifty.run("verify").stderr == ""


def test_shift_that_would_clash_in_the_middle_changes_nothing(fifty: Command) -> None:
    before = fifty.stored()
    assert "026" in fifty.refused("entry", "shift", LEDGER, "1", "25", "--by", 1)
    assert fifty.stored() == before
