"""The row of headings in a list, and which of its columns holds what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from station.spreadsheets.footers import plain

#: Titles may stand above the headings: they are sought in so many rows.
HEADING_ROWS = 20

_Column = TypeVar("_Column")


def columns_of(
    cells: Iterable[str], names: Mapping[str, _Column], spelling: Callable[[str], str] = plain
) -> dict[_Column, int]:
    """Where each column stands in a row of headings, from 0; of several that hold the same, the first.

    ``names`` are the columns by their headings as ``spelling`` leaves them.
    """
    columns: dict[_Column, int] = {}
    for at, cell in enumerate(cells):
        if (column := names.get(spelling(cell))) is not None:
            columns.setdefault(column, at)
    return columns
