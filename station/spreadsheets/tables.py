"""Lists as offices make them: the tables in a workbook (.xlsx) or a text file (.csv), cell by cell as people see them.

What a file tells and what its author saw are two things: number formats show zeros, merged cells hold for all their
rows, sheets are hidden, text has invisible signs, or the letters of the years before Unicode. The list comes from
outside, so its size is limited and formulas are never computed: what counts is the value saved with them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from station.errors import Refused
from station.spreadsheets import legacy_encodings
from station.spreadsheets.rows import MOST_BYTES, MOST_ROWS, Cells, Rows

#: How a file begins that is .xls, or a workbook locked with a password.
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
#: Signs that show nothing although Unicode does not call them invisible: fillers of Hangul, an empty braille cell.
_BLANK = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0\u2800"), " ")


@dataclass(frozen=True)
class SheetTable:
    """Rows with content, each with its number in the file (1 is the first), as one way of reading shows them.

    ``sheet`` is a workbook's sheet, None for a text file. The encoding of a text file may be ``guessed``,
    and a sheet ``hidden``: nobody meant that one to be read.
    """

    rows: Rows
    sheet: str | None = None
    guessed: bool = False
    hidden: bool = False

    def place(self, row: int, column: int) -> str:
        """A cell as a spreadsheet calls it: ``C4``; ``column`` counts from 0."""
        letters = ""
        column += 1
        while column:
            column, letter = divmod(column - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{row}"


def tables(path: Path) -> Iterator[SheetTable]:
    """All that the file may be read as, the likeliest first: each sheet, each encoding, old letters too.

    Raises Refused where it is neither a workbook nor text: ``list-unreadable``, ``-old-excel``, ``-too-large``.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused("list-unreadable", file=path.name, detail=error.strerror) from error
    if len(content) > MOST_BYTES:
        raise Refused("list-too-large", file=path.name, rows=MOST_ROWS)
    if content.startswith(OLD_EXCEL):
        raise Refused("list-old-excel", file=path.name)
    if content.startswith(b"PK"):
        from station.spreadsheets import workbooks

        for sheet, hidden, rows in workbooks.sheets(path, content):
            yield from (
                SheetTable(clean_rows(rows, reading), sheet, hidden=hidden) for reading in legacy_encodings.READINGS
            )
        return
    from station.spreadsheets import text_files

    for rows, reading, guessed in text_files.readings(path, content):
        yield SheetTable(clean_rows(rows, reading), guessed=guessed)


def visible_sheets(path: Path) -> list[str]:
    """The sheets of a workbook that people see; none of a text file. Raises Refused as :func:`tables` does."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if not content.startswith(b"PK"):
        return []
    from station.spreadsheets import workbooks

    return workbooks.visible_sheets(path, content)


def clean_rows(rows: Rows, reading: Callable[[str], str]) -> Rows:
    """The rows as they are read in that way, without signs that nobody sees; rows of which nothing is left go."""
    visible_rows = ((number, clean_cells(cells, reading)) for number, cells in rows)
    return [(number, cells) for number, cells in visible_rows if any(cells)]


def clean_cells(cells: Cells, reading: Callable[[str], str]) -> Cells:
    """One row in that way."""
    return tuple(_visible(reading(cell)) if cell else "" for cell in cells)


def _visible(text: str) -> str:
    """Without what shows nothing: joiners, marks of direction and of bytes' order, soft hyphens; blanks are one."""
    letters = (letter for letter in text.translate(_BLANK) if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFC", "".join(letters)).split())
