"""``tramquet asks`` and ``answer``, ``move``, ``set-aside`` and ``put-back``: what a person says stays said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.stations import Command

LEDGER = "KH.2007.01"


@pytest.fixture
def four_pages(scanned_scraps: Command, tmp_path: Path) -> Command:
    """A station whose ledger has the pages 001-004, about which nothing is asked."""
    command = scanned_scraps.copy(tmp_path / "station")
    sql(command, "UPDATE finding SET resolved_at = found_at, resolved_by = 'thử', resolution = 'kept'")
    return command


def sql(command: Command, statement: str) -> None:
    """What the station itself would have seen in better pictures than scraps."""
    with sqlite3.connect(command.catalogue) as catalogue:
        catalogue.execute(statement)
    catalogue.close()


def find(command: Command, seq: str, code: str, detail: str = "") -> str:
    """Let something be found in a page; gives the id of the question."""
    sql(
        command,
        "INSERT INTO finding (capture_id, code, detail, found_by, found_at) "
        f"SELECT id, '{code}', '{detail}', 'station', accepted_at FROM capture WHERE label = '{seq}'",
    )
    (row,) = [row for row in command.json("asks", LEDGER) if row["seq"] == seq and row["code"] == code]
    return str(row["id"])


def order(command: Command) -> list[str]:
    return [page["seq"] for page in command.json("pages", LEDGER)]


def test_question_is_listed_answered_and_gone(four_pages: Command) -> None:
    number = find(four_pages, "002", "blur")
    told = four_pages.run("asks").stdout
    assert told.startswith(f"{number}  19429:{LEDGER}  Page 002 looks blurred")
    assert four_pages.json("pages", LEDGER)[1]["findings"] == ["blur"]
    four_pages.run("answer", number, "keep", "--operator", "Lê Thị Sen")
    assert four_pages.json("asks") == []
    assert four_pages.json("pages", LEDGER)[1]["findings"] == []
    assert "Lê Thị Sen has answered" in four_pages.refused("answer", number, "keep")


def test_blank_page_is_said_to_be_blank(four_pages: Command) -> None:
    four_pages.run("answer", find(four_pages, "003", "blank"), "blank")
    assert four_pages.json("pages", LEDGER)[2]["state"] == "blank"


def test_recovered_page_is_offered_its_place_and_goes_there(four_pages: Command) -> None:
    four_pages.run("move", LEDGER, "002", "004")
    assert order(four_pages) == ["001", "003", "004", "002"]
    number = find(four_pages, "002", "recovered")
    (row,) = four_pages.json("asks", LEDGER)
    assert row["place_after"] == "001"
    assert four_pages.run("answer", number, "place").stdout == "001\n"
    assert order(four_pages) == ["001", "002", "003", "004"]
    assert four_pages.run("verify").stderr == ""


def test_page_scanned_twice_is_set_aside_and_comes_back(four_pages: Command) -> None:
    before = {page["file"] for page in four_pages.json("pages", LEDGER)}
    four_pages.run("answer", find(four_pages, "003", "near-duplicate", "001"), "repeat")
    assert order(four_pages) == ["001", "002", "004"]
    assert [row["seq"] for row in four_pages.json("set-aside", LEDGER)] == ["003"]
    assert four_pages.run("verify").stderr == ""
    four_pages.run("put-back", LEDGER, "003", "000")
    assert order(four_pages) == ["003", "001", "002", "004"]
    assert {page["file"] for page in four_pages.json("pages", LEDGER)} == before
    four_pages.run("set-aside", LEDGER, "004", "--repeats", "001")
    assert order(four_pages) == ["003", "001", "002"]


def test_sheet_to_put_back_is_told_until_it_is_done(four_pages: Command) -> None:
    sql(four_pages, "UPDATE session SET fed = 5")
    (row,) = four_pages.json("asks", LEDGER)
    assert (row["code"], row["seq"]) == ("missed", "004")
    assert "Sheet 5 of that batch" in row["sentence"]
    four_pages.run("answer", row["id"], "done")
    assert four_pages.json("asks") == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("answer", "99", "keep"), "no open question 99"),
        (("answer", "s99", "done"), "no open question s99"),
        (("answer", "99", "done"), "does not fit"),
        (("answer", "x", "keep"), "no open question x"),
        (("move", LEDGER, "002", "002"), "behind itself"),
        (("move", LEDGER, "009", "002"), "no page 009"),
        (("set-aside", LEDGER, "002", "--repeats", "002"), "repeat of itself"),
        (("put-back", LEDGER, "002", "001"), "No image 002"),
    ],
)
def test_answer_that_makes_no_sense_changes_nothing(four_pages: Command, words: tuple[str, ...], named: str) -> None:
    before = four_pages.stored()
    assert named in four_pages.refused(*words)
    assert four_pages.stored() == before


def test_wrong_use_is_told_as_such(four_pages: Command) -> None:
    four_pages.run("answer", "1", "forget", exit_status=2)
    four_pages.run("set-aside", LEDGER, "002", exit_status=2)
