"""A table of persons in an SQLite file: those who may be a given person are found in one look among 600,000.

It tells candidates alone: whether two are one person is for :func:`station.reconciliation.persons.is_same`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from station.domain.naming.partial_dates import PartialDate
from station.reconciliation.persons import PersonRecord
from station.spreadsheets.footers import plain

#: Name and mother are without capitals and signs, ``day`` is a whole day of birth; "" is what is not known.
SCHEMA = """
    CREATE TABLE person (
        name TEXT, day TEXT, mother TEXT, of INTEGER, PRIMARY KEY (name, day, mother, of)
    ) WITHOUT ROWID
"""


def add(connection: sqlite3.Connection, records: Iterable[PersonRecord]) -> None:
    """Enter persons; one without a name is none."""
    rows = (_row(record) for record in records)
    connection.executemany("INSERT OR IGNORE INTO person VALUES (?, ?, ?, ?)", (row for row in rows if row[0]))


def candidates(connection: sqlite3.Connection, record: PersonRecord) -> list[int]:
    """Whose persons may be this one (``of``): of the same day, or of the same mother where a day is not known."""
    name, day, mother, _ = _row(record)
    if not name:
        return []
    same: set[int] = set()
    if day:
        same.update(of for (of,) in connection.execute("SELECT of FROM person WHERE name = ? AND day = ?", (name, day)))
    if mother:
        other = "name = ? AND mother = ?" + (" AND day = ''" if day else "")
        same.update(of for (of,) in connection.execute(f"SELECT of FROM person WHERE {other}", (name, mother)))
    return sorted(same)


def _row(record: PersonRecord) -> tuple[str, str, str, int]:
    return plain(record.name), _day(record.born), plain(record.mother), record.of


def _day(born: PartialDate) -> str:
    """One text for a day and for the one with day and month exchanged."""
    if born.month is None or born.day is None:
        return ""
    low, high = sorted((born.month, born.day))
    return f"{born.year}-{low:02}-{high:02}"
