"""A nation: the roll-ups of many provinces as Parquet files, asked by the same views and queries on DuckDB or on Spark.

A province writes its tables into a folder; a nation lays those folders into one. The codes of communes are the
nation's own, so the tables of two provinces never speak of the same commune.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from station.domain.report_columns import DoneMeasure
from station.errors import Refused, StorageFailed
from station.province import rollup_tables
from station.province.rollup import Row, Tables
from station.storage import durable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What a province keeps for itself: by what it goes, and what its own repository offers.
_OWN = ("parameter", "offered", "derived")
_CREATE_TABLE = re.compile(r"CREATE TABLE (\w+)")
#: What a nation does not ask: how tables are made, a repository's stages, and what compares each commune with each.
_NOT_ASKED = ("schema", "views", "arrived_entry", "arrival_day", "rollout", "doubt_ledger_of_two_communes")
#: What a question may hold in memory: a nation's tables are a hundred times a province's. More goes to the disk.
_MEMORY = "4GB"
#: A station that was not heard for so long is silent.
_SILENT = timedelta(hours=24)


class NationTables(Protocol):
    """The tables of a nation on one engine."""

    def rows(self, query: str) -> list[Row]:
        """What the query of that name says, a row each."""


@cache
def tables() -> list[str]:
    """The tables that a province writes."""
    return [name for name in _CREATE_TABLE.findall(rollup_tables.sql("schema")) if name not in _OWN]


@cache
def queries() -> list[str]:
    """The questions that a nation may ask: none of them is about one commune or ledger."""
    names = sorted(Path(file.name).stem for file in resources.files("station.province").joinpath("sql").iterdir())
    return [name for name in names if name not in _NOT_ASKED and "?" not in rollup_tables.sql(name)]


def write(province: Tables, folder: Path) -> list[Path]:
    """Write a province's tables into ``folder``, a Parquet file each, in the place of what was there; gives the files.

    They hold what the roll-up holds, so of people those alone who closed a ledger although something was missing.
    Raises ``StorageFailed`` where the disk does not take them.
    """
    files = []
    with durable.storage_failures(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name in tables():
        file = folder / f"{name}.parquet"
        with _errors("nation-unwritten", folder, duckdb.Error), durable.new_file(file, replace=True) as temporary:
            province.connection.execute(f"COPY {name} TO '{_quoted(temporary)}' (FORMAT parquet, COMPRESSION zstd)")
        files.append(file)
    return files


@contextmanager
def on_duckdb(folder: Path, now: datetime, done: DoneMeasure = DoneMeasure.DELIVERED) -> Iterator[NationTables]:
    """The provinces in the folders of ``folder``, embedded: one machine, which reads the files as they are.

    Raises ``Refused`` where there is none, ``StorageFailed`` where a file cannot be read.
    """
    _check(folder)
    with tempfile.TemporaryDirectory() as spill:
        connection = duckdb.connect(config={**rollup_tables.CONFIG, "memory_limit": _MEMORY, "temp_directory": spill})
        try:
            with _errors("nation-unreadable", folder, duckdb.Error):
                for name in tables():
                    pattern = _quoted(folder / "*" / f"{name}.parquet")
                    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{pattern}')")
                for statement in _parameters(now, done):
                    connection.execute(statement)
                connection.execute(rollup_tables.sql("views"))
            yield _OnDuckdb(connection, folder)
        finally:
            connection.close()


@contextmanager
def on_spark(
    session: SparkSession, folder: Path, now: datetime, done: DoneMeasure = DoneMeasure.DELIVERED
) -> Iterator[NationTables]:
    """The same on Spark, whose workers must see ``folder`` by the same name. Raises like :func:`on_duckdb`."""
    from pyspark.errors import PySparkException

    _check(folder)
    with _errors("nation-unreadable", folder, PySparkException):
        for name in tables():
            files = sorted(map(str, folder.glob(f"*/{name}.parquet")))
            session.read.parquet(*files).createOrReplaceTempView(name)
        for text in (*_parameters(now, done), *_statements("views")):
            session.sql(text.replace("CREATE VIEW", "CREATE OR REPLACE TEMPORARY VIEW"))
    yield _OnSpark(session, folder)


class _OnDuckdb:
    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection, self._folder = connection, folder

    def rows(self, query: str) -> list[Row]:
        with _errors("nation-unreadable", self._folder, duckdb.Error):
            return rollup_tables.fetch(self._connection, _query(query))


class _OnSpark:
    def __init__(self, session: SparkSession, folder: Path) -> None:
        self._session, self._folder = session, folder

    def rows(self, query: str) -> list[Row]:
        from pyspark.errors import PySparkException

        with _errors("nation-unreadable", self._folder, PySparkException):
            return [row.asDict() for row in self._session.sql(_query(query)).collect()]


def _check(folder: Path) -> None:
    if next(folder.glob("*/manifest.parquet"), None) is None:
        raise Refused("nation-empty", path=folder)


def _query(name: str) -> str:
    if name not in queries():
        raise Refused("province-table", text=name, known=", ".join(queries()))
    (statement,) = _statements(name)
    return statement


def _statements(name: str) -> list[str]:
    """The statements of a file of ``sql/``, without comments: Spark takes one at a time."""
    text = re.sub(r"--.*", "", rollup_tables.sql(name))
    return [statement for part in text.split(";") if (statement := part.strip())]


def _parameters(now: datetime, done: DoneMeasure) -> list[str]:
    """What the views go by: the nation's own moment and measure, and no version that all stations should run."""
    moments = [f"TIMESTAMP '{one.astimezone(UTC):%Y-%m-%d %H:%M:%S}'" for one in (now, now - _SILENT)]
    return [
        f"CREATE VIEW parameter AS SELECT {moments[0]} AS right_now, {moments[1]} AS silent_before, '{done}' AS done",
        "CREATE VIEW offered AS SELECT '' AS everywhere, '' AS under_way WHERE FALSE",
    ]


@contextmanager
def _errors(code: str, folder: Path, kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise StorageFailed(code, path=folder, detail=str(error).partition("\n")[0]) from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
