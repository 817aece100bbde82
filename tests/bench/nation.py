"""A nation's roll-up: the tables of 63 provinces as Parquet, asked on DuckDB, and the same SQL on Spark as the peer.

11,025 communes; TRAMQUET_NATION_ENTRIES is how many entries all of them have (10,000,000). The tables are invented by
SQL and written as a province writes its own. Spark runs in this machine with two workers (``script/bootstrap --test
--spark``); without it DuckDB is measured alone. Both must say the same.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb

from station.province import nation, rollup_tables
from station.province.nation import NationTables
from station.province.rollup import Tables
from tests.bench.rows import say, tell
from tests.station.province.received import plain

ENTRIES = int(os.environ.get("TRAMQUET_NATION_ENTRIES", "10000000"))
PROVINCES, COMMUNES, LEDGER = 63, 175, 200
LEDGERS = max(1, round(ENTRIES / (PROVINCES * COMMUNES * LEDGER)))
ROUNDS = 3
NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
#: Ledgers of each commune and entries of each ledger, as a province has them. One ledger in a hundred was
#: delivered by two stations, one has another total, one has all numbers of another one.
_FILL = f"""
CREATE TEMP TABLE ledger AS
SELECT printf('%05d', {{province}} * {COMMUNES} + c) AS place, 'qt-' || place AS station, l,
  'KS.' || (1950 + l % 70) || '.' || printf('%02d', l // 70 + 1) AS ledger,
  1950 + (l - CASE WHEN l % 100 = 4 THEN 1 ELSE 0 END) % 70 AS entry_year,
  sha256('m' || place || '.' || l) AS sha256, sha256('a' || place || '.' || l) AS archive,
  TIMESTAMP '2026-02-10 11:00:00' + INTERVAL (l % 20) DAY AS received_at
FROM range({COMMUNES}) AS commune(c), range({LEDGERS}) AS ledgers(l);

INSERT INTO manifest
SELECT sha256, station, place, 'Xã ' || place, 'Huyện ' || (CAST(place AS INTEGER) // 12), 'Tỉnh {{province}}',
  ledger, 'KS', 'entries', 1, FALSE, 'met', NULL, NULL, {LEDGER}, {LEDGER}, {LEDGER},
  CASE WHEN l % 100 = 1 THEN {LEDGER} + 1 ELSE {LEDGER} END, 0, 'tramquet 0.2.0', archive, received_at
FROM ledger
UNION ALL
SELECT sha256(sha256), 'qt-other-{{province}}', place, 'Xã ' || place, NULL, 'Tỉnh {{province}}',
  ledger, 'KS', 'entries', 1, FALSE, 'met', NULL, NULL, {LEDGER}, {LEDGER}, 0,
  NULL, 0, 'tramquet 0.2.0', archive, received_at
FROM ledger WHERE l % 100 = 2;

INSERT INTO entry
SELECT sha256, entry_year, CAST(n + 1 + l // 70 * {LEDGER} AS VARCHAR),
  entry_year || '-' || printf('%02d', (n + l) % 12 + 1)
    || '-' || printf('%02d', (n * 5 + CAST(place AS INTEGER)) % 28 + 1)
FROM ledger, range({LEDGER}) AS numbers(n);

INSERT INTO receipt
SELECT sha256, 80000, 'p', station, 'manifest.json', received_at FROM ledger
UNION ALL
SELECT archive, 20000000, 'p', station, ledger || '.zip', received_at FROM ledger;

INSERT INTO report
SELECT sha256('r' || place || d), 'qt-' || place, DATE '2026-02-10' + CAST(d AS INTEGER), 1,
  TIMESTAMP '2026-02-10 11:00:00' + INTERVAL (d) DAY, TIMESTAMP '2026-02-10 11:00:00' + INTERVAL (d) DAY
FROM (SELECT DISTINCT place FROM ledger), range(20) AS days(d);

INSERT INTO report_place
SELECT sha256, substr(station, 4), 1, 2000, 2000.0, 100, 50, {LEDGERS * LEDGER}, 100, 100, 50, 0 FROM report;

INSERT INTO heartbeat
SELECT row_number() OVER (), 'qt-' || place, 'a', '0.2.0', heard_at, heard_at, '', 1, 2, 0, 0, FALSE, NULL, NULL
FROM (
  SELECT place, TIMESTAMP '2026-03-02 10:00:00' - INTERVAL (h) HOUR AS heard_at
  FROM (SELECT DISTINCT place FROM ledger), range(24) AS hours(h)
);

DROP TABLE ledger;
"""
QUERIES = (
    *("whole", "communes", "districts", "days", "stations", "doubt_entry_twice", "doubt_ledger_of_two_stations"),
    *("doubt_totals_differ", "doubt_archive_missing", "doubt_delivered_differ", "doubt_revision_twice"),
)
SHAPE = {"provinces": PROVINCES, "communes": PROVINCES * COMMUNES, "cores": os.cpu_count()}


def main() -> None:
    """Print the rows."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        started = time.perf_counter()
        entries = sum(_write(number, folder / f"{number:02d}") for number in range(PROVINCES))
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        SHAPE.update(entries=entries, bytes=size)
        say(f"{entries} entries in {size} bytes after {time.perf_counter() - started:.0f} s")
        engines = {"DuckDB": stack.enter_context(nation.on_duckdb(folder, NOW))}
        if find_spec("pyspark"):
            from pyspark.sql import SparkSession

            builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "6g")
            builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "8")
            builder = builder.config("spark.ui.showConsoleProgress", "false")
            session = builder.getOrCreate()
            stack.callback(session.stop)
            engines["Spark"] = stack.enter_context(nation.on_spark(session, folder, NOW))
        for query in QUERIES:
            _ask(query, engines)


def _write(province: int, folder: Path) -> int:
    """A province's tables; gives how many entries they have."""
    connection = duckdb.connect()
    connection.execute(rollup_tables.sql("schema"))
    connection.execute(rollup_tables.sql("views"))
    connection.execute(_FILL.format(province=province))
    for table in ("arrived_entry", "arrival_day"):
        connection.execute(f"INSERT INTO {table} {rollup_tables.sql(table)}")
    nation.write(cast(Tables, SimpleNamespace(connection=connection)), folder)
    (count,) = connection.execute("SELECT COUNT(*) FROM arrived_entry").fetchone() or (0,)
    connection.close()
    return int(count)


def _ask(query: str, engines: dict[str, NationTables]) -> None:
    answers: dict[str, list[Any]] = {}
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            started = time.perf_counter()
            rows = engine.rows(query)
            times[name].append(time.perf_counter() - started)
            answers[name] = plain(rows)
    assert all(rows == answers["DuckDB"] for rows in answers.values()), query
    peer = times.get("Spark")
    shape = SHAPE | {"rows": len(answers["DuckDB"])}
    tell(f"nation: {query}, DuckDB against Spark", times["DuckDB"], peer, unit="s", limit=None, settings=shape)


if __name__ == "__main__":
    main()
