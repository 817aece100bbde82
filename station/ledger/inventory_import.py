"""A list of ledgers from a workbook (.xlsx) or a text file (.csv), read whole or refused with every mistake at once.

Columns are found by their headings, Vietnamese or English, in any order; other columns are left alone. The list comes
from outside, so its size is limited and formulas are never computed: what counts is the value saved with them.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from station import messages
from station.domain.naming.keys import LedgerKey, book_code, place_code, type_code, year_code
from station.domain.paper import paper_name
from station.errors import Refused

MOST_ROWS = 100_000
MOST_BYTES = 64 * 1024**2  # of a text file, or of all that a workbook unpacks to
_MOST_COLUMNS = 64
_LAST_EXCEL_ROW = 1_048_576
_LONGEST_CELL = 100  # characters
_HEADING_ROWS = 10  # titles of the sheet may stand above the headings
_SHOWN = 20  # mistakes listed in one sentence

#: Headings by column, as :func:`_plain` leaves them; the first is the one to write.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "place": ("ma xa", "ma xa phuong", "ma phuong", "ma noi dang ky", "place", "place code", "commune code"),
    "type": ("loai", "loai so", "ma loai", "type", "type code"),
    "year": ("nam", "nam mo", "nam mo so", "year", "year opened"),
    "book": ("quyen", "quyen so", "so quyen", "book", "book number"),
    "last_year": ("den nam", "nam cuoi", "nam khoa so", "last year", "to year"),
    "paper": ("kho giay", "kho", "paper", "paper size"),
    "closing_pages": ("so trang", "tong so trang", "closing pages", "pages"),
    "closing_entries": ("so truong hop", "tong so truong hop", "closing entries", "entries"),
}
_COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}
_REQUIRED = {"type": "Loại", "year": "Năm", "book": "Quyển"}

_OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls, and a workbook locked with a password
_COUNT = re.compile(r"[0-9]{1,5}")

# What zipfile and openpyxl raise for a file that is cut, damaged or no workbook; SyntaxError is the XML parsers'.
_NO_WORKBOOK = (
    InvalidFileException,
    BadZipFile,
    zlib.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    EOFError,
    OSError,
)

_Cells = tuple[str, ...]
_T = TypeVar("_T")


@dataclass(frozen=True)
class InventoryRow:
    """One ledger of the list; ``row`` is its row in the file (1 is the first). What the list leaves out is None."""

    row: int
    place: str | None
    key: LedgerKey
    last_year: int | None
    paper: str | None
    closing_pages: int | None
    closing_entries: int | None


@dataclass(frozen=True)
class Mistake:
    """What is wrong in one row."""

    row: int
    reason: Refused

    def sentence(self, language: str) -> str:
        """The row and the reason in ``language``."""
        return messages.sentence(
            "inventory-mistake", language, {"row": self.row, "reason": self.reason.sentence(language)}
        )


class Mistakes(tuple[Mistake, ...]):
    """All mistakes of a list; in a sentence, ``{mistakes:vi}`` gives the first of them in Vietnamese, one a line."""

    def __format__(self, language: str) -> str:
        lines = [mistake.sentence(language) for mistake in self[:_SHOWN]]
        if more := len(self) - len(lines):
            lines.append(messages.sentence("inventory-more", language, {"more": more}))
        return "\n".join(lines)


def read(path: Path) -> list[InventoryRow]:
    """The ledgers in the file, in its order, rows without any content left out.

    Raises Refused: ``inventory-refused`` with all mistakes (facts ``count`` and ``mistakes``), or, where the file as a
    whole is of no use, ``inventory-unreadable``, ``-old-excel``, ``-encoding``, ``-too-large``, ``-empty``,
    ``-columns-missing`` or ``-column-twice``. Whether places and types are known is for the catalogue to say.
    """
    rows = _rows(path)
    if not rows:
        raise Refused("inventory-empty", file=path.name)
    start = max(range(len(rows[:_HEADING_ROWS])), key=lambda index: len(_known(rows[index][1])))
    columns = _columns(path, rows[start][1])
    ledgers: list[InventoryRow] = []
    mistakes: list[Mistake] = []
    first_row: dict[tuple[str | None, LedgerKey], int] = {}
    for number, cells in rows[start + 1 :]:
        reader = _RowReader(number, {column: cells[i] for column, i in columns.items() if i < len(cells)})
        if not any(reader.cells.values()):
            continue
        ledger = reader.ledger()
        mistakes += reader.mistakes
        if ledger is not None:
            earlier = first_row.setdefault((ledger.place, ledger.key), number)
            if earlier != number:
                mistakes.append(Mistake(number, Refused("inventory-ledger-twice", ledger=ledger.key, row=earlier)))
            ledgers.append(ledger)
    if mistakes:
        raise Refused("inventory-refused", file=path.name, count=len(mistakes), mistakes=Mistakes(mistakes))
    if not ledgers:
        raise Refused("inventory-empty", file=path.name)
    return ledgers


@dataclass
class _RowReader:
    """Reads the cells of one row and keeps what is wrong with them."""

    number: int
    cells: Mapping[str, str]
    mistakes: list[Mistake] = field(default_factory=list)

    def ledger(self) -> InventoryRow | None:
        place = self._take("place", place_code)
        kind = self._take("type", lambda text: type_code(text.upper()))
        year = self._take("year", _year)
        book = self._take("book", book_code)
        last_year = self._take("last_year", _year)
        paper = self._take("paper", paper_name)
        pages = self._take("closing_pages", _count)
        entries = self._take("closing_entries", _count)
        if year is not None and last_year is not None and last_year < year:
            self._wrong(Refused("inventory-last-year", first=year, last=last_year))
        if self.mistakes or kind is None or year is None or book is None:
            return None
        return InventoryRow(self.number, place, LedgerKey(kind, year, book), last_year, paper, pages, entries)

    def _take(self, column: str, parse: Callable[[str], _T]) -> _T | None:
        text = self.cells.get(column, "")
        try:
            if len(text) > _LONGEST_CELL:
                raise Refused("inventory-cell-too-long", beginning=text[:20], longest=_LONGEST_CELL)
            if text:
                return parse(text)
            if column in _REQUIRED:
                raise Refused("inventory-cell-empty", column=_REQUIRED[column])
        except Refused as reason:
            self._wrong(reason)
        return None

    def _wrong(self, reason: Refused) -> None:
        self.mistakes.append(Mistake(self.number, reason))


def _year(text: str) -> int:
    return int(year_code(text))


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Refused("inventory-not-a-count", text=text)
    return int(text)


def _columns(path: Path, headings: _Cells) -> dict[str, int]:
    known = _known(headings)
    columns: dict[str, int] = {}
    for index, column in known:
        if column in columns:
            raise Refused(
                "inventory-column-twice", file=path.name, first=headings[columns[column]], second=headings[index]
            )
        columns[column] = index
    if missing := [name for column, name in _REQUIRED.items() if column not in columns]:
        raise Refused("inventory-columns-missing", file=path.name, columns=", ".join(missing))
    return columns


def _known(cells: _Cells) -> list[tuple[int, str]]:
    return [(index, _COLUMNS[plain]) for index, cell in enumerate(cells) if (plain := _plain(cell)) in _COLUMNS]


def _plain(heading: str) -> str:
    """A heading without case, diacritics and punctuation: "Khổ_giấy:" is "kho giay"."""
    letters = unicodedata.normalize("NFKD", heading.casefold().replace("đ", "d"))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(each for each in letters if not unicodedata.combining(each))))


def _rows(path: Path) -> list[tuple[int, _Cells]]:
    """All rows with content and their numbers, from either kind of file, told apart by what is in it."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused("inventory-unreadable", file=path.name, detail=error.strerror) from error
    if len(content) > MOST_BYTES:
        raise Refused("inventory-too-large", file=path.name, rows=MOST_ROWS)
    if content.startswith(_OLD_EXCEL):
        raise Refused("inventory-old-excel", file=path.name)
    is_workbook = content.startswith(b"PK")
    rows = list(islice(_workbook_rows(path, content) if is_workbook else _text_rows(path, content), MOST_ROWS + 2))
    if len(rows) > MOST_ROWS + 1:
        raise Refused("inventory-too-large", file=path.name, rows=MOST_ROWS)
    return rows


def _numbered(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, _Cells]]:
    for number, row in enumerate(rows, start=1):
        # The first look is for speed: a workbook may have a million empty rows.
        if any(row) and any(cells := tuple(_text(value) for value in row)):
            yield number, cells


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Excel keeps 2007 as 2007.0
    return "" if value is None else unicodedata.normalize("NFC", str(value)).strip()


def _text_rows(path: Path, content: bytes) -> Iterator[tuple[int, _Cells]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("inventory-encoding", file=path.name) from error
    top = text.splitlines()[:_HEADING_ROWS]
    separator = max(",;\t", key=lambda each: sum(line.count(each) for line in top))
    try:
        yield from _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Refused("inventory-unreadable", file=path.name, detail=str(error)) from error


def _workbook_rows(path: Path, content: bytes) -> Iterator[tuple[int, _Cells]]:
    try:
        with ZipFile(io.BytesIO(content)) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size <= MOST_BYTES:
            sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False).worksheets[0]
            sheet.reset_dimensions()  # some programs write A1 there, and only that cell would be read
            limits = {"max_row": _LAST_EXCEL_ROW, "max_col": _MOST_COLUMNS}
            yield from _numbered(sheet.iter_rows(values_only=True, **limits))
            return
    except _NO_WORKBOOK as error:
        raise Refused("inventory-unreadable", file=path.name, detail=str(error)) from error
    raise Refused("inventory-too-large", file=path.name, rows=MOST_ROWS)
