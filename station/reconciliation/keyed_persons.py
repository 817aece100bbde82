"""The persons in the station's own rows, found by name and day of birth without reading every row.

They stand in an index beside the catalogue, together with what people answered about likely duplicates. It is brought
up to date by the newest revisions of rows and the newest lines of the log before it is asked, and made anew where it is
missing, damaged, or of another catalogue: nothing in it is the only copy of anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryRow, Event, Ledger, RowRevision
from station.errors import StorageFailed
from station.reconciliation import person_table, persons
from station.reconciliation.persons import PersonRecord

#: The log's line by which somebody says that an entry is not the one that it was told to be likely the same as.
NO_DUPLICATE = "no-duplicate"
#: So long (s) a look-up waits for another one that brings the index up to date.
_PATIENCE = 5.0
_SCHEMA = f"""
    {person_table.SCHEMA};
    CREATE INDEX person_of ON person (of);
    CREATE TABLE answer (entry INTEGER, other TEXT, PRIMARY KEY (entry, other)) WITHOUT ROWID;
    CREATE TABLE seen (line INTEGER, hash TEXT, revision INTEGER);
    INSERT INTO seen VALUES (0, '', 0);
"""


class KeyedPersons:
    """The index, open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def candidates(self, record: PersonRecord) -> list[int]:
        """The entries whose rows may name this person."""
        return person_table.candidates(self._connection, record)

    def answers(self, entry_id: int) -> set[str]:
        """What this entry is not, as somebody said."""
        return {other for (other,) in self._connection.execute("SELECT other FROM answer WHERE entry = ?", (entry_id,))}


@contextmanager
def up_to_date(file: Path, session: Session) -> Iterator[KeyedPersons]:
    """The index in this file as the catalogue is now.

    ``StorageFailed`` ("keyed-persons-unusable") where the disk does not take it, or it is found damaged on the way:
    whoever asks next gets a new one.
    """
    try:
        with closing(_opened(file, session)) as connection:
            yield KeyedPersons(connection)
    except sqlite3.DatabaseError as error:
        _remove_if_damaged(file, error)
        raise StorageFailed("keyed-persons-unusable", path=file, detail=error) from error


def _opened(file: Path, session: Session) -> sqlite3.Connection:
    try:
        return _brought_up(file, session)
    except sqlite3.DatabaseError as error:
        if not _remove_if_damaged(file, error):
            raise
        return _brought_up(file, session)


def _brought_up(file: Path, session: Session) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # it can be made again
        _bring_up(connection, session)
    except BaseException:
        connection.close()
        raise
    return connection


def _remove_if_damaged(file: Path, error: sqlite3.DatabaseError) -> bool:
    """Remove a file that is no index, as a power cut may leave it; one that is only busy, or on a full disk, stays."""
    if isinstance(error, sqlite3.OperationalError):
        return False
    for part in (file, file.with_name(f"{file.name}-journal")):
        part.unlink(missing_ok=True)
    return True


def _bring_up(connection: sqlite3.Connection, session: Session) -> None:
    newest = session.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).first() or (0, "")
    if _seen(connection)[:2] == tuple(newest):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if not _is_of(session, _seen(connection)):
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f"DROP TABLE {table}")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
        line, _, revision = _seen(connection)
        _enter_rows(connection, session, revision)
        answers = select(Event.facts).where(Event.id > line, Event.what == NO_DUPLICATE)
        pairs = ((facts["entry"], facts["other"]) for facts in session.scalars(answers))
        connection.executemany("INSERT OR IGNORE INTO answer VALUES (?, ?)", pairs)
        connection.execute(
            "UPDATE seen SET line = ?, hash = ?, revision = ?",
            (*newest, session.scalar(select(func.max(RowRevision.id))) or 0),
        )


def _enter_rows(connection: sqlite3.Connection, session: Session, revision: int) -> None:
    """Enter the persons of every row that was changed behind this revision in place of those that it named before."""
    changed = select(RowRevision.entry_row_id).where(RowRevision.id > revision)
    rows = select(EntryRow.entry_id, EntryRow.values, Ledger.type).join(Entry, Entry.id == EntryRow.entry_id)
    for entry_id, values, kind in session.execute(rows.join(Ledger).where(EntryRow.id.in_(changed), ~Ledger.practice)):
        connection.execute("DELETE FROM person WHERE of = ?", (entry_id,))
        person_table.add(connection, persons.records(kind, values, entry_id))


def _seen(connection: sqlite3.Connection) -> tuple[int, str, int]:
    """The newest line of the log, with its hash, and the newest revision that are in the index; -1 before the first."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'seen'").fetchone() is None:
        return -1, "", 0
    line, hash_of_line, revision = connection.execute("SELECT line, hash, revision FROM seen").fetchone()
    return line, hash_of_line, revision


def _is_of(session: Session, seen: tuple[int, str, int]) -> bool:
    """Whether the index was made of this catalogue: its log has the line that the index has seen."""
    line, hash_of_line, _ = seen
    return line == 0 or session.scalar(select(Event.hash).where(Event.id == line)) == hash_of_line
