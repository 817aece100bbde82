"""What a row of a foreign list says of one entry, in whatever words and columns the list has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from station.domain.naming.keys import EntryNumber, LedgerKey
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.reconciliation.list_columns import ListField, MappedList
from station.reconciliation.persons import known_date
from station.spreadsheets.rows import Cells

_BOOK_AND_YEAR = re.compile(r"([0-9]{1,4}[A-Za-z]?)\s*[/.-]\s*([0-9]{4})")
#: The ministry's name of an entry's file, wherever it lies.
_FILE_NAME = re.compile(
    r"(?:.*[\\/])?([A-Z]{2,5})\.([0-9]{4})\.([0-9]{1,4}[A-Z]?)\.([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9]{1,6}[a-z]{0,3})\.pdf",
    re.IGNORECASE,
)
_NAMED = (ListField.TYPE, ListField.YEAR, ListField.BOOK, ListField.NUMBER)


@dataclass(frozen=True)
class ForeignEntry:
    """A row of the list: the place's code ("" where it is not told), the ledger, and what the row says of the entry."""

    row: int
    place: str
    key: LedgerKey
    number: EntryNumber
    date: str
    name: str
    born: str
    mother: str
    file: str

    @classmethod
    def of(cls, row: int, cells: Cells, table: MappedList, default_type: str) -> Self:
        """Read a row; ``Refused`` where it tells no ledger or number."""
        texts = {one: table.value(cells, one) for one in ListField}
        file = texts[ListField.FILE]
        if name := _FILE_NAME.fullmatch(file):
            named = dict(zip(_NAMED, name.group(1, 2, 3, 5), strict=True))
            texts = {one: text or named.get(one, "") for one, text in texts.items()}
            texts[ListField.DATE] = texts[ListField.DATE] or PartialDate.from_placeholder(name[4]).for_people()
        book, year = texts[ListField.BOOK], texts[ListField.YEAR]
        if both := _BOOK_AND_YEAR.fullmatch(book):
            book, year = both.groups()
        if not year:
            year = str(known_date(texts[ListField.DATE]).year or "")
        key = LedgerKey.of((texts[ListField.TYPE] or default_type).upper(), year, book)
        number = EntryNumber.parse(texts[ListField.NUMBER].lower())
        date, name_of = texts[ListField.DATE], texts[ListField.NAME]
        born, mother = texts[ListField.BORN], texts[ListField.MOTHER]
        return cls(row, texts[ListField.PLACE], key, number, date, name_of, born, mother, file)


@dataclass(frozen=True)
class UnreadableRow:
    """A row that was meant for an entry and tells no ledger or number; ``number`` and ``words`` are what it says."""

    row: int
    number: str
    words: str


def entries(table: MappedList, ledger_type: str) -> Iterator[ForeignEntry | UnreadableRow]:
    """The list's entries in its order; ``ledger_type`` is that of a list that has no column for it.

    Repeated headings, sums and signatures are passed over.
    """
    sheet = table.table.sheet
    default = ledger_type or (sheet if sheet.isalpha() and sheet.isupper() else "")
    for row, cells in table.table.rows():
        if row <= table.heading:
            continue
        try:
            yield ForeignEntry.of(row, cells, table, default)
        except Refused:
            # A repeated heading, a sum or a signature has no number; what has one was meant for an entry.
            number = table.value(cells, ListField.NUMBER)
            if any(letter.isdigit() for letter in number) and table.value(cells, ListField.BOOK):
                yield UnreadableRow(row, number, " ".join(filter(None, cells)))
