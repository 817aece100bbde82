"""The ledgers of an inventory, row by row, with all that is wrong in its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from station.domain.naming.keys import LedgerKey, book_code, place_code, type_code, year_code
from station.domain.paper import paper_name
from station.errors import Refused
from station.ledger.inventory_columns import BOOK_WORDS, REQUIRED, InventoryColumn, book_and_year
from station.spreadsheets.footers import plain
from station.spreadsheets.headed_tables import HeadedTable
from station.spreadsheets.row_mistakes import RowMistake
from station.spreadsheets.rows import Cells

_LONGEST_CELL = 100  # characters
_COUNT = re.compile(r"[0-9]{1,5}")
#: What people write before the name of a type, as :func:`plain` leaves it.
_TYPE_WORDS = re.compile(r"^(so )?(dang ky |ho tich )*(viec )?")

_T = TypeVar("_T")


@dataclass(frozen=True)
class InventoryRow:
    """One ledger of the list; ``row`` is its row in the file (1 is the first). What the list leaves out is None.

    ``sheet`` is the sheet of a workbook that it stands in.
    """

    row: int
    place: str | None
    key: LedgerKey
    last_year: int | None
    paper: str | None
    closing_pages: int | None
    closing_entries: int | None
    sheet: str | None = field(default=None, compare=False)


def read_rows(
    headed: HeadedTable[InventoryColumn], type_names: Mapping[str, str]
) -> tuple[list[InventoryRow], list[RowMistake]]:
    """The ledgers in their order, and every mistake; rows without content, totals and signatures are left out.

    ``type_names`` are the codes of types by their names, as :func:`~station.spreadsheets.footers.plain` leaves them.
    """
    inventory_rows: list[InventoryRow] = []
    mistakes: list[RowMistake] = []
    first_row: dict[tuple[str | None, LedgerKey], int] = {}
    under = headed.footer(InventoryColumn.TYPE, REQUIRED)
    for number, cells in headed.rows:
        if not any(headed.texts(cells).values()) or under.passes(cells):
            continue
        reader = _RowReader(headed, number, cells, type_names)
        ledger = reader.ledger()
        mistakes += reader.mistakes
        if ledger is not None:
            earlier = first_row.setdefault((ledger.place, ledger.key), number)
            if earlier != number:
                twice = Refused("inventory-ledger-twice", ledger=ledger.key, row=earlier)
                mistakes.append(RowMistake.of_row(number, twice, ledger.sheet))
            inventory_rows.append(ledger)
    return inventory_rows, mistakes


@dataclass
class _RowReader:
    """Reads the cells of one row and keeps what is wrong with them."""

    headed: HeadedTable[InventoryColumn]
    number: int
    cells: Cells
    type_names: Mapping[str, str]
    mistakes: list[RowMistake] = field(default_factory=list)

    def text(self, column: InventoryColumn) -> str:
        return self.headed.text(self.cells, column)

    def ledger(self) -> InventoryRow | None:
        place = self._take(InventoryColumn.PLACE, place_code)
        kind = self._take(InventoryColumn.TYPE, self._type)
        # The ministry writes both in one: 01/2007.
        both = book_and_year(self.text(InventoryColumn.BOOK))
        book_year = self._take(InventoryColumn.BOOK, lambda _: _year(both[2])) if both else None
        has_year = bool(self.text(InventoryColumn.YEAR))
        year = book_year if book_year is not None and not has_year else self._take(InventoryColumn.YEAR, _year)
        book = self._take(
            InventoryColumn.BOOK, lambda text: book_code(both[1] if both else BOOK_WORDS.sub("", text, count=1))
        )
        last_year = self._take(InventoryColumn.LAST_YEAR, _year)
        paper = self._take(InventoryColumn.PAPER, paper_name)
        pages = self._take(InventoryColumn.CLOSING_PAGES, _count)
        entries = self._take(InventoryColumn.CLOSING_ENTRIES, _count)
        if None not in (year, book_year) and year != book_year:
            both_years = Refused("inventory-book-year", text=self.text(InventoryColumn.BOOK), year=year)
            self._wrong(InventoryColumn.BOOK, both_years)
        if year is not None and last_year is not None and last_year < year:
            self._wrong(InventoryColumn.LAST_YEAR, Refused("inventory-last-year", first=year, last=last_year))
        if self.mistakes or kind is None or year is None or book is None:
            return None
        key = LedgerKey(kind, year, book)
        return InventoryRow(self.number, place, key, last_year, paper, pages, entries, self.headed.table.sheet)

    def _type(self, text: str) -> str:
        """A type by its code, or by its name: "Khai sinh", "Sổ đăng ký khai sinh"."""
        name = plain(text)
        code = self.type_names.get(name) or self.type_names.get(_TYPE_WORDS.sub("", name, count=1))
        return code or type_code(text.upper())

    def _take(self, column: InventoryColumn, parse: Callable[[str], _T]) -> _T | None:
        text = self.text(column)
        try:
            if len(text) > _LONGEST_CELL:
                raise Refused("inventory-cell-too-long", beginning=text[:20], longest=_LONGEST_CELL)
            if text:
                return parse(text)
            if column in REQUIRED:
                raise Refused("inventory-cell-empty", column=REQUIRED[column])
        except Refused as reason:
            self._wrong(column, reason)
        return None

    def _wrong(self, column: InventoryColumn, reason: Refused) -> None:
        index = self.headed.columns.get(column)
        if index is None:
            self.mistakes.append(RowMistake(self.number, reason))
        else:
            text = self.text(column)
            self.mistakes.append(RowMistake.of_cell(self.number, reason, self.headed.table, index, text))


def _year(text: str) -> int:
    return int(year_code(text))


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Refused("list-not-a-count", text=text)
    return int(text)
