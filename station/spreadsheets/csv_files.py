"""Tables as CSV that Excel opens by a double click, and computes nothing of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

#: What a spreadsheet program would take for a formula at the beginning of a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: As browsers want to know it.
MEDIA_TYPE = "text/csv; charset=utf-8"

Cell = int | float | str


def content(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it; a text that would be a formula has an apostrophe in front."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows(map(_plain, rows))
    return target.getvalue().encode("utf-8-sig")


def _plain(row: Iterable[Cell]) -> list[Cell]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in row]
