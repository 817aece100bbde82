"""Tables of a list with their headings known: which row these are, and which column holds what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from station.spreadsheets.footers import Footer, plain
from station.spreadsheets.headings import HEADING_ROWS, columns_of
from station.spreadsheets.rows import Cells, Rows, text_at
from station.spreadsheets.tables import SheetTable, tables

_Column = TypeVar("_Column")


@dataclass(frozen=True)
class HeadedTable(Generic[_Column]):
    """A table below a row of headings: ``start`` is that row's position, ``columns`` where each column is, from 0."""

    table: SheetTable
    start: int
    columns: Mapping[_Column, int]

    @property
    def headings(self) -> Cells:
        """The row of headings as it is."""
        return self.table.rows[self.start][1]

    @property
    def rows(self) -> Rows:
        """The rows below the headings, footers too."""
        return self.table.rows[self.start + 1 :]

    def text(self, cells: Cells, column: _Column) -> str:
        """What a row says in this column; "" where the list has no such column."""
        return text_at(cells, self.columns.get(column))

    def texts(self, cells: Cells) -> dict[_Column, str]:
        """What a row says in each column that the list has."""
        return {column: text_at(cells, at) for column, at in self.columns.items()}

    def footer(self, kind: _Column, required: Iterable[_Column]) -> Footer:
        """Tells rows that are none of the list, see :class:`Footer`; of ``required`` only what the list has counts."""
        return Footer(self.headings, self.columns[kind], [self.columns[one] for one in required if one in self.columns])


def headed_tables(
    path: Path, names: Mapping[str, _Column], spelling: Callable[[str], str] = plain
) -> Iterator[HeadedTable[_Column]]:
    """Every row of the file that may be the headings, in each way of reading it, the likeliest way first.

    ``names`` are the columns by their headings as ``spelling`` leaves them. Raises ``Refused`` as
    :func:`~station.spreadsheets.tables.tables` does.
    """
    for table in tables(path):
        yield from headed_rows(table, names, spelling)


def headed_rows(
    table: SheetTable, names: Mapping[str, _Column], spelling: Callable[[str], str] = plain
) -> Iterator[HeadedTable[_Column]]:
    """The same of one table."""
    for start, (_, cells) in enumerate(table.rows[:HEADING_ROWS]):
        yield HeadedTable(table, start, columns_of(cells, names, spelling))
