"""The rows of a list, and how many of them are read at most."""

from __future__ import annotations

#: A list of more rows is none of ledgers.
MOST_ROWS = 100_000
#: Of a text file, or of all that a workbook unpacks to.
MOST_BYTES = 64 * 1024**2

#: A list of entries, as the ministry's software or another contractor exports one: as many as a sheet has rows, and
#: bytes of the file, or of all that it unpacks to.
MOST_LONG_ROWS = 1_048_575
MOST_LONG_BYTES = 2 * 1024**3

Cells = tuple[str, ...]
#: Each row with its number in the file; 1 is the first.
Rows = list[tuple[int, Cells]]


def text_at(cells: Cells, column: int | None) -> str:
    """What a row says in a column, counted from 0; "" where the row ends before it, or there is no such column."""
    return cells[column] if column is not None and column < len(cells) else ""
