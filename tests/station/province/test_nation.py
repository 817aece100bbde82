"""A nation asks the tables of its provinces: the same questions, the same answers, on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from station.errors import Refused, StorageFailed
from station.province import nation
from station.province.nation import NationTables
from tests.station.province.received import BESIDE, HERE, NOW, OTHER, STATION, TODAY, Received, manifest, plain, report
from tests.stations import Command

SPARK = pytest.param("spark", marks=pytest.mark.skipif(not find_spec("pyspark"), reason="pyspark is not installed"))


def in_a_province(folder: Path, number: int) -> Received:
    """A province of two communes with something of everything, and with doubts."""
    received = Received(folder / f"received{number}")
    here, beside, station, other = (f"{word}{number}" for word in (HERE, BESIDE, STATION, OTHER))
    received.package(manifest(station, here, "KH.2007.01"))
    received.package(manifest(station, here, "KH.2007.01", 2, numbers=("1", "2", "3", "4"), expected=5))
    received.package(manifest(station, here, "KH.2007.02", numbers=("4", "5")))
    received.package(manifest(other, here, "KH.2007.02", numbers=("4",)))
    received.take(manifest(other, beside, "KT.1999.01"), "manifest.json", other)
    received.take(b"{}", "manifest.json", other)
    for back in range(3):
        done = {"total": 20, "named": 5, "today": 2, "delivered": 9, "attached": 1, "scanned": 7}
        received.day(report(station, TODAY - timedelta(days=back), places={here: done}))
    received.heard(station, version="0.1.0")
    received.heard(other, ago=30)
    received.heard(other, run="b" * 16, ago=29)
    received.heard(other, ago=28)
    return received


@pytest.fixture
def provinces(tmp_path: Path) -> Path:
    """The tables of two provinces."""
    folder = tmp_path / "nation"
    for number in range(2):
        with in_a_province(tmp_path, number).rollup().tables(now=NOW) as tables:
            nation.write(tables, folder / f"{number}")
    return folder


@pytest.fixture(params=["duckdb", SPARK])
def tables(request: pytest.FixtureRequest, provinces: Path) -> Iterator[NationTables]:
    """The nation on either engine."""
    with ExitStack() as stack:
        if request.param == "duckdb":
            yield stack.enter_context(nation.on_duckdb(provinces, NOW))
            return
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
        stack.callback(session.stop)
        yield stack.enter_context(nation.on_spark(session, provinces, NOW))


def test_a_nation_is_told_what_its_provinces_are_told(tables: NationTables, tmp_path: Path) -> None:
    """Every question, but for what is summed up or compared over all of them."""
    asked: dict[str, list[list[str]]] = {query: [] for query in nation.queries()}
    for number in range(2):
        with Received(tmp_path / f"received{number}").rollup().tables(now=NOW) as own:
            for query in asked:
                asked[query] += plain(own.rows(query))
    summed = ("whole", "days", "districts", "versions")
    for query in [one for one in asked if one not in summed]:
        assert plain(tables.rows(query)) == sorted(asked[query]), query
    assert sum(map(bool, asked.values())) >= 14, {query for query, rows in asked.items() if not rows}


def test_sums_are_of_all_provinces(tables: NationTables) -> None:
    (whole,) = tables.rows("whole")
    assert (int(whole["communes"]), int(whole["arrived"]), int(whole["total"])) == (4, 12, 46)
    assert [(str(row["work_day"]), int(row["done"])) for row in tables.rows("days")] == [("2026-03-02", 18)]
    assert {row["version"]: int(row["stations"]) for row in tables.rows("versions")} == {"0.1.0": 2, "0.2.0": 2}


def test_a_nations_questions_are_of_no_single_commune() -> None:
    assert {"whole", "communes", "districts", "days", "stations", "doubt_entry_twice"} <= set(nation.queries())
    assert not {"commune_days", "entries", "views", "schema", "rollout"} & set(nation.queries())


def test_a_question_that_none_is_and_a_folder_without_tables_are_refused(provinces: Path, tmp_path: Path) -> None:
    with nation.on_duckdb(provinces, NOW) as tables, pytest.raises(Refused, match="entries"):
        tables.rows("entries")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="no tables of a province"), nation.on_duckdb(tmp_path / "empty", NOW):
        pass


def test_a_file_that_is_no_table_is_told_and_stays(provinces: Path) -> None:
    file = provinces / "1" / "arrived_entry.parquet"
    file.write_bytes(b"no Parquet")
    with pytest.raises(StorageFailed, match="cannot be asked"), nation.on_duckdb(provinces, NOW) as tables:
        tables.rows("whole")
    assert file.read_bytes() == b"no Parquet"


def test_tables_are_written_over_those_of_yesterday(tmp_path: Path) -> None:
    received = in_a_province(tmp_path, 0)
    rollup, folder = received.rollup(), tmp_path / "nation" / "0"
    for _ in range(2):
        with rollup.tables(now=NOW) as tables:
            files = nation.write(tables, folder)
    assert sorted(folder.iterdir()) == sorted(files)
    assert {file.stem for file in files} == set(nation.tables())


def test_table_that_cannot_be_written_leaves_yesterdays(tmp_path: Path) -> None:
    rollup, folder = in_a_province(tmp_path, 0).rollup(), tmp_path / "nation" / "0"
    with rollup.tables(now=NOW) as tables:
        before = {file: file.read_bytes() for file in nation.write(tables, folder)}
        tables.connection.execute("ALTER TABLE entry RENAME TO away")
        with pytest.raises(StorageFailed, match="could not be written"):
            nation.write(tables, folder)
        tables.connection.execute("ALTER TABLE away RENAME TO entry")
    assert {file: file.read_bytes() for file in folder.iterdir()}.keys() == before.keys()
    assert (folder / "entry.parquet").read_bytes() == before[folder / "entry.parquet"]


def test_by_the_commands(tmp_path: Path) -> None:
    for number in range(2):
        received = in_a_province(tmp_path, number)
        command = Command(received.folder)
        command.run("province", "--settings", received.settings(), "tables", tmp_path / "nation" / str(number))
    (whole,) = command.json("province", "nation", tmp_path / "nation")
    assert (whole["communes"], whole["arrived"]) == (4, 12)
    twice = command.json("province", "nation", tmp_path / "nation", "doubt_entry_twice")
    assert [(row["place"], row["example"]) for row in twice] == [(f"{HERE}{number}", "4") for number in range(2)]
    if not find_spec("pyspark"):
        assert "Spark" in command.refused("province", "nation", tmp_path / "nation", "--spark", "local[2]")
