"""A list of ledgers from a workbook (.xlsx) or a text file (.csv), read whole or refused with every mistake at once.

Columns are found by their headings, Vietnamese or English, in any order; other columns are left alone. How cells are
read as their author saw them is in :mod:`station.spreadsheets.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from station.context import Station
from station.domain.naming.keys import LedgerKey, book_code, place_code, type_code, year_code
from station.domain.paper import paper_name
from station.errors import Refused
from station.ledger import ledgers
from station.ledger.ledgers import Registration
from station.spreadsheets.footers import plain
from station.spreadsheets.headed_tables import HeadedTable, headed_rows
from station.spreadsheets.row_mistakes import RowMistake, RowMistakes, shorten
from station.spreadsheets.rows import Cells
from station.spreadsheets.tables import tables

_LONGEST_CELL = 100  # characters
_LONGEST_HEADINGS = 120  # characters of a row of headings that a sentence shows

#: Headings by column, as :func:`station.spreadsheets.footers.plain` leaves them; the first is the one to write.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "place": ("ma xa", "ma xa phuong", "ma phuong", "ma noi dang ky", "place", "place code", "commune code"),
    "type": ("loai", "loai so", "ma loai", "type", "type code"),
    "year": ("nam", "nam mo", "nam mo so", "year", "year opened"),
    "book": (
        *("quyen", "quyen so", "so quyen", "book", "book number"),
        *("quyen so nam", "so quyen nam", "quyen nam", "quyen so nam mo", "book year"),
    ),
    "last_year": ("den nam", "nam cuoi", "nam khoa so", "last year", "to year"),
    "paper": ("kho giay", "kho", "paper", "paper size"),
    "closing_pages": ("so trang", "tong so trang", "closing pages", "pages"),
    "closing_entries": ("so truong hop", "tong so truong hop", "closing entries", "entries"),
}
_COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}
_REQUIRED = {"type": "Loại", "year": "Năm", "book": "Quyển"}

_COUNT = re.compile(r"[0-9]{1,5}")
#: The ministry's own spelling of a book and the year it was opened: 01/2007.
_BOOK_AND_YEAR = re.compile(r"([0-9]{1,4}[a-z]?)\s*[/-]\s*([0-9]{4})", re.IGNORECASE)
#: What people write before a book's number.
_BOOK_WORDS = re.compile(r"^(?:quyển|quyen|số|so|\s)+(?=[0-9])", re.IGNORECASE)
#: The same in a cell that Excel took for the first day of a month.
_FIRST_DAY = re.compile(r"01/(?=[0-9]{2}/[0-9]{4}$)")

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


def register(station: Station, path: Path, *, who: str) -> list[InventoryRow]:
    """Register all ledgers of the list, or none; gives them. Raises Refused as :func:`read` does."""
    listed_rows = read(path)
    with station.catalogue.reading() as session:
        mistakes = [mistake for row in listed_rows if (mistake := _unfit(station, session, row))]
    if mistakes:
        raise _refusal(path, mistakes)
    registrations = [
        Registration(row.key, row.place, row.last_year, row.paper, row.closing_pages, row.closing_entries)
        for row in listed_rows
    ]
    ledgers.add(station, registrations, who=who)
    return listed_rows


def read(path: Path) -> list[InventoryRow]:
    """The ledgers in the file, in its order; rows without content, totals and signatures are left out.

    Raises Refused: ``inventory-refused`` with all mistakes (facts ``count`` and ``mistakes``); ``inventory-empty``,
    ``-encoding``, ``-hidden``, ``-columns-missing`` or ``-column-twice`` where the file is of no use; and as
    :func:`~station.spreadsheets.tables.tables` does. Whether places and types are known is for the station to say.
    """
    headed = _headed_table(path)
    inventory_rows: list[InventoryRow] = []
    mistakes: list[RowMistake] = []
    first_row: dict[tuple[str | None, LedgerKey], int] = {}
    under = headed.footer("type", _REQUIRED)
    for number, cells in headed.rows:
        if not any(headed.texts(cells).values()) or under.passes(cells):
            continue
        reader = _RowReader(headed, number, cells)
        ledger = reader.ledger()
        mistakes += reader.mistakes
        if ledger is not None:
            earlier = first_row.setdefault((ledger.place, ledger.key), number)
            if earlier != number:
                twice = Refused("inventory-ledger-twice", ledger=ledger.key, row=earlier)
                mistakes.append(RowMistake.of_row(number, twice, ledger.sheet))
            inventory_rows.append(ledger)
    if mistakes:
        raise _refusal(path, mistakes)
    if not inventory_rows:
        raise Refused("inventory-empty", file=path.name)
    return inventory_rows


def _refusal(path: Path, mistakes: Sequence[RowMistake]) -> Refused:
    return Refused("inventory-refused", file=path.name, count=len(mistakes), mistakes=RowMistakes(mistakes))


def _unfit(station: Station, session: Session, row: InventoryRow) -> RowMistake | None:
    """What keeps the station from registering a ledger of the list."""
    try:
        place = station.settings.place(row.place)
        station.settings.ledger_type(row.key.type)
        ledgers.check_years(row.key, row.last_year)
        if ledgers.is_registered(session, place.code, row.key):
            raise Refused("ledger-exists", ledger=row.key.name, place=place.code)
    except Refused as reason:
        return RowMistake.of_row(row.row, reason, row.sheet)
    return None


def _headed_table(path: Path) -> HeadedTable[str]:
    """The first table that has the headings."""
    best: HeadedTable[str] | None = None
    for table in tables(path):
        if not table.rows:
            if best is None and table.sheet is None:
                break  # by the separator that divides it best, a text file holds nothing
            continue
        headed = max(headed_rows(table, _COLUMNS), key=lambda row: len(row.columns))
        if _is_complete(headed):
            if table.hidden:
                raise Refused("inventory-hidden", file=path.name, sheet=table.sheet)
            return _checked(path, headed)
        if not table.hidden and (best is None or len(headed.columns) > len(best.columns)):
            best = headed
    if best is None:
        raise Refused("inventory-empty", file=path.name)
    if best.table.guessed and not best.columns:
        raise Refused("inventory-encoding", file=path.name)
    return _checked(path, best)


def _is_complete(headed: HeadedTable[str]) -> bool:
    if not {"type", "book"} <= headed.columns.keys():
        return False
    return "year" in headed.columns or any(_book_and_year(headed.text(cells, "book")) for _, cells in headed.rows)


def _checked(path: Path, headed: HeadedTable[str]) -> HeadedTable[str]:
    """The table, where no column stands twice and none is missing."""
    row, headings = headed.table.rows[headed.start]
    for at, heading in enumerate(headings):
        first = headed.columns.get(_COLUMNS.get(plain(heading), ""), at)
        if first != at:
            twice = {"first": headings[first], "second": heading}
            cells = {"first_cell": headed.table.place(row, first), "second_cell": headed.table.place(row, at)}
            raise Refused("inventory-column-twice", file=path.name, **twice, **cells)
    if not _is_complete(headed):
        missing = ", ".join(name for column, name in _REQUIRED.items() if column not in headed.columns)
        place = str(row) if headed.table.sheet is None else f"{headed.table.sheet}!{row}"
        seen = shorten(" | ".join(filter(None, headings)), _LONGEST_HEADINGS)
        raise Refused("inventory-columns-missing", file=path.name, columns=missing, row=place, seen=seen)
    return headed


@dataclass
class _RowReader:
    """Reads the cells of one row and keeps what is wrong with them."""

    headed: HeadedTable[str]
    number: int
    cells: Cells
    mistakes: list[RowMistake] = field(default_factory=list)

    def text(self, column: str) -> str:
        return self.headed.text(self.cells, column)

    def ledger(self) -> InventoryRow | None:
        place = self._take("place", place_code)
        kind = self._take("type", lambda text: type_code(text.upper()))
        # The ministry writes both in one: 01/2007.
        both = _book_and_year(self.text("book"))
        book_year = self._take("book", lambda _: _year(both[2])) if both else None
        year = book_year if book_year is not None and not self.text("year") else self._take("year", _year)
        book = self._take("book", lambda text: book_code(both[1] if both else _BOOK_WORDS.sub("", text, count=1)))
        last_year = self._take("last_year", _year)
        paper = self._take("paper", paper_name)
        pages = self._take("closing_pages", _count)
        entries = self._take("closing_entries", _count)
        if None not in (year, book_year) and year != book_year:
            self._wrong("book", Refused("inventory-book-year", text=self.text("book"), year=year))
        if year is not None and last_year is not None and last_year < year:
            self._wrong("last_year", Refused("inventory-last-year", first=year, last=last_year))
        if self.mistakes or kind is None or year is None or book is None:
            return None
        key = LedgerKey(kind, year, book)
        return InventoryRow(self.number, place, key, last_year, paper, pages, entries, self.headed.table.sheet)

    def _take(self, column: str, parse: Callable[[str], _T]) -> _T | None:
        text = self.text(column)
        try:
            if len(text) > _LONGEST_CELL:
                raise Refused("inventory-cell-too-long", beginning=text[:20], longest=_LONGEST_CELL)
            if text:
                return parse(text)
            if column in _REQUIRED:
                raise Refused("inventory-cell-empty", column=_REQUIRED[column])
        except Refused as reason:
            self._wrong(column, reason)
        return None

    def _wrong(self, column: str, reason: Refused) -> None:
        index = self.headed.columns.get(column)
        if index is None:
            self.mistakes.append(RowMistake(self.number, reason))
        else:
            text = self.text(column)
            self.mistakes.append(RowMistake.of_cell(self.number, reason, self.headed.table, index, text))


def _book_and_year(text: str) -> re.Match[str] | None:
    return _BOOK_AND_YEAR.fullmatch(_FIRST_DAY.sub("", _BOOK_WORDS.sub("", text, count=1)))


def _year(text: str) -> int:
    return int(year_code(text))


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Refused("list-not-a-count", text=text)
    return int(text)
