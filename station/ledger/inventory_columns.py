"""Which column of an inventory holds what: by its headings, as was said once of such headings, or as a person says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from station.catalogue import list_maps
from station.errors import Refused
from station.spreadsheets.footers import plain
from station.spreadsheets.headed_tables import HeadedTable, headed_rows
from station.spreadsheets.row_mistakes import shorten
from station.spreadsheets.rows import Cells
from station.spreadsheets.tables import SheetTable, tables

_LONGEST_HEADINGS = 120  # characters of a row of headings that a sentence shows


class InventoryColumn(StrEnum):
    """What a column of an inventory may hold."""

    PLACE = "place"
    TYPE = "type"
    YEAR = "year"
    BOOK = "book"
    LAST_YEAR = "last_year"
    PAPER = "paper"
    CLOSING_PAGES = "closing_pages"
    CLOSING_ENTRIES = "closing_entries"


#: Headings by column, as :func:`station.spreadsheets.footers.plain` leaves them; the first is the one to write.
_HEADINGS: Mapping[InventoryColumn, tuple[str, ...]] = {
    InventoryColumn.PLACE: (
        *("ma xa", "ma xa phuong", "ma phuong", "ma noi dang ky", "place", "place code", "commune code"),
    ),
    InventoryColumn.TYPE: ("loai", "loai so", "ma loai", "type", "type code"),
    InventoryColumn.YEAR: ("nam", "nam mo", "nam mo so", "year", "year opened"),
    InventoryColumn.BOOK: (
        *("quyen", "quyen so", "so quyen", "book", "book number"),
        *("quyen so nam", "so quyen nam", "quyen nam", "quyen so nam mo", "book year"),
    ),
    InventoryColumn.LAST_YEAR: ("den nam", "nam cuoi", "nam khoa so", "last year", "to year"),
    InventoryColumn.PAPER: ("kho giay", "kho", "paper", "paper size"),
    InventoryColumn.CLOSING_PAGES: ("so trang", "tong so trang", "closing pages", "pages"),
    InventoryColumn.CLOSING_ENTRIES: ("so truong hop", "tong so truong hop", "closing entries", "entries"),
}
_COLUMNS = {heading: column for column, headings in _HEADINGS.items() for heading in headings}
#: What each ledger has, and the heading to write for it.
REQUIRED = {InventoryColumn.TYPE: "Loại", InventoryColumn.YEAR: "Năm", InventoryColumn.BOOK: "Quyển"}

#: The ministry's own spelling of a book and the year it was opened: 01/2007.
_BOOK_AND_YEAR = re.compile(r"([0-9]{1,4}[a-z]?)\s*[/-]\s*([0-9]{4})", re.IGNORECASE)
#: What people write before a book's number.
BOOK_WORDS = re.compile(r"^(?:quyển|quyen|số|so|\s)+(?=[0-9])", re.IGNORECASE)
#: The same in a cell that Excel took for the first day of a month.
_FIRST_DAY = re.compile(r"01/(?=[0-9]{2}/[0-9]{4}$)")


@dataclass(frozen=True)
class InventoryChoice:
    """What a person says of a list: the ``sheet`` of a workbook, the ``row`` of headings, where each column is, from 0.

    What is None is told by the list itself; ``columns``, by what was said before of such headings.
    """

    sheet: str | None = None
    row: int | None = None
    columns: Mapping[InventoryColumn, int] | None = None


@dataclass(frozen=True)
class InventoryTable:
    """The table of a list with its columns; ``stated`` is whether a person said which they are.

    ``by_headings`` is what the headings themselves say.
    """

    headed: HeadedTable[InventoryColumn]
    by_headings: Mapping[InventoryColumn, int]
    stated: bool

    @property
    def trouble(self) -> tuple[str, dict[str, object]] | None:
        """Why no ledger can be read: the code of the sentence that says so, and its facts."""
        return (None if self.stated else self._column_twice()) or self._columns_missing()

    def _column_twice(self) -> tuple[str, dict[str, object]] | None:
        headed = self.headed
        row, headings = headed.table.rows[headed.start]
        for at, heading in enumerate(headings):
            column = _COLUMNS.get(plain(heading))
            first = headed.columns.get(column, at) if column else at
            if first != at:
                cells = {"first_cell": headed.table.place(row, first), "second_cell": headed.table.place(row, at)}
                return "inventory-column-twice", {"first": headings[first], "second": heading, **cells}
        return None

    def _columns_missing(self) -> tuple[str, dict[str, object]] | None:
        headed = self.headed
        if _is_complete(headed):
            return None
        row, headings = headed.table.rows[headed.start]
        missing = ", ".join(name for column, name in REQUIRED.items() if column not in headed.columns)
        place = str(row) if headed.table.sheet is None else f"{headed.table.sheet}!{row}"
        seen = shorten(" | ".join(filter(None, headings)), _LONGEST_HEADINGS)
        return "inventory-columns-missing", {"columns": missing, "row": place, "seen": seen}


def table_of(
    path: Path, choice: InventoryChoice | None = None, maps: Mapping[str, Mapping[str, str]] | None = None
) -> InventoryTable:
    """The first table that has the headings, else the one that has most of them, for a person to say the rest.

    ``maps`` are what was said before, by :func:`digest`. Raises Refused: ``inventory-empty``, ``-encoding`` or
    ``-hidden`` where the file is of no use, and as :func:`~station.spreadsheets.tables.tables` does.
    """
    choice, best = choice or InventoryChoice(), None
    for table in tables(path):
        if not table.rows:
            if best is None and table.sheet is None:
                break  # by the separator that divides it best, a text file holds nothing
            continue
        if choice.sheet is not None and table.sheet != choice.sheet:
            continue
        found = _headed(table, choice, maps or {})
        if found is None:
            continue
        if _is_complete(found.headed):
            if table.hidden:
                raise Refused("inventory-hidden", file=path.name, sheet=table.sheet)
            return found
        if not table.hidden and (best is None or len(found.headed.columns) > len(best.headed.columns)):
            best = found
    if best is None:
        raise Refused("inventory-empty", file=path.name)
    if best.headed.table.guessed and not best.headed.columns:
        raise Refused("inventory-encoding", file=path.name)
    return best


def digest(headings: Cells) -> str:
    """What the headings of an inventory are known by: not what a list of entries with the same headings is."""
    return list_maps.digest(("inventory", *map(plain, headings)))


def book_and_year(text: str) -> re.Match[str] | None:
    """Book and year opened, where they are written in one: 01/2007."""
    return _BOOK_AND_YEAR.fullmatch(_FIRST_DAY.sub("", BOOK_WORDS.sub("", text, count=1)))


def _headed(table: SheetTable, choice: InventoryChoice, maps: Mapping[str, Mapping[str, str]]) -> InventoryTable | None:
    rows = [
        _with_columns(headed, choice, maps.get(digest(headed.headings)))
        for headed in headed_rows(table, _COLUMNS)
        if choice.row is None or table.rows[headed.start][0] == choice.row
    ]
    # Where no heading is known, the first row that fills most columns is likelier to be the headings than a title.
    return max(rows, key=lambda one: (len(one.headed.columns), _filled(one.headed.headings)), default=None)


def _with_columns(
    headed: HeadedTable[InventoryColumn], choice: InventoryChoice, said: Mapping[str, str] | None
) -> InventoryTable:
    columns = choice.columns
    if columns is None and said is not None:
        columns = {InventoryColumn(name): int(at) for name, at in said.items()}
    by_headings = headed.columns
    return InventoryTable(
        headed if columns is None else replace(headed, columns=columns), by_headings, stated=columns is not None
    )


def _filled(cells: Iterable[str]) -> int:
    return sum(1 for cell in cells if cell)


def _is_complete(headed: HeadedTable[InventoryColumn]) -> bool:
    if not {InventoryColumn.TYPE, InventoryColumn.BOOK} <= headed.columns.keys():
        return False
    books = (headed.text(cells, InventoryColumn.BOOK) for _, cells in headed.rows)
    return InventoryColumn.YEAR in headed.columns or any(map(book_and_year, books))
