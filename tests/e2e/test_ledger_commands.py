"""``tramquet ledger``, and the shapes of everything that is listed as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.stations import Command, new_station

LEDGER = "KH.2007.01"

#: The keys that other programs rely on, in their order, and behind them what the station tells beside them.
LEDGER_KEYS = (
    *("place", "ledger", "type", "year", "book", "state"),
    *("pages_expected", "pages_captured", "entries_expected", "entries_named"),
    *("paper", "paper_source", "totals", "closed_by", "closed_at", "closed_reason", "digitised_before"),
)
PAGE_KEYS = (
    *("seq", "order", "number", "state", "name", "file", "sha256", "width", "height", "dpi"),
    *("findings", "operator", "captured_at", "revision", "read"),
)
ENTRY_KEYS = ("number", "date", "pages", "name", "file", "sha256", "source")
QUEUE_KEYS = (*("id", "package", "file", "destination", "state", "bytes_sent", "bytes_total", "attempts", "error"),)

HEADINGS = ["Mã xã", "Loại", "Năm", "Quyển", "Đến năm", "Khổ giấy", "Số trang", "Số trường hợp"]
ROWS: list[list[Any]] = [
    ["19429", "KH", 2007, 1, 2008, "A4", 300, 299],
    ["19430", "KS", 1999, "02", None, "A3", None, None],
    [None, "CMC", 2001, "01A", None, None, None, None],
]


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> tuple[Command, list[Any]]:
    """A station with a packaged ledger, and what its scan told."""
    command = new_station(tmp_path_factory.mktemp("packaged"), scraps)
    command.run("ledger", "add", "KH", "2007", "1")
    told = command.scan("scan", LEDGER, "--pages", 2)
    command.run("entry", "set", LEDGER, "001-002", "--number", 1, "--date", "2007-01")
    command.run("package", LEDGER)
    return command, told


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("ledger", "list"), LEDGER_KEYS),
        (("ledger", "show", LEDGER), LEDGER_KEYS),
        (("pages", LEDGER), PAGE_KEYS),
        (("entry", "list", LEDGER), ENTRY_KEYS),
        (("queue", "list"), QUEUE_KEYS),
    ],
)
def test_lists_have_exactly_the_keys_of_the_contract(
    packaged: tuple[Command, list[Any]], words: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    rows = packaged[0].json(*words)
    assert rows
    assert {tuple(row) for row in rows} == {keys}


def test_scan_tells_captures_in_the_shape_of_pages(packaged: tuple[Command, list[Any]]) -> None:
    command, told = packaged
    assert {tuple(capture) for capture in told} == {PAGE_KEYS}
    listed = command.json("pages", LEDGER)
    assert told == [{**page, "state": "unsorted"} for page in listed]
    assert [page["dpi"] for page in listed] == [[100.0, 100.0]] * 2
    assert [(page["width"], page["height"], page["findings"]) for page in listed] == [(30, 40, [])] * 2


def test_listed_files_lie_below_the_data_folder(packaged: tuple[Command, list[Any]]) -> None:
    command, _ = packaged
    for row in (*command.json("pages", LEDGER), *command.json("entry", "list", LEDGER)):
        assert not Path(row["file"]).is_absolute()
        assert (command.data / row["file"]).is_file()


def test_inventory_registers_every_ledger(write_settings: Callable[..., Command], scraps: Path) -> None:
    command = write_settings(scraps)
    book = Workbook()
    for row in (HEADINGS, *ROWS):
        book.active.append(row)
    book.save(command.folder / "kê.xlsx")
    assert command.run("ledger", "import", command.folder / "kê.xlsx").stdout.split() == [
        *("KH.2007.01", "KS.1999.02", "CMC.2001.01A")
    ]
    listed = command.json("ledger", "list")
    assert [tuple(row[key] for key in ("place", "ledger", "pages_expected", "entries_expected")) for row in listed] == [
        ("19429", "CMC.2001.01A", None, None),
        ("19429", "KH.2007.01", 300, 299),
        ("19430", "KS.1999.02", None, None),
    ]


def test_inventory_as_text_registers_the_same(write_settings: Callable[..., Command], scraps: Path) -> None:
    command = write_settings(scraps)
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in (HEADINGS, *ROWS)]
    (command.folder / "kê.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    assert len(command.run("ledger", "import", command.folder / "kê.csv").stdout.split()) == 3


def test_ledgers_of_phase_1_stand_on_the_list_and_take_no_page_until_they_are_to_be_scanned(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps)
    (command.folder / "list.csv").write_text("Loại;Năm;Quyển\nKH;2007;1\n", encoding="utf-8")
    done = command.run("ledger", "import", command.folder / "list.csv", "--digitised-before")
    assert done.stdout.split() == [LEDGER]
    assert command.json("ledger", "list")[0]["digitised_before"] is True
    assert "digitised in phase 1" in command.refused("scan", LEDGER)
    assert command.json("plan", "show") == []
    command.run("ledger", "correct", LEDGER, "--scan-after-all")
    assert [capture["seq"] for capture in command.scan("scan", LEDGER, "--pages", 1)] == ["001"]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (["KH;207;1", "QQ1;2007;1", "KH;2007;"], ["Row 2", "Row 3", "Row 4"]),
        (["KH;2007;1", "KH;2007;01"], ["KH.2007.01", "row 2"]),
        (["KH;2007;1", "XX;2007;2"], ['"XX"']),
    ],
)
def test_inventory_with_mistakes_tells_all_and_registers_nothing(
    write_settings: Callable[..., Command], scraps: Path, rows: list[str], named: list[str]
) -> None:
    command = write_settings(scraps)
    (command.folder / "list.csv").write_text("\n".join(["Loại;Năm;Quyển", *rows]), encoding="utf-8")
    sentence = command.refused("ledger", "import", command.folder / "list.csv")
    assert all(word in sentence for word in named), sentence
    assert command.json("ledger", "list") == []


def test_ledger_with_gaps_stays_open_until_a_reason_is_given(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps)
    command.run("ledger", "add", "KH", "2007", "1", "--closing-pages", 4, "--closing-entries", 3)
    command.run("scan", LEDGER, "--pages", 3)
    command.run("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007")
    sentence = command.refused("ledger", "close", LEDGER)
    for gap in ("3 pages are there, the closing page states 4", "002, 003", "1 entry is there"):
        assert gap in sentence
        assert gap in command.run("ledger", "show", LEDGER).stdout
    assert command.json("ledger", "list")[0]["state"] == "scanning"
    command.run("ledger", "close", LEDGER, "--reason", "trang 4 bị mất")
    assert command.json("ledger", "list")[0]["state"] == "scanned"
    assert "Reopen it first" in command.refused("scan", LEDGER)
    command.run("ledger", "reopen", LEDGER)
    assert [capture["seq"] for capture in command.scan("scan", LEDGER, "--pages", 1)] == ["004"]


def test_ledger_closed_without_totals_says_so_until_they_are_stated(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps)
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("scan", LEDGER, "--pages", 1)
    command.run("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007")
    assert "is closed without totals" in command.run("ledger", "close", LEDGER).stderr
    assert "is closed without totals" in command.run("ledger", "show", LEDGER).stdout
    command.run("ledger", "totals", LEDGER, "--closing-pages", 1, "--closing-entries", 1)
    assert command.json("ledger", "show", LEDGER)[0]["totals"] == "met"
    assert "without totals" not in command.run("ledger", "show", LEDGER).stdout
    assert "Say why" in command.refused("ledger", "totals", LEDGER, "--closing-pages", 2)
    command.run("ledger", "totals", LEDGER, "--closing-pages", 2, "--reason", "đọc nhầm")
    assert command.json("ledger", "show", LEDGER)[0]["state"] == "scanned"
    command.run("ledger", "totals", LEDGER, exit_status=2)


def test_totals_given_while_closing_tell_what_is_missing_and_stay(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps)
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("scan", LEDGER, "--pages", 1)
    command.run("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007")
    totals = ("--closing-pages", 2, "--closing-entries", 1)
    assert "1 page is there, the closing page states 2" in command.refused("ledger", "close", LEDGER, *totals)
    assert command.json("ledger", "show", LEDGER)[0]["pages_expected"] == 2
    assert command.run("ledger", "close", LEDGER, *totals, "--reason", "mất trang").stderr == ""


def test_pages_of_another_book_leave_the_ledger_by_the_command(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps)
    for book in ("1", "2"):
        command.run("ledger", "add", "KH", "2007", book)
    command.run("scan", LEDGER, "--pages", 4)
    command.run("page", LEDGER, "002", "set-aside")
    assert [page["seq"] for page in command.json("pages", LEDGER)] == ["001", "003", "004"]
    command.run("page", LEDGER, "002", "bring-back")
    assert command.run("page", LEDGER, "003-004", "move-to", "KH.2007.02").stdout.split() == ["001", "002"]
    assert [page["seq"] for page in command.json("pages", LEDGER)] == ["001", "002"]
    assert [page["seq"] for page in command.json("pages", "KH.2007.02")] == ["001", "002"]
    command.run("page", LEDGER, "001", "retake")
    command.run("page", LEDGER, "001", "take-again", "1")
    assert command.json("pages", LEDGER)[0]["revision"] == 1
    assert command.run("verify").stderr == ""
    for words in (("move-to",), ("take-again",), ("take-again", "x"), ("rotate", "x")):
        command.run("page", LEDGER, "001", *words, exit_status=2)


def test_ledger_registered_wrongly_is_corrected_or_removed(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps)
    command.run("ledger", "add", "KH", "2007", "1")
    assert command.run("ledger", "correct", LEDGER, "--name", "KS.1999.2").stdout.strip() == "19429:KS.1999.02"
    command.run("ledger", "remove", "KS.1999.02")
    assert command.json("ledger", "list") == []
