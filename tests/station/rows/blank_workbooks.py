"""Blank workbooks as offices have them, invented: each differs from the ministry's file in another way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation

from station.rows import built_in

BIRTHS = list(built_in.template("KS").columns)
HINTS = {"loaiDangKy": "loaiDangKy i=[1,2,3,4,5,6]", "noiDangKy": "noiDangKy UBND xã, huyện, tỉnh"}
GREEN = PatternFill("solid", fgColor="00B050")
LINED = Border(*[Side(style="thin")] * 4)


def blank(path: Path, columns: Sequence[object], *, sheet: str = "KS", row: int = 1) -> Path:
    """A workbook with this heading in that row."""
    book = Workbook()
    page = book.active
    page.title = sheet
    for index, name in enumerate(columns, start=1):
        cell = page.cell(row, index, name)
        cell.font, cell.fill = Font(bold=True, color="FFFF00"), GREEN
    book.save(path)
    return path


def with_hints(path: Path) -> Path:
    """Hints in the heading, one of them in red, a comment, a list to choose from, a second sheet that explains."""
    book = Workbook()
    page = book.active
    page.title = "Khai sinh"
    for index, name in enumerate(BIRTHS, start=1):
        page.cell(1, index, HINTS.get(name, name)).fill = GREEN
    page["E1"].comment = Comment("Chọn một mã", "Bộ")
    page["A1"].value = CellRichText("so", TextBlock(InlineFont(color="FF0000"), " i=[001]"))
    page.column_dimensions["B"].width = 33
    page.row_dimensions[1].height = 48
    page.freeze_panes = "C2"
    page.add_data_validation(DataValidation("list", formula1='"1,2,3"', sqref="L2:L500"))
    for index in range(1, len(BIRTHS) + 1):
        page.cell(2, index).border, page.cell(2, index).font = LINED, Font(name="Times New Roman", size=13)
    book.create_sheet("Hướng dẫn")["A1"] = "Nhập theo mẫu"
    book.save(path)
    return path


def with_leading_position(path: Path) -> Path:
    """A title above, STT first, other columns in another order, one that nobody knows, the file's name last."""
    columns = ["STT", *reversed(BIRTHS[:20]), "maHoSo", *BIRTHS[20:], "Tên file pdf 158"]
    blank(path, columns, row=3)
    return path


def of_2024(path: Path) -> Path:
    """The columns of 2024: personal numbers, and without some of before."""
    columns = [name for name in BIRTHS if not name.startswith("nksMatTich")]
    columns[columns.index("nksLoaiKhaiSinh") : columns.index("nksLoaiKhaiSinh")] = ["nksSoDinhDanh"]
    columns[columns.index("meLoaiCuTru") : columns.index("meLoaiCuTru")] = ["meSoDinhDanh"]
    return blank(path, columns)
