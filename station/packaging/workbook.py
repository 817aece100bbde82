"""Workbooks (.xlsx) that are the same bytes for the same content, with every text a plain text."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from station.storage import deterministic_zip

_FIXED_TIME = datetime(2000, 1, 1)  # "created" and "modified"; the true times stand in the manifest
_TEXT_FORMAT = "@"  # 001 stays 001 when a person edits the cell
_MINISTRYS_BLUE = PatternFill("solid", fgColor="0070C0")
_WIDTHS = (8, 60)  # narrowest and widest column, in characters

#: As browsers want to know it.
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = int | float | str


@dataclass(frozen=True)
class WorkbookSheet:
    """One sheet: its title as Excel takes one, its header, and rows of the header's length."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_rows(target: Path, sheet_title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write an import file as the ministry has it: the columns' names in white on blue, every cell a text."""
    _write(target, [WorkbookSheet(sheet_title, columns, rows)], Font(bold=True, color="FFFFFF"), _MINISTRYS_BLUE)


def write_table(target: Path, sheet_title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet, see :func:`write_sheets`.

    ``target`` is not synced; use :func:`station.storage.durable.new_file`.
    """
    write_sheets(target, [WorkbookSheet(sheet_title, header, rows)])


def write_sheets(target: Path | IO[bytes], sheets: Iterable[WorkbookSheet]) -> None:
    """Write the sheets, of each the header in bold, then its rows.

    An int or a float becomes a number, a str a text whatever it begins with ("=1+1" is no formula). Characters that no
    workbook can hold (control characters) become U+FFFD. ValueError for a row of another length than the header, or a
    sheet title that Excel does not take.
    """
    _write(target, sheets, Font(bold=True), None)


def save(book: Workbook, target: Path | IO[bytes]) -> None:
    """Save a workbook so that the same content gives the same bytes."""
    # Workbook.save() writes the time of day into the properties, and what it writes first has a file's own time.
    with tempfile.TemporaryFile() as raw:
        ExcelWriter(book, deterministic_zip.Archive(raw)).save()
        with zipfile.ZipFile(raw) as source, deterministic_zip.Archive(target) as archive:
            for member in source.infolist():
                with source.open(member) as content:
                    deterministic_zip.add_member(archive, member.filename, content, member.file_size)


def as_text(cell: Any, value: str) -> None:
    """Put a text into a cell that stays a text, whatever it begins with."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    cell.data_type = "s"  # openpyxl takes a text that begins with "=" for a formula
    cell.number_format = _TEXT_FORMAT


def _write(target: Path | IO[bytes], sheets: Iterable[WorkbookSheet], font: Font, fill: PatternFill | None) -> None:
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = _FIXED_TIME
    for one in sheets:
        table = list(one.rows)
        sheet = book.create_sheet(one.title)
        sheet.freeze_panes = "A2"
        for index, column in enumerate(zip(one.header, *table, strict=True), start=1):
            longest = max(len(str(value)) for value in column)
            sheet.column_dimensions[get_column_letter(index)].width = min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1])
        sheet.append([_heading(sheet, name, font, fill) for name in one.header])
        for row in table:
            sheet.append([_cell(sheet, value) for value in row])
    save(book, target)


def _heading(sheet: object, name: str, font: Font, fill: PatternFill | None) -> WriteOnlyCell:
    cell = _cell(sheet, name)
    cell.font = font
    if fill is not None:
        cell.fill = fill
    return cell


def _cell(sheet: object, value: Cell) -> WriteOnlyCell:
    if isinstance(value, int | float):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet)
    as_text(cell, value)
    return cell
