"""The tables of the roll-up in one DuckDB file, and how what is new comes into them.

The file is made of the store, the receipts and the heartbeats, and can be made again at any time: one that is damaged,
or of another shape, is thrown away and filled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb

from station.province.received_files import Rows, UnreadFile, received_at, rows_of, utc_text
from station.province.sources import Sources
from station.receiver import heartbeats
from station.receiver.heartbeats import HeartbeatsRead
from station.receiver.receipts import StoredReceipt
from station.receiver.stores.contract import Store

_LOG = logging.getLogger(__name__)
FILE = "rollup.duckdb"
#: So many receipts are read before their rows go into the tables: what is in memory at once.
_BATCH = 2000
#: DuckDB works beside the receiver, and fetches nothing from the internet.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_HEARTBEAT = ("id", *heartbeats.COLUMNS)


@cache
def sql(name: str) -> str:
    """The text of a query in ``sql/``."""
    return resources.files("station.province").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@contextlib.contextmanager
def open_tables(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables in ``folder``, for whoever holds its lock; made anew where they are damaged or of another shape."""
    file = folder / FILE
    shape = hashlib.sha256((sql("schema") + sql("views")).encode()).hexdigest()
    try:
        connection = duckdb.connect(file, config=CONFIG)
        if _shape(connection) not in (shape, None):
            connection.close()
            raise duckdb.Error("of another shape")
    except duckdb.Error as error:
        if "lock" in str(error):  # somebody looks into it with a program of his own
            raise
        _LOG.warning("the roll-up is made anew: %s", error)
        for old in folder.glob(f"{FILE}*"):
            old.unlink()
        connection = duckdb.connect(file, config=CONFIG)
    try:
        if _shape(connection) is None:
            _make(connection, shape)
        yield connection
    finally:
        connection.close()


def update(connection: duckdb.DuckDBPyConnection, sources: Sources) -> int:
    """Take in what the receivers have since the last time; gives how many receipts that were.

    Raises ``DatabaseFailed`` and ``StoreFailed`` where they cannot be asked now; what was taken in stays.
    """
    count = 0
    here = {row[0] for row in connection.execute("SELECT sha256 FROM receipt").fetchall()}
    there = sources.receipts.count()
    if there < len(here):  # the ledger of receipts was put back from a backup
        _empty(connection)
        here = set()
    if there != len(here):
        with contextlib.closing(sources.receipts.in_order()) as receipts:
            for batch in _batches(receipt for receipt in receipts if receipt.sha256 not in here):
                _take_in(connection, batch, sources.store)
                count += len(batch)
    _derive(connection)
    _update_heartbeats(connection, sources.heartbeats)
    return count


def fetch(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What a query says, a row each by its columns' names; ``values`` take the place of its question marks."""
    answer = connection.execute(query, values)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def put(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table. Row by row would take a second for a thousand."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position",
        [table],
    ).fetchall()
    names = [name for name, _ in columns]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as lines:
        for row in rows:
            lines.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=True) + "\n")
        lines.flush()
        connection.execute(
            f"INSERT INTO {table} SELECT * FROM read_json(?, format = 'newline_delimited', columns = ?)",
            [lines.name, dict(columns)],
        )


def _make(connection: duckdb.DuckDBPyConnection, shape: str) -> None:
    connection.execute("BEGIN")
    connection.execute(sql("schema"))
    connection.execute(sql("views"))
    connection.execute("CREATE TABLE shape (sha256 VARCHAR(64))")
    connection.execute("INSERT INTO shape VALUES (?)", [shape])
    connection.execute("COMMIT")


def _shape(connection: duckdb.DuckDBPyConnection) -> str | None:
    """By which schema the tables were made; None where there are none."""
    tables = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    if not tables:
        return None
    row = connection.execute("SELECT sha256 FROM shape").fetchone() if "shape" in tables else None
    return str(row[0]) if row else ""


def _derive(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring up what follows from the receipts, where these are others than at the last time, also after a kill."""
    if (
        connection.execute("SELECT COUNT(*) FROM receipt").fetchone()
        == connection.execute("SELECT COALESCE(MAX(receipts), 0) FROM derived").fetchone()
    ):
        return
    connection.execute("BEGIN")
    for table in ("arrived_entry", "arrival_day"):
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} {sql(table)}")
    connection.execute("DELETE FROM derived")
    connection.execute("INSERT INTO derived SELECT COUNT(*) FROM receipt")
    connection.execute("COMMIT")


def _empty(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (
        "receipt",
        "manifest",
        "hand_over",
        "entry",
        "report",
        "report_place",
        "unread",
        "derived",
        "arrived_entry",
        "arrival_day",
    ):
        connection.execute(f"DELETE FROM {table}")


def _take_in(connection: duckdb.DuckDBPyConnection, batch: list[StoredReceipt], store: Store) -> None:
    names = ("receipt", "manifest", "hand_over", "entry", "report", "report_place", "unread")
    tables: Rows = {name: [] for name in names}
    for receipt in batch:
        at = received_at(receipt)
        tables["receipt"].append(
            (receipt.sha256, receipt.bytes, receipt.package, receipt.station, receipt.filename, at)
        )
        try:
            for table, rows in rows_of(receipt, store).items():
                tables[table] += rows
        except UnreadFile as error:
            tables["unread"].append((receipt.sha256, receipt.station, receipt.filename, error.reason, at))
    connection.execute("BEGIN")
    for table, rows in tables.items():
        if rows:
            put(connection, table, rows)
    connection.execute("COMMIT")


def _update_heartbeats(connection: duckdb.DuckDBPyConnection, kept: HeartbeatsRead) -> None:
    if not kept.exist():
        return
    (newest,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM heartbeat").fetchone() or (0,)
    lowest, highest = kept.numbers()
    known = newest if highest >= newest else 0  # else they were put back from a backup, or made anew
    fresh = [_heartbeat_row(row) for row in kept.after(known)]
    refusals = [(*row[:3], *map(_utc, row[3:])) for row in kept.refusals()]
    connection.execute("BEGIN")
    connection.execute("DELETE FROM heartbeat WHERE id < ? OR id > ?", [lowest, known])
    connection.execute("DELETE FROM refusal")
    put(connection, "heartbeat", fresh)
    put(connection, "refusal", refusals)
    connection.execute("COMMIT")


def _heartbeat_row(row: Sequence[Any]) -> tuple[Any, ...]:
    told = dict(zip(_HEARTBEAT, row, strict=True))
    for name in ("at", "received_at", "oldest_unsent", "backup_at"):
        told[name] = _utc(told[name])
    return tuple({**told, "paused": bool(told["paused"])}.values())


def _utc(text: str | None) -> str | None:
    return None if text is None else utc_text(datetime.fromisoformat(text))


def _batches(receipts: Iterable[StoredReceipt]) -> Iterator[list[StoredReceipt]]:
    batch: list[StoredReceipt] = []
    for receipt in receipts:
        batch.append(receipt)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
