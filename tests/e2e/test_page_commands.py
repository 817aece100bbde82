"""``tramquet page``: what a page is, and mending the order of pages without touching what was scanned."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from openpyxl import load_workbook

from tests.stations import Command, new_station, pixels

LEDGER = "KH.1994.03"
PAGES = "ledgers/19429/KH/1994/KH.1994.03/pages/KH.1994.03"


@pytest.fixture(scope="module")
def made_pages(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> Command:
    command = new_station(tmp_path_factory.mktemp("pages"), scraps, scanner='profile = "lossless"')
    command.run("ledger", "add", "KH", "1994", "3")
    command.run("scan", LEDGER, "--pages", 3)
    return command


@pytest.fixture
def three_pages(made_pages: Command, tmp_path: Path) -> Command:
    """A station whose ledger has the pages 001-003."""
    return made_pages.copy(tmp_path / "station")


def order(command: Command) -> list[str]:
    return [page["seq"] for page in command.json("pages", LEDGER)]


def test_retake_is_a_revision_and_the_old_file_stays(three_pages: Command, scraps: Path) -> None:
    three_pages.run("page", LEDGER, "002", "--state", "correction", "--number", "7")
    old = three_pages.data / f"{PAGES}.002.tif"
    before = old.read_bytes()
    (told,) = three_pages.scan("page", LEDGER, "002", "retake")
    assert (told["seq"], told["revision"], told["file"]) == ("002", 2, f"{PAGES}.002.r2.tif")
    assert pixels(three_pages.data / told["file"]) == pixels(scraps / "0004.png")
    assert old.read_bytes() == before
    pages = three_pages.json("pages", LEDGER)
    assert [(page["seq"], page["revision"]) for page in pages] == [("001", 1), ("002", 2), ("003", 1)]
    assert (pages[1]["state"], pages[1]["number"]) == ("correction", "7")
    (again,) = three_pages.scan("page", LEDGER, "002", "retake")
    assert (again["revision"], again["file"]) == (3, f"{PAGES}.002.r3.tif")
    assert three_pages.run("verify").stderr == ""


def test_retake_goes_into_the_entrys_pdf_at_once(three_pages: Command) -> None:
    three_pages.run("entry", "set", LEDGER, "002", "--number", 1, "--date", "1994")
    (before,) = three_pages.json("entry", "list", LEDGER)
    three_pages.run("page", LEDGER, "002", "retake")
    (after,) = three_pages.json("entry", "list", LEDGER)
    assert (after["name"], after["pages"]) == (before["name"], ["002"])
    assert after["sha256"] != before["sha256"]


def test_retake_of_several_pages_at_once_is_refused(three_pages: Command) -> None:
    before = three_pages.stored()
    assert "one page by one" in three_pages.refused("page", LEDGER, "002", "retake", "--pages", 2)
    assert three_pages.stored() == before


def test_inserted_pages_take_letters_and_stand_behind_their_page(three_pages: Command) -> None:
    told = three_pages.scan("page", LEDGER, "001", "insert-after", "--pages", 2)
    assert [capture["file"] for capture in told] == [f"{PAGES}.001a.tif", f"{PAGES}.001b.tif"]
    assert order(three_pages) == ["001", "001a", "001b", "002", "003"]
    assert [page["order"] for page in three_pages.json("pages", LEDGER)] == [1, 2, 3, 4, 5]
    three_pages.run("entry", "set", LEDGER, "001-002", "--number", 1, "--date", "1994-05")
    (entry,) = three_pages.json("entry", "list", LEDGER)
    assert entry["pages"] == ["001", "001a", "001b", "002"]


def test_page_before_the_first_is_inserted_after_000(three_pages: Command) -> None:
    (told,) = three_pages.scan("page", LEDGER, "000", "insert-after")
    assert (told["seq"], told["order"], told["file"]) == ("000a", 1, f"{PAGES}.000a.tif")
    assert order(three_pages) == ["000a", "001", "002", "003"]
    assert [capture["seq"] for capture in three_pages.scan("scan", LEDGER, "--pages", 1)] == ["004"]
    assert three_pages.run("verify").stderr == ""


def test_rotation_turns_the_pdf_and_not_the_master(three_pages: Command) -> None:
    master = three_pages.data / f"{PAGES}.002.tif"
    before = master.read_bytes()
    three_pages.run("entry", "set", LEDGER, "001-002", "--number", 1, "--date", "1994-05-06")
    three_pages.run("page", LEDGER, "002", "rotate", 90)
    assert rotations(three_pages) == [0, 90]
    three_pages.run("page", LEDGER, "002", "rotate", 180)
    assert rotations(three_pages) == [0, 270]
    assert master.read_bytes() == before


def rotations(command: Command) -> list[int]:
    (entry,) = command.json("entry", "list", LEDGER)
    with pikepdf.open(command.data / entry["file"]) as pdf:
        return [int(page.obj.get("/Rotate", 0)) for page in pdf.pages]


def test_page_may_be_any_state_and_keeps_exactly_one(three_pages: Command) -> None:
    for state in ("cover", "blank", "closing", "correction", "missing", "illegible", "unsorted", "entry"):
        (page,) = three_pages.json("page", LEDGER, "002", "--state", state)
        assert (page["seq"], page["state"]) == ("002", state)
    assert [page["state"] for page in three_pages.json("pages", LEDGER)] == ["unsorted", "entry", "unsorted"]


def test_printed_number_goes_into_the_workbook_and_can_be_taken_back(three_pages: Command) -> None:
    three_pages.run("page", LEDGER, "002", "--number", "12b")
    three_pages.run("page", LEDGER, "003", "--number", "13")
    three_pages.run("entry", "set", LEDGER, "002-003", "--number", 1, "--date", "1994-05-06")
    *_, workbook, _ = map(Path, three_pages.run("package", LEDGER).stdout.split())
    header, row = load_workbook(workbook).worksheets[0].iter_rows(values_only=True)
    assert dict(zip(header, row, strict=True))["trangSo"] == "12b, 13"
    three_pages.run("page", LEDGER, "003", "--number", "")
    assert [page["number"] for page in three_pages.json("pages", LEDGER)] == [None, "12b", None]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("009", "--state", "blank"), "no page 009"),
        (("009", "retake"), "no page 009"),
        (("009", "insert-after"), "no page 009"),
        (("002", "rotate", "45"), "45"),
        (("002", "--number", "9" * 17), "9" * 17),
        (("002",), "Nothing was said"),
    ],
)
def test_page_command_that_makes_no_sense_changes_nothing(
    three_pages: Command, words: tuple[str, ...], named: str
) -> None:
    before = three_pages.stored()
    assert named in three_pages.refused("page", LEDGER, *words)
    assert three_pages.stored() == before


def test_page_of_an_entry_cannot_become_blank(three_pages: Command) -> None:
    three_pages.run("entry", "set", LEDGER, "002", "--number", 1, "--date", "1994")
    assert "belongs to an entry" in three_pages.refused("page", LEDGER, "002", "--state", "blank")
    assert three_pages.json("pages", LEDGER)[1]["state"] == "entry"
