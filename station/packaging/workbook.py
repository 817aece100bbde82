"""Workbooks (.xlsx) that are the same bytes for the same content, with every text a plain text.

The ministry's columns are those of the import template of software 158 (docs/registers.md), with the file name beside
them.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from station.domain.naming.partial_dates import PartialDate
from station.storage import deterministic_zip

HEADER = (
    "STT",
    "so",
    "quyenSo",
    "trangSo",
    "ngayDangKy",
    "loaiDangKy",
    "noiDangKy",
    "nguoiKy",
    "chucVuNguoiKy",
    "nguoiThucHien",
    "ghiChu",
    "Tên file pdf 158",
)

_FIXED_TIME = datetime(2000, 1, 1)  # "created" and "modified"; the true times stand in the manifest
_TEXT_FORMAT = "@"  # 001 stays 001 when a person edits the cell
_WIDTHS = (8, 60)  # narrowest and widest column, in characters


@dataclass(frozen=True)
class EntryRow:
    """One entry as the ministry wants it; ``book`` is the ledger's book number, ``year`` the year it was opened.

    ``printed_numbers`` are the numbers printed on the entry's pages, ``note`` the reason of a suffix or nothing.
    """

    number: str
    book: str
    year: int
    printed_numbers: Sequence[str]
    date: PartialDate
    place: str
    file_name: str
    note: str = ""

    def cells(self, position: int) -> tuple[int | str, ...]:
        """The row under :data:`HEADER`; what only people can fill stays empty."""
        return (
            position,
            self.number,
            f"{self.book}/{self.year}",
            page_text(self.printed_numbers),
            self.date.ministry(),
            "",
            self.place,
            "",
            "",
            "",
            self.note,
            self.file_name,
        )


Cell = int | float | str


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title as Excel takes one, its header, and rows of the header's length."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def page_text(printed_numbers: Sequence[str]) -> str:
    """Page numbers as one text, neighbours joined: ``12``, ``12-13``, ``12-13, 15``; one like ``12b`` stands alone."""

    def run(item: tuple[int, str]) -> tuple[bool, int]:
        position, number = item
        return (True, int(number) - position) if number.isdecimal() else (False, position)

    runs = ([number for _, number in group] for _, group in groupby(enumerate(printed_numbers), key=run))
    return ", ".join(numbers[0] if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}" for numbers in runs)


def write_entries(target: Path, sheet_title: str, entries: Iterable[EntryRow]) -> None:
    """Write the ministry's workbook, entries in the order given and counted from 1 in STT."""
    rows = (entry.cells(position) for position, entry in enumerate(entries, start=1))
    write_table(target, sheet_title, HEADER, rows)


def write_table(target: Path, sheet_title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet, see :func:`write_sheets`.

    ``target`` is not synced; use :func:`station.storage.durable.new_file`.
    """
    write_sheets(target, [Sheet(sheet_title, header, rows)])


def write_sheets(target: Path | IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Write the sheets, of each the header in bold, then its rows.

    An int or a float becomes a number, a str a text whatever it begins with ("=1+1" is no formula). Characters that no
    workbook can hold (control characters) become U+FFFD. ValueError for a row of another length than the header, or a
    sheet title that Excel does not take.
    """
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = _FIXED_TIME
    for one in sheets:
        table = list(one.rows)
        sheet = book.create_sheet(one.title)
        sheet.freeze_panes = "A2"
        for index, column in enumerate(zip(one.header, *table, strict=True), start=1):
            longest = max(len(str(value)) for value in column)
            sheet.column_dimensions[get_column_letter(index)].width = min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1])
        sheet.append([_cell(sheet, name, bold=True) for name in one.header])
        for row in table:
            sheet.append([_cell(sheet, value) for value in row])
    _save(book, target)


def _cell(sheet: object, value: Cell, *, bold: bool = False) -> WriteOnlyCell:
    if isinstance(value, int | float):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
    cell.data_type = "s"  # openpyxl takes a text that begins with "=" for a formula
    cell.number_format = _TEXT_FORMAT
    if bold:
        cell.font = Font(bold=True)
    return cell


def _save(book: Workbook, target: Path | IO[bytes]) -> None:
    # Workbook.save() writes the time of day into the properties, and what it writes first has a file's own time.
    with tempfile.TemporaryFile() as raw:
        ExcelWriter(book, deterministic_zip.Archive(raw)).save()
        with zipfile.ZipFile(raw) as source, deterministic_zip.Archive(target) as archive:
            for member in source.infolist():
                with source.open(member) as content:
                    deterministic_zip.add_member(archive, member.filename, content, member.file_size)
