"""``tramquet province``: all stations of a province, out of what their receiver holds; at the province only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.edge import json_option, language, show, tramquet
from station.errors import Refused

if TYPE_CHECKING:
    from station.province.rollup import Rollup

DEFAULT_SETTINGS = Path("/etc/tramquet/province.toml")


@tramquet.group()
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    default=DEFAULT_SETTINGS,
    show_default=True,
    help="The province's settings file.",
)
@click.pass_context
def province(ctx: click.Context, settings: Path) -> None:
    """All stations of a province, out of what their receiver holds."""
    ctx.obj = settings


@province.command("show")
@click.argument("table", metavar="TABLE", default="communes")
@click.option("--format", "form", type=click.Choice(["xlsx", "csv"]), help="The table as a file, on standard output.")
@json_option
@click.pass_obj
def show_(settings: Path, table: str, form: str | None, as_json: bool) -> None:
    """A table of the roll-up: communes, districts, stations, or one of what is doubtful."""
    with _needs_duckdb():
        from station.province import exports
    rollup = _rollup(settings)
    if table not in exports.WHOLE:
        raise Refused("province-table", text=table, known=", ".join(exports.WHOLE))
    if form == "xlsx" and sys.stdout.isatty():
        raise Refused("report-workbook-on-screen")
    with rollup.opened() as tables:
        one = exports.table(tables, table)
    if form is not None:
        click.echo(exports.content(one, exports.Form(form), language()), nl=False)
        return
    header = one.header(language())
    rows = one.plain() if as_json else [dict(zip(header, row, strict=True)) for row in one.cells(language())]
    show(rows, as_json)


def _rollup(settings: Path) -> Rollup:
    with _needs_duckdb():
        from station.province import settings as province_settings
        from station.province.rollup import Rollup
    return Rollup(province_settings.load(settings))


@contextmanager
def _needs_duckdb() -> Iterator[None]:
    """No station has it: it is in the province's part of the installation."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        raise Refused("province-duckdb") from error
