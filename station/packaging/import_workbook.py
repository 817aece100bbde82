"""The workbook of a package: a row for each entry in the ministry's import file, or in the office's own workbook.

The office's workbook keeps its sheet, order, heading and looks; only the cells below the heading are filled.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Any

from station.catalogue.models import OfficeTemplate
from station.packaging import workbook
from station.rows import office_workbook
from station.rows.columns import Template
from station.rows.entry_rows import KeyedRow
from station.rows.office_workbook import FILE_NAME, POSITION


def write(target: Path, template: Template, rows: Iterable[tuple[KeyedRow, str]]) -> None:
    """Write rows, each with the file name of its entry's PDF, in the order given; the sheet is named by the type."""
    cells = ([*row.cells.values(), file_name] for row, file_name in rows)
    workbook.write_rows(target, template.type, [*template.columns, FILE_NAME], cells)


def fill(target: Path, office: OfficeTemplate, rows: Iterable[tuple[KeyedRow, str]]) -> None:
    """The same in the office's own workbook; columns that the station does not know stay empty."""
    book = office_workbook.open_workbook(office.name, office.content)
    sheet = book[office.sheet]
    first = office.heading_row + 1
    for position, (row, file_name) in enumerate(rows, start=1):
        texts = {**row.cells, POSITION: str(position), FILE_NAME: file_name}
        for index, name in enumerate(office.columns, start=1):
            if name:
                _fill(sheet, first, first + position - 1, index, texts.get(name, ""))
    workbook.save(book, target)


def _fill(sheet: Any, first: int, row: int, column: int, text: str) -> None:
    """Put a text into a cell that looks as the office has it there, or in its first row below the heading."""
    cell = sheet.cell(row, column)
    if not cell.has_style:
        cell._style = copy(sheet.cell(first, column)._style)
    workbook.as_text(cell, text)
