from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from station.domain.naming.partial_dates import PartialDate
from station.packaging.workbook import HEADER, EntryRow, page_text, write_entries, write_table
from tests.waiting import PATIENCE


def entry(number: str = "001", **changes: object) -> EntryRow:
    known = {
        "number": number,
        "book": "01",
        "year": 2007,
        "printed_numbers": ["12", "13"],
        "date": PartialDate(2007, 1, 15),
        "place": "Xã Thử Nghiệm",
        "file_name": f"KH.2007.01.2007-01-15.{number}.pdf",
    }
    return EntryRow(**(known | changes))  # type: ignore[arg-type]


def table(path: Path) -> list[tuple[object, ...]]:
    return list(load_workbook(path).worksheets[0].iter_rows(values_only=True))


def test_an_entry_stands_under_the_ministrys_columns(tmp_path: Path) -> None:
    write_entries(tmp_path / "w.xlsx", "KH.2007.01", [entry(), entry("002", note="số trùng trên giấy")])
    header, first, second = table(tmp_path / "w.xlsx")
    assert header == HEADER
    filled = {name: value for name, value in zip(HEADER, first, strict=True) if value}
    assert filled == {
        "STT": 1,
        "so": "001",
        "quyenSo": "01/2007",
        "trangSo": "12-13",
        "ngayDangKy": "15.01.2007",
        "noiDangKy": "Xã Thử Nghiệm",
        "Tên file pdf 158": "KH.2007.01.2007-01-15.001.pdf",
    }
    assert (second[0], second[10]) == (2, "số trùng trên giấy")


@pytest.mark.parametrize(
    ("date", "text"),
    [(PartialDate(2019, 1), "01.2019"), (PartialDate(2019), "2019"), (PartialDate(), None)],
)
def test_a_partial_date_says_only_what_is_known(tmp_path: Path, date: PartialDate, text: str | None) -> None:
    write_entries(tmp_path / "w.xlsx", "KS", [entry(date=date)])
    assert (table(tmp_path / "w.xlsx")[1][4] or None) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        (["12"], "12"),
        (["12", "13", "14"], "12-14"),
        (["12", "13", "15"], "12-13, 15"),
        (["12", "12b", "13"], "12, 12b, 13"),
        (["13", "12"], "13, 12"),
    ],
)
def test_neighbouring_page_numbers_are_joined(numbers: list[str], text: str) -> None:
    assert page_text(numbers) == text


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "001", "1e5", "TRUE", "#N/A"]
)
def test_a_text_stays_a_text_whatever_it_looks_like(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "w.xlsx", "pages", ["name"], [[text]])
    cell = load_workbook(tmp_path / "w.xlsx").worksheets[0]["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    with zipfile.ZipFile(tmp_path / "w.xlsx") as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_a_control_character_is_replaced_and_the_rest_kept(tmp_path: Path) -> None:
    write_table(tmp_path / "w.xlsx", "pages", ["name"], [["Nguyễn\x00 Văn\x1b"]])
    assert table(tmp_path / "w.xlsx")[1] == ("Nguyễn\ufffd Văn\ufffd",)


def test_numbers_are_numbers(tmp_path: Path) -> None:
    write_table(tmp_path / "w.xlsx", "pages", ["name", "dpi"], [["KH.2007.01.001", 300]])
    assert table(tmp_path / "w.xlsx")[1] == ("KH.2007.01.001", 300)


def test_a_row_of_another_length_than_the_header_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        write_table(tmp_path / "w.xlsx", "pages", ["name", "dpi"], [["KH.2007.01.001"]])


def test_a_ledger_without_entries_has_its_header(tmp_path: Path) -> None:
    write_entries(tmp_path / "w.xlsx", "KH.2007.01", [])
    assert table(tmp_path / "w.xlsx") == [HEADER]


def test_two_processes_write_the_same_bytes_and_no_time_of_day(tmp_path: Path) -> None:
    code = """
import sys, pathlib
from station.packaging.workbook import write_table
write_table(pathlib.Path(sys.argv[1]), "KH", ["a", "b"], [["=1", n] for n in range(50)])
"""
    written = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Ho_Chi_Minh")):
        path = tmp_path / f"{seed}.xlsx"
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", code, path], env=environment, check=True, timeout=PATIENCE)
        written.append(path)
    assert written[0].read_bytes() == written[1].read_bytes()
    with zipfile.ZipFile(written[0]) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
