from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from station.packaging.workbook import write_rows, write_table
from tests.waiting import PATIENCE


def table(path: Path) -> list[tuple[object, ...]]:
    return list(load_workbook(path).worksheets[0].iter_rows(values_only=True))


def test_import_file_has_its_columns_in_white_on_blue_and_every_cell_a_text(tmp_path: Path) -> None:
    write_rows(tmp_path / "w.xlsx", "KH", ["so", "quyenSo"], [["001", "01/2007"], ["002", ""]])
    (sheet,) = load_workbook(tmp_path / "w.xlsx").worksheets
    assert sheet.title == "KH"
    heading = sheet["A1"]
    assert (heading.value, heading.font.bold, heading.font.color.rgb[-6:]) == ("so", True, "FFFFFF")
    assert heading.fill.fgColor.rgb[-6:] == "0070C0"
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.number_format for cell in cells} == {"@"}
    assert {cell.data_type for cell in cells if cell.value} == {"s"}


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


def test_import_file_without_rows_has_its_header(tmp_path: Path) -> None:
    write_rows(tmp_path / "w.xlsx", "KH", ["so"], [])
    assert table(tmp_path / "w.xlsx") == [("so",)]


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
