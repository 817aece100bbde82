"""Whether a catalogue has exactly the tables, columns, indices and references that its migrations make, and no more.

A trigger or a view that somebody planted would act whenever the station does. Compared is what SQLite says of the
parts, not how they were written: that may change with the libraries.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

#: SQLite's own, which it makes by itself.
_OWN = frozenset({"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"})


def foreign_parts(connection: sqlite3.Connection) -> list[str]:
    """What is there and should not be, is missing, or is other than it should be: ``trigger x``, ``table y``."""
    shape = _shape(connection)
    expected_shape = _expected_shape(str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]))
    return sorted(name for name in shape.keys() | expected_shape.keys() if shape.get(name) != expected_shape.get(name))


@cache
def _expected_shape(revision: str) -> dict[str, Any]:
    """The shape that the migrations up to this one give an empty catalogue."""
    from station.catalogue import migrations  # with Alembic, which takes 0.3 s to import

    engine = create_engine("sqlite://", poolclass=StaticPool)
    migrations.upgrade(engine, revision)
    connection = engine.raw_connection()
    try:
        return _shape(connection.driver_connection)  # type: ignore[arg-type]
    finally:
        connection.close()
        engine.dispose()


def _shape(connection: sqlite3.Connection) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall():
        if name in _OWN or (kind == "index" and sql is None):
            continue  # an index without SQL belongs to a constraint of its table, with which it is compared
        if kind == "table":
            virtual = str(sql).upper().startswith("CREATE VIRTUAL")
            own = (row for row in _ask(connection, "index_list", name) if row[3] != "c")
            indices = sorted(_index(connection, row[1], row[2], row[4], "") for row in own)
            shape[f"table {name}"] = (
                virtual,
                _ask(connection, "table_xinfo", name),
                sorted(_ask(connection, "foreign_key_list", name)),
                indices,
            )
        elif kind == "index":
            (row,) = (row for row in _ask(connection, "index_list", table) if row[1] == name)
            condition = " ".join(str(sql).split()).partition(" WHERE ")[2]
            shape[f"index {name}"] = (table, *_index(connection, name, row[2], row[4], condition))
        else:
            shape[f"{kind} {name}"] = sql
    return shape


def _index(connection: sqlite3.Connection, name: str, unique: int, partial: int, condition: str) -> tuple[Any, ...]:
    return unique, partial, condition, tuple(row[1:5] for row in _ask(connection, "index_xinfo", name))


def _ask(connection: sqlite3.Connection, pragma: str, name: str) -> list[tuple[Any, ...]]:
    quoted = name.replace('"', '""')
    return connection.execute(f'PRAGMA {pragma}("{quoted}")').fetchall()
