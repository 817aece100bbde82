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

from station import messages
from station.context import Station
from station.domain.naming.keys import LedgerKey, book_code, place_code, type_code, year_code
from station.domain.paper import paper_name
from station.errors import Refused
from station.ledger import ledgers
from station.ledger.ledgers import Registration
from station.messages import Message
from station.spreadsheets.footers import Footer, plain
from station.spreadsheets.headings import HEADING_ROWS
from station.spreadsheets.rows import Cells
from station.spreadsheets.tables import SheetTable, tables

_LONGEST_CELL = 100  # characters
_LONGEST_SEEN = 40  # characters of a cell that a sentence shows
_SHOWN = 20  # mistakes listed in one sentence

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


@dataclass(frozen=True)
class RowMistake:
    """What is wrong in one row; ``where`` is the cell and what is seen there, None where no single one is wrong."""

    row: int
    reason: Refused
    where: Message | None = None

    def sentence(self, language: str) -> str:
        """The row and the reason in ``language``, and the cell with what is seen there."""
        text = messages.sentence(
            "inventory-mistake", language, {"row": self.row, "reason": self.reason.sentence(language)}
        )
        return f"{text} {self.where.sentence(language)}" if self.where else text


class RowMistakes(tuple[RowMistake, ...]):
    """All mistakes of a list; in a sentence, ``{mistakes:vi}`` gives the first of them in Vietnamese, one a line."""

    def __format__(self, language: str) -> str:
        lines = [mistake.sentence(language) for mistake in self[:_SHOWN]]
        if more := len(self) - len(lines):
            lines.append(messages.sentence("inventory-more", language, {"more": more}))
        return "\n".join(lines)


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

    Raises Refused: ``inventory-refused`` with all mistakes (facts ``count`` and ``mistakes``), or, where the file as a
    whole is of no use, ``inventory-unreadable``, ``-old-excel``, ``-encoding``, ``-too-large``, ``-empty``,
    ``-columns-missing`` or ``-column-twice``. Whether places and types are known is for the station to say.
    """
    table, start, columns = _table_with_headings(path)
    headings = table.rows[start][1]
    inventory_rows: list[InventoryRow] = []
    mistakes: list[RowMistake] = []
    first_row: dict[tuple[str | None, LedgerKey], int] = {}
    under = Footer(headings, columns["type"], [columns[name] for name in _REQUIRED if name in columns])
    for number, cells in table.rows[start + 1 :]:
        reader = _RowReader(table, number, columns, cells)
        if not any(reader.text(column) for column in columns) or under.passes(cells):
            continue
        ledger = reader.ledger()
        mistakes += reader.mistakes
        if ledger is not None:
            earlier = first_row.setdefault((ledger.place, ledger.key), number)
            if earlier != number:
                mistakes.append(RowMistake(number, Refused("inventory-ledger-twice", ledger=ledger.key, row=earlier)))
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
        return RowMistake(row.row, reason, Message("inventory-on-sheet", {"sheet": row.sheet}) if row.sheet else None)
    return None


def _table_with_headings(path: Path) -> tuple[SheetTable, int, dict[str, int]]:
    """The first table that has the headings, the row they stand in, and which column is which."""
    best: tuple[int, SheetTable, int] | None = None
    for table in tables(path):
        if not table.rows:
            if best is None and table.sheet is None:
                break  # by the separator that divides it best, a text file holds nothing
            continue
        top = table.rows[:HEADING_ROWS]
        start = max(range(len(top)), key=lambda index: len(_known_columns(top[index][1])))
        pairs = _known_columns(top[start][1])
        if _is_complete(table, start, {column: index for index, column in pairs}):
            if table.hidden:
                raise Refused("inventory-hidden", file=path.name, sheet=table.sheet)
            return table, start, _columns(path, table, start)
        if table.hidden:
            continue
        if best is None or len(pairs) > best[0]:
            best = len(pairs), table, start
    if best is None:
        raise Refused("inventory-empty", file=path.name)
    count, table, start = best
    if table.guessed and not count:
        raise Refused("inventory-encoding", file=path.name)
    return table, start, _columns(path, table, start)


def _is_complete(table: SheetTable, start: int, columns: Mapping[str, int]) -> bool:
    if "type" not in columns or "book" not in columns:
        return False
    book = columns["book"]
    return "year" in columns or any(
        len(cells) > book and _book_and_year(cells[book]) for _, cells in table.rows[start + 1 :]
    )


def _columns(path: Path, table: SheetTable, start: int) -> dict[str, int]:
    row, headings = table.rows[start]
    columns: dict[str, int] = {}
    for index, column in _known_columns(headings):
        if column in columns:
            twice = {"first": headings[columns[column]], "second": headings[index]}
            cells = {"first_cell": table.place(row, columns[column]), "second_cell": table.place(row, index)}
            raise Refused("inventory-column-twice", file=path.name, **twice, **cells)
        columns[column] = index
    if not _is_complete(table, start, columns):
        missing = [name for column, name in _REQUIRED.items() if column not in columns]
        place = str(row) if table.sheet is None else f"{table.sheet}!{row}"
        headings_text = _shorten(" | ".join(filter(None, headings)), 3 * _LONGEST_SEEN)
        raise Refused(
            "inventory-columns-missing", file=path.name, columns=", ".join(missing), row=place, seen=headings_text
        )
    return columns


def _known_columns(cells: Cells) -> list[tuple[int, str]]:
    return [(index, _COLUMNS[name]) for index, cell in enumerate(cells) if (name := plain(cell)) in _COLUMNS]


@dataclass
class _RowReader:
    """Reads the cells of one row and keeps what is wrong with them."""

    table: SheetTable
    number: int
    columns: Mapping[str, int]
    cells: Cells
    mistakes: list[RowMistake] = field(default_factory=list)

    def text(self, column: str) -> str:
        index = self.columns.get(column)
        return "" if index is None or index >= len(self.cells) else self.cells[index]

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
        return InventoryRow(self.number, place, key, last_year, paper, pages, entries, self.table.sheet)

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
        index = self.columns.get(column)
        where = None
        if index is not None:
            text = _shorten(self.text(column), _LONGEST_SEEN)
            facts = {"cell": self.table.place(self.number, index), "sheet": self.table.sheet, "seen": text}
            where = Message("inventory-in-cell" if self.table.sheet is None else "inventory-in-sheet", facts)
        self.mistakes.append(RowMistake(self.number, reason, where))


def _book_and_year(text: str) -> re.Match[str] | None:
    return _BOOK_AND_YEAR.fullmatch(_FIRST_DAY.sub("", _BOOK_WORDS.sub("", text, count=1)))


def _shorten(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _year(text: str) -> int:
    return int(year_code(text))


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Refused("inventory-not-a-count", text=text)
    return int(text)
