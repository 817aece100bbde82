"""``tramquet province tables`` and ``tramquet province nation``: roll-ups of provinces for a nation."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from station.cli.command import json_option, show
from station.cli.province_rollup import needs_duckdb, open_rollup
from station.errors import Refused


@click.command("tables")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def write_tables(settings: Path, folder: Path) -> None:
    """Write the roll-up's tables into FOLDER as Parquet, for a nation or another engine."""
    rollup = open_rollup(settings)
    from station.province import nation

    with rollup.tables() as tables:
        files = nation.write(tables, folder)
    for file in files:
        click.echo(file)


@click.command("nation")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("table", metavar="TABLE", default="whole")
@click.option("--spark", metavar="MASTER", help="Ask by Spark, such as local[2] or spark://HOST:7077.")
@json_option
def ask_nation(folder: Path, table: str, spark: str | None, as_json: bool) -> None:
    """A table over all provinces whose tables lie in folders of FOLDER."""
    with needs_duckdb():
        from station.province import nation
    now = datetime.now(UTC)
    with ExitStack() as stack:
        if spark is None:
            tables = stack.enter_context(nation.on_duckdb(folder, now))
        else:
            try:
                from pyspark.sql import SparkSession
            except ModuleNotFoundError as error:
                raise Refused("nation-spark") from error
            builder = SparkSession.builder.master(spark).appName("tramquet")
            session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
            session.sparkContext.setLogLevel("ERROR")
            stack.callback(session.stop)
            tables = stack.enter_context(nation.on_spark(session, folder.resolve(), now))
        rows = tables.rows(table)
    show([{name: _plain(value) for name, value in row.items()} for row in rows], as_json)


def _plain(value: object) -> object:
    """A cell as JSON has it: sums come as decimals from one engine and as whole numbers from the other."""
    if value is None or isinstance(value, bool | int | str):
        return value
    text = str(value)
    return int(text) if text.isdecimal() else text
