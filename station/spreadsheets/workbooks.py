"""Workbooks of offices (.xlsx): their visible sheets, each cell as Excel shows it."""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from station.errors import Refused
from station.spreadsheets.rows import MOST_BYTES, MOST_ROWS, Cells, Rows
from station.storage import deterministic_zip

# What openpyxl does not know in a file (extensions, styles) is nothing that a list needs, and nothing for its reader.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")

_MOST_COLUMNS = 96  # the widest list is an import file of births
_LAST_EXCEL_ROW = 1_048_576
_STYLES = "xl/styles.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

#: What zipfile and openpyxl raise for a file that is cut, damaged or no workbook; SyntaxError is the XML parsers'.
NO_WORKBOOK = (
    InvalidFileException,
    BadZipFile,
    zlib.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    EOFError,
    OSError,
)

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
#: One part of a number format that is shown as it stands: "text", \x, or a sign that needs no quotes; or digits.
_FORMAT_PIECE = re.compile(r'"([^"]*)"|\\(.)|([-/ :()])|([0#?]+)')


def sheets(path: Path, content: bytes) -> Iterator[tuple[str, bool, Rows]]:
    """Each sheet's name, whether it is hidden, and its rows: those that people see first.

    Raises Refused: ``list-unreadable``, ``list-too-large``.
    """
    try:
        if unpacked(content) <= MOST_BYTES:
            for sheet, hidden in _worksheets(content):
                yield sheet.title, hidden, _rows(path, sheet, _merged_ranges(content, sheet))
            return
    except NO_WORKBOOK as error:
        raise Refused("list-unreadable", file=path.name, detail=str(error)) from error
    raise Refused("list-too-large", file=path.name, rows=MOST_ROWS)


def visible_sheets(path: Path, content: bytes) -> list[str]:
    """The names of the sheets that people see. Raises Refused: ``list-unreadable``."""
    try:
        return [sheet.title for sheet, hidden in _worksheets(content) if not hidden]
    except NO_WORKBOOK as error:
        raise Refused("list-unreadable", file=path.name, detail=str(error)) from error


def long_sheets(content: bytes) -> Iterator[tuple[str, bool, Callable[[], Iterator[tuple[int, Cells]]]]]:
    """Each sheet's name, whether it is hidden, and how to read its rows one by one, however many there are.

    Those that people see come first. Merged cells are not looked for: programs write such lists. Raises, also while
    rows are read, what is in :data:`NO_WORKBOOK`.
    """
    for sheet, hidden in _worksheets(content):
        yield sheet.title, hidden, partial(_filled_rows, sheet, padded=False)


def unpacked(content: bytes) -> int:
    """How many bytes the parts of a workbook unpack to, as it says itself."""
    with ZipFile(io.BytesIO(content)) as parts:
        return sum(part.file_size for part in parts.infolist())


def _worksheets(content: bytes) -> list[tuple[Any, bool]]:
    """The sheets and whether they are hidden: those that people see first."""
    hidden = [(sheet, sheet.sheet_state != "visible") for sheet in _open(content).worksheets]
    return sorted(hidden, key=lambda one: one[1])


def _open(content: bytes) -> Any:
    reading = {"read_only": True, "data_only": True, "keep_links": False}
    try:
        return load_workbook(io.BytesIO(content), **reading)
    except (TypeError, ValueError, LookupError, AttributeError):
        # Other programs write fills, fonts and borders that openpyxl does not take. Nobody reads a list for its looks.
        return load_workbook(io.BytesIO(_without_looks(content)), **reading)


def _without_looks(content: bytes) -> bytes:
    """The workbook with nothing left of its styles but how numbers are shown."""
    plain = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, deterministic_zip.Archive(plain) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, _number_formats(data) if part.filename.lower() == _STYLES else data)
    return plain.getvalue()


def _number_formats(part: bytes) -> bytes:
    old = ElementTree.fromstring(part)
    new = ElementTree.Element(f"{{{_MAIN}}}styleSheet")
    if (formats := old.find(f"{{{_MAIN}}}numFmts")) is not None:
        new.append(formats)
    for looks, one in (("fonts", "font"), ("borders", "border"), ("cellStyleXfs", "xf")):
        ElementTree.SubElement(ElementTree.SubElement(new, f"{{{_MAIN}}}{looks}"), f"{{{_MAIN}}}{one}")
    fill = ElementTree.SubElement(ElementTree.SubElement(new, f"{{{_MAIN}}}fills"), f"{{{_MAIN}}}fill")
    ElementTree.SubElement(fill, f"{{{_MAIN}}}patternFill")
    cells = ElementTree.SubElement(new, f"{{{_MAIN}}}cellXfs")
    for xf in old.findall(f"{{{_MAIN}}}cellXfs/{{{_MAIN}}}xf"):
        ElementTree.SubElement(cells, f"{{{_MAIN}}}xf", numFmtId=xf.get("numFmtId", "0"))
    styles = ElementTree.SubElement(new, f"{{{_MAIN}}}cellStyles")
    ElementTree.SubElement(styles, f"{{{_MAIN}}}cellStyle", name="Normal", xfId="0", builtinId="0")
    return ElementTree.tostring(new)


def _merged_ranges(content: bytes, sheet: Any) -> list[tuple[int, int, int, int]]:
    """The merged ranges of a sheet (left, top, right, bottom), which openpyxl leaves out where it reads row by row."""
    with ZipFile(io.BytesIO(content)) as parts:
        ranges = _MERGED.findall(parts.read(sheet._worksheet_path))
    return [range_boundaries(reference.decode("ascii")) for reference in ranges]


def _rows(path: Path, sheet: Any, ranges: list[tuple[int, int, int, int]]) -> Rows:
    # A range holds for the rows beside it; across columns only its first cell says something.
    tall = {
        (row, left): top for left, top, _, bottom in ranges for row in range(top + 1, min(bottom, top + MOST_ROWS) + 1)
    }
    filled: dict[tuple[int, int], str] = {}
    heads = {(top, left) for left, top, _, bottom in ranges if bottom > top}
    rows: Rows = []
    for number, texts in _filled_rows(sheet, padded=True):
        cells = list(texts)
        for index, text in enumerate(cells, start=1):
            if (number, index) in heads:
                filled[number, index] = text
            elif not text and (top := tall.get((number, index))) is not None:
                cells[index - 1] = filled.get((top, index), "")
        rows.append((number, tuple(cells)))
        if len(rows) > MOST_ROWS + 1:
            raise Refused("list-too-large", file=path.name, rows=MOST_ROWS)
    return rows


def _filled_rows(sheet: Any, *, padded: bool) -> Iterator[tuple[int, Cells]]:
    """The rows with content; ``padded`` to the widest list, or as wide as each is itself, which is much quicker."""
    sheet.reset_dimensions()  # some programs write A1 there, and only that cell would be read
    width = _MOST_COLUMNS if padded else None
    for number, row in enumerate(sheet.iter_rows(max_row=_LAST_EXCEL_ROW, max_col=width), start=1):
        # The first look is for speed: a workbook may have a million empty rows.
        if not all(cell.value is None for cell in row):
            yield number, tuple(shown_text(cell.value, cell) for cell in row[:_MOST_COLUMNS])


def shown_text(value: object, cell: Any) -> str:
    """What Excel shows in a cell, as far as it matters here: zeros that a format adds, and dates as numbers."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Excel keeps 2007 as 2007.0
    if isinstance(value, datetime | date):
        return _shown_date(value, cell.number_format)
    if isinstance(value, bool | time) or not isinstance(value, int):
        return str(value)
    return _shown_number(value, cell.number_format)


def _shown_number(value: int, number_format: str) -> str:
    """A whole number in a format of zeros and literals, such as ``00000`` or ``00"/2007"``; others add nothing."""
    section = number_format.split(";")[0]
    pieces = _FORMAT_PIECE.findall(section)
    digits = "".join(piece[3] for piece in pieces)
    if value < 0 or not digits or _FORMAT_PIECE.sub("", section):
        return str(value)
    padded = str(value).rjust(len(digits), "\0")
    places = iter(
        zip(digits, (padded[: 1 - len(digits) or None], *padded[len(padded) - len(digits) + 1 :]), strict=True)
    )
    text = ""
    for quoted, escaped, sign, run in pieces:
        text += quoted or escaped or sign
        for kind, digit in islice(places, len(run)):
            text += digit if digit != "\0" else "0" if kind == "0" else ""
    return text


def _shown_date(value: date, number_format: str) -> str:
    """A date by the parts that its format shows: 01/2007 where the day is not one of them."""
    letters = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).lower()
    if "d" in letters or "y" not in letters:
        return f"{value:%d/%m/%Y}"
    return f"{value:%m/%Y}" if "m" in letters else f"{value:%Y}"
