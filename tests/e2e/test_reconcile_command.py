"""``tramquet reconcile`` as an office uses it: a list is previewed, compared, remembered, and marks what it tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.stations import Command

LEDGER = "KH.2007.01"
LIST = "STT;Số HT;Quyển;Ngày ghi;Tệp ở Bộ\n1;1;01/2007;15/1/2007;KH.2007.01.2007-01-15.001.pdf\n2;9;01/2007;9/1/2007;\n"
MAP = "number=Số HT,date=Ngày ghi,file=Tệp ở Bộ"


@pytest.fixture
def office(scanned_scraps: Command, tmp_path: Path) -> Command:
    """Two entries in the catalogue, the first with its PDF, and a list of the ministry's."""
    station = scanned_scraps.copy(tmp_path / "station")
    for page, number, day in (("001", 1, "2007-01-15"), ("002", 2, "2007-02")):
        station.run("entry", "set", LEDGER, page, "--number", number, "--date", day)
    station.run("package", LEDGER)
    (station.folder / "list.csv").write_text(LIST, encoding="utf-8-sig")
    return station


def test_list_is_previewed_compared_and_its_columns_remembered(office: Command) -> None:
    file, map_ = office.folder / "list.csv", ("--map", MAP, "--type", "KH")
    refused = office.run("reconcile", file, exit_status=1)
    assert len(refused.stderr.strip().splitlines()) == 1
    headings, first, _ = office.json("reconcile", file, *map_, "--preview")
    assert (headings["number"], first["number"], first["date"]) == ("Số HT", "1", "15/1/2007")
    office.run("reconcile", file, exit_status=1)
    for words in (map_, ("--type", "KH")):
        differences = office.json("reconcile", file, *words)
        assert [(one["kind"], one["number"], one["row"]) for one in differences] == [
            ("not-here", "009", 3),
            ("not-in-list", "002", None),
        ]


def test_what_the_list_tells_as_attached_is_marked_once_and_the_work_list_is_written(office: Command) -> None:
    words = ("reconcile", office.folder / "list.csv", "--map", MAP, "--type", "KH", "--attached")
    before = office.json("entry", "list", LEDGER)
    told = office.run(*words, "--xlsx", office.folder / "work.xlsx").stdout
    assert "1 entry is now marked as attached" in told
    assert "2 rows compared: 1 is here" in told
    assert "0 entries are now marked as attached" in office.run(*words).stdout
    assert office.json("entry", "list", LEDGER) == before, "nothing else of an entry changes"
    assert load_workbook(office.folder / "work.xlsx").active.max_row == 3


def test_list_is_kept_told_and_forgotten(office: Command) -> None:
    words = ("reconcile", office.folder / "list.csv", "--map", MAP, "--type", "KH", "--keep")
    assert "with 2 entries (0 rows" in office.run(*words).stdout
    (kept,) = office.json(*words)
    assert (kept["name"], kept["rows"], kept["unreadable"]) == ("list.csv", 2, 0)
    assert office.json("kept-lists") == [kept | {"kept_at": office.json("kept-lists")[0]["kept_at"]}]
    office.run("reconcile", office.folder / "list.csv", "--type", "KH")  # its columns are remembered
    assert "list.csv" in office.run("kept-lists", "--remove", "list.csv").stdout
    assert office.json("kept-lists") == []
    assert "kept-lists" in office.run("kept-lists", "--remove", "list.csv", exit_status=1).stderr


def test_broken_list_changes_nothing(office: Command) -> None:
    broken = office.folder / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    told = office.run("reconcile", broken, "--attached", exit_status=1).stderr
    assert len(told.strip().splitlines()) == 1
    assert "Traceback" not in told
