"""Foreign lists that the station keeps, so that who keys a row hears at once that an entry is in one of them.

Each list is an SQLite file of its own in the data folder: made whole under a temporary name, then only read. They are
no part of a backup, because each can be kept again from the file that it was made of.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from station.catalogue import event_log
from station.context import Station
from station.domain.naming.keys import EntryNumber, LedgerKey
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.reconciliation import foreign_entries, person_table, persons
from station.reconciliation.foreign_entries import ForeignEntry
from station.reconciliation.list_columns import MappedList
from station.reconciliation.persons import PersonRecord, known_date
from station.storage import durable

_SUFFIX = ".sqlite3"
#: Raised when a list is to be kept anew to be read.
_VERSION = 1
_ENTRY = """
    CREATE TABLE entry (
        row INTEGER PRIMARY KEY, place TEXT, type TEXT, year INTEGER, book TEXT, number TEXT, date TEXT, name TEXT,
        born TEXT, mother TEXT
    )
"""
_ABOUT = "CREATE TABLE about (name TEXT, rows INTEGER, unreadable INTEGER, kept_by TEXT, kept_at TEXT)"


@dataclass(frozen=True)
class KeptList:
    """A list that was kept: its file's ``name``, how many entries it has, and by whom and when it was kept.

    ``unreadable`` rows tell no ledger or number, and are not looked among.
    """

    name: str
    rows: int
    unreadable: int
    kept_by: str
    kept_at: str


@dataclass(frozen=True)
class KeptEntry:
    """An entry of a kept list (``list_name``); ``place`` is the place's code, "" where the list does not tell it."""

    list_name: str
    row: int
    place: str
    key: LedgerKey
    number: EntryNumber
    date: PartialDate
    name: str
    born: PartialDate
    mother: str


class OpenList:
    """A kept list that is looked up in."""

    def __init__(self, connection: sqlite3.Connection, about: KeptList) -> None:
        self.about = about
        self._connection = connection

    def with_key(self, key: LedgerKey, number: EntryNumber) -> Iterator[KeptEntry]:
        """Its entries of this ledger and number, in whatever place."""
        ledger = (key.type, key.year, key.book, str(number))
        yield from self._entries("type = ? AND year = ? AND book = ? AND number = ?", ledger)

    def of_person(self, record: PersonRecord) -> Iterator[KeptEntry]:
        """Its entries that are likely of this person; see :func:`station.reconciliation.persons.is_same`."""
        for row in person_table.candidates(self._connection, record):
            for listed in self._entries("row = ?", (row,)):
                if persons.is_same(record, listed.born, listed.mother):
                    yield listed

    def _entries(self, where: str, values: tuple[object, ...]) -> Iterator[KeptEntry]:
        columns = "row, place, type, year, book, number, date, name, born, mother"
        for row, place, kind, year, book, number, date, name, born, mother in self._connection.execute(
            f"SELECT {columns} FROM entry WHERE {where} ORDER BY row", values
        ).fetchall():
            key, dates = LedgerKey(kind, year, book), (PartialDate.parse(date), PartialDate.parse(born))
            number_of = EntryNumber.parse(number)
            yield KeptEntry(self.about.name, row, place, key, number_of, dates[0], name, dates[1], mother)


def keep(station: Station, table: MappedList, *, ledger_type: str = "", place: str = "", who: str) -> KeptList:
    """Keep a list under its file's name, in place of the one that was kept under it before; all of it or nothing.

    ``ledger_type`` and ``place`` are what a list says that has no column for it. ``Refused`` ("kept-list-empty") where
    no row tells an entry, and as :meth:`~station.spreadsheets.long_lists.LongList.rows` does.
    """
    name = table.table.path.name
    durable.make_folders(station.folders.lists)
    final = _file(station, name)
    with durable.new_file(final, replace=True) as new, closing(sqlite3.connect(new)) as connection:
        about = _fill(connection, foreign_entries.entries(table, ledger_type), name, place, who)
        if not about.rows:
            raise Refused("kept-list-empty", file=name)
    with station.catalogue.writing() as session:
        event_log.record(session, who, "list-kept", None, file=name, rows=about.rows, unreadable=about.unreadable)
    return about


def kept(station: Station) -> list[KeptList]:
    """The lists that are kept, by name. ``Refused`` ("kept-list-damaged") where one cannot be read."""
    return sorted(map(_about_file, files(station)), key=lambda one: one.name)


def remove(station: Station, name: str, *, who: str) -> None:
    """Forget a list; ``Refused`` ("kept-list-unknown") where none of that name is kept. A damaged one goes, too."""
    file = _file(station, name)
    if not file.exists():
        raise Refused("kept-list-unknown", name=name)
    with durable.storage_failures(file):
        file.unlink()
    with station.catalogue.writing() as session:
        event_log.record(session, who, "list-forgotten", None, file=name)


def files(station: Station) -> list[Path]:
    """The files of the lists that are kept, in an order that stays."""
    return sorted(station.folders.lists.glob(f"*{_SUFFIX}"))


@contextmanager
def opened(file: Path) -> Iterator[OpenList]:
    """A kept list to look up in; ``Refused`` ("kept-list-damaged") where it cannot be read."""
    address = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            yield OpenList(connection, _about(connection))
    except sqlite3.DatabaseError as error:
        raise Refused("kept-list-damaged", path=file, detail=error) from error


def _about_file(file: Path) -> KeptList:
    with opened(file) as one:
        return one.about


def _file(station: Station, name: str) -> Path:
    """Where a list lies: names of lists are as long, and of such letters, as somebody wanted."""
    return station.folders.lists / f"{hashlib.sha256(name.encode(errors='surrogateescape')).hexdigest()[:16]}{_SUFFIX}"


def _about(connection: sqlite3.Connection) -> KeptList:
    if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
        raise sqlite3.DatabaseError("another version")
    return KeptList(*connection.execute("SELECT name, rows, unreadable, kept_by, kept_at FROM about").fetchone())


def _fill(
    connection: sqlite3.Connection,
    listed: Iterable[ForeignEntry | foreign_entries.UnreadableRow],
    name: str,
    place: str,
    who: str,
) -> KeptList:
    # Nobody reads the file before it is whole, and it is synced then: what is cut off is thrown away.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768")
    connection.executescript(f"{_ENTRY}; {person_table.SCHEMA}; {_ABOUT}")
    unreadable = 0

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal unreadable
        for one in listed:
            if isinstance(one, ForeignEntry):
                dates = str(known_date(one.date)), str(known_date(one.born))
                key = (one.key.type, one.key.year, one.key.book, str(one.number))
                yield (one.row, one.place or place, *key, dates[0], one.name, dates[1], one.mother)
            else:
                unreadable += 1

    connection.executemany(f"INSERT INTO entry VALUES ({', '.join('?' * 10)})", rows())
    of_rows = connection.execute("SELECT row, name, born, mother FROM entry WHERE name != ''")
    person_table.add(
        connection, (PersonRecord(row, person, PartialDate.parse(born), m) for row, person, born, m in of_rows)
    )
    connection.execute("CREATE INDEX entry_key ON entry (type, year, book, number)")
    (count,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    about = KeptList(name, count, unreadable, who, datetime.now(UTC).isoformat(timespec="seconds"))
    connection.execute("INSERT INTO about VALUES (?, ?, ?, ?, ?)", tuple(vars(about).values()))
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.commit()
    return about
