"""An office's own blank workbook: which sheet and row hold the heading, and which of its columns the station knows.

Columns are matched by name without hints, case and signs, so their order does not matter. A workbook in which a filled
row could end up wrong is refused: it is the office's, and nobody but the office may set it right.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile

from station.errors import Refused
from station.rows import built_in
from station.rows.columns import Fill, Template, normal_name
from station.spreadsheets.tables import OLD_EXCEL
from station.spreadsheets.workbooks import NO_WORKBOOK

#: Beside the columns of the import file: the row's running number, and the name of the entry's PDF.
POSITION, FILE_NAME = "STT", "Tên file pdf 158"

#: Of the file, and of all that it unpacks to: a blank workbook is small.
MOST_BYTES, MOST_UNPACKED = 4 * 1024**2, 32 * 1024**2
#: Titles may stand above the heading.
_HEADING_ROWS = 10
#: With fewer columns that are known, it is some other list: "Số" is a heading everywhere.
_FEWEST_KNOWN = 5


@dataclass(frozen=True)
class OfficeWorkbook:
    """What was seen in it. ``columns`` are the known names from the sheet's first column on, "" for others.

    ``unknown`` are headings that the station does not know and leaves empty, ``missing`` the columns of the ministry's
    file that it has no place for.
    """

    type: str
    sheet: str
    heading_row: int
    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


def read(name: str, content: bytes, ledger_type: str | None = None) -> OfficeWorkbook:
    """Look at the workbook of this file name; ``ledger_type`` where it is not to be guessed from its sheet and columns.

    ``Refused``: not a workbook or too large, a password, no known heading but in a hidden sheet, two columns of one
    name, merged heading cells, formulas, or rows below the heading.
    """
    if ledger_type is not None and ledger_type not in built_in.TYPES:
        raise Refused("row-no-template", type=ledger_type, types=", ".join(built_in.TYPES))
    book = open_workbook(name, content)
    types = built_in.TYPES if ledger_type is None else (ledger_type,)
    headings = [heading for sheet in book.worksheets for one in types if (heading := _heading(sheet, one))]
    # Rows in a sheet that nobody sees would be lost to whoever opens the workbook.
    seen = [heading for heading in headings if heading.sheet.sheet_state == "visible"]
    best = max(seen, key=lambda one: (one.count, one.sheet.title.strip().upper() == one.type), default=None)
    if best is None and headings:
        raise Refused("list-hidden", file=name, sheet=headings[0].sheet.title)
    if best is None:
        raise Refused("import-file-unknown", file=name, fewest=_FEWEST_KNOWN)
    _check(name, best)
    template = built_in.template(best.type)
    return OfficeWorkbook(
        type=best.type,
        sheet=best.sheet.title,
        heading_row=best.row,
        columns=best.columns,
        unknown=tuple(text for text, column in zip(best.texts, best.columns, strict=True) if text and not column),
        missing=tuple(one for one in template.columns if one not in best.columns),
    )


def open_workbook(name: str, content: bytes) -> Any:
    """The workbook with all its looks, to be filled; ``Refused`` as :func:`read` says."""
    from openpyxl import load_workbook

    if content.startswith(OLD_EXCEL):
        raise Refused("import-file-locked", file=name)
    if len(content) > MOST_BYTES:
        raise Refused("import-file-large", file=name, megabytes=MOST_BYTES // 1024**2)
    try:
        with ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        # Rich text, or a hint in red inside a heading would lose its colour.
        book = load_workbook(io.BytesIO(content), rich_text=True) if unpacked <= MOST_UNPACKED else None
    except NO_WORKBOOK as error:
        raise Refused("import-file-unreadable", file=name, detail=str(error)) from error
    if book is None:
        raise Refused("import-file-large", file=name, megabytes=MOST_UNPACKED // 1024**2)
    return book


@dataclass(frozen=True)
class _Heading:
    """The row of a sheet that names the columns of a type."""

    type: str
    sheet: Any
    row: int
    texts: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum(map(bool, self.columns))


def _heading(sheet: Any, ledger_type: str) -> _Heading | None:
    """The row in which most columns of this type are known; None where too few are, or the number is not."""
    template = built_in.template(ledger_type)
    names = _known_names(template)
    number = next(one.name for one in template.columns.values() if one.fill == Fill.NUMBER)
    rows = []
    for row, cells in enumerate(sheet.iter_rows(max_row=_HEADING_ROWS, values_only=True), start=1):
        texts = tuple("" if value is None else str(value).strip() for value in cells)
        columns = tuple(names.get(normal_name(text), "") for text in texts)
        rows.append(_Heading(ledger_type, sheet, row, texts, columns))
    best = max(rows, key=lambda one: one.count, default=None)
    return best if best and best.count >= _FEWEST_KNOWN and number in best.columns else None


def _known_names(template: Template) -> Mapping[str, str]:
    names = (POSITION, FILE_NAME, *template.columns, *template.later)
    return {normal_name(name): name for name in names}


def _check(name: str, heading: _Heading) -> None:
    facts = {"file": name, "sheet": heading.sheet.title}
    for merged in heading.sheet.merged_cells.ranges:
        if merged.min_row <= heading.row <= merged.max_row:
            raise Refused("import-file-merged", cells=merged.coord, **facts)
    twice = [column for column, count in Counter(heading.columns).items() if column and count > 1]
    if twice:
        raise Refused("import-file-twice", columns=", ".join(twice), **facts)
    for cell in _filled(heading.sheet):
        if cell.data_type == "f":
            raise Refused("import-file-formula", cell=cell.coordinate, **facts)
        if cell.row > heading.row:
            raise Refused("import-file-not-blank", cell=cell.coordinate, **facts)


def _filled(sheet: Any) -> Iterator[Any]:
    return (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)
