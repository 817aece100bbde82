"""Lists of hundreds of thousands of entries (.xlsx, .csv): read row by row, never held as a whole.

The ministry's software and other contractors export them. What is read of a cell is as in
:mod:`station.spreadsheets.tables`, but merged cells are not looked for.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from station.errors import Refused
from station.spreadsheets.legacy_encodings import READINGS, Reading
from station.spreadsheets.rows import MOST_LONG_BYTES, MOST_LONG_ROWS, Cells, Rows
from station.spreadsheets.tables import OLD_EXCEL, clean_cells, clean_rows

#: So many rows, or bytes of a text file, show what a list is.
_HEAD_ROWS, _HEAD_BYTES = 200, 256 * 1024


@dataclass(frozen=True)
class LongList:
    """A list as one way of reading shows it: its first rows with content, each with its number in the file.

    ``sheet`` is a workbook's sheet, "" for a text file; where it is ``hidden`` nobody meant it to be read.
    """

    path: Path
    sheet: str
    head: Rows
    _anew: Callable[[], Iterator[tuple[int, Cells]]]
    _reading: Reading
    hidden: bool = False

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """All rows with content, from the first.

        :raises Refused: ``list-too-long``; ``list-broken`` where the file goes on in another encoding or is damaged.
        """
        for number, cells in _readable(self.path, self._anew()):
            if number > MOST_LONG_ROWS:
                raise Refused("list-too-long", file=self.path.name, rows=MOST_LONG_ROWS)
            if any(texts := clean_cells(cells, self._reading)):
                yield number, texts


def long_lists(path: Path) -> Iterator[LongList]:
    """All that the file may be read as, the likeliest first: each sheet, each encoding, old letters too.

    :raises Refused: ``list-unreadable``, ``list-too-long``, or ``list-old-excel``.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begin = file.read(len(OLD_EXCEL))
    except OSError as error:
        raise Refused("list-unreadable", file=path.name, detail=error.strerror) from error
    if size > MOST_LONG_BYTES:
        raise Refused("list-too-long", file=path.name, rows=MOST_LONG_ROWS)
    if begin == OLD_EXCEL:
        raise Refused("list-old-excel", file=path.name)
    yield from _workbook(path) if begin.startswith(b"PK") else _text_file(path)


def _workbook(path: Path) -> Iterator[LongList]:
    from station.spreadsheets import workbooks

    with _refused(path, "list-unreadable"):
        content = path.read_bytes()
        too_long = workbooks.unpacked(content) > MOST_LONG_BYTES
        sheets = [] if too_long else list(workbooks.long_sheets(content))
    if too_long:
        raise Refused("list-too-long", file=path.name, rows=MOST_LONG_ROWS)
    for sheet, hidden, anew in sheets:
        head = list(islice(_readable(path, anew()), _HEAD_ROWS))
        for reading in READINGS:
            yield LongList(path, sheet, clean_rows(head, reading), anew, reading, hidden)


def _text_file(path: Path) -> Iterator[LongList]:
    from station.spreadsheets import text_files

    for head, anew, reading in text_files.long_readings(path, _HEAD_BYTES):
        yield LongList(path, "", clean_rows(head[:_HEAD_ROWS], reading), anew, reading)


def _readable(path: Path, rows: Iterator[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    with _refused(path, "list-broken"):
        yield from rows


@contextmanager
def _refused(path: Path, code: str) -> Iterator[None]:
    from station.spreadsheets.workbooks import NO_WORKBOOK

    try:
        yield
    except (*NO_WORKBOOK, csv.Error, MemoryError) as error:
        raise Refused(code, file=path.name, detail=str(error)) from error
