"""The workbook of a package: the columns of the import template, a row an entry, its PDF's name beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from station.packaging import workbook
from station.rows.columns import Template
from station.rows.entry_rows import Row

#: What the file of 2022 puts beside the columns that are imported.
FILE_NAME = "Tên file pdf 158"


def write(target: Path, template: Template, rows: Iterable[tuple[Row, str]]) -> None:
    """Write rows, each with the file name of its entry's PDF, in the order given; the sheet is named by the type."""
    cells = ([*row.cells.values(), file_name] for row, file_name in rows)
    workbook.write_rows(target, template.type, [*template.columns, FILE_NAME], cells)
