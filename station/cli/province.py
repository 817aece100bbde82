"""``tramquet province``: all stations of a province, out of what their receiver holds; at the province only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, show, tramquet
from station.cli.province_release import release
from station.cli.province_rollup import needs_duckdb, open_rollup
from station.cli.province_stations import stations
from station.cli.province_tables import ask_nation, write_tables
from station.errors import Refused

if TYPE_CHECKING:
    from station.province.rollup import Rollup

DEFAULT_SETTINGS = Path("/etc/tramquet/province.toml")


@tramquet.group(invoke_without_command=True)
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    default=DEFAULT_SETTINGS,
    show_default=True,
    help="The province's settings file.",
)
@click.pass_context
def province(ctx: click.Context, settings: Path) -> None:
    """All stations of a province: without a further word its page, read-only, until stopped."""
    ctx.obj = settings
    if ctx.invoked_subcommand is None:
        _run(open_rollup(settings))


@province.command("show")
@click.argument("table", metavar="TABLE", default="communes")
@click.option("--format", "form", type=click.Choice(["xlsx", "csv"]), help="The table as a file, on standard output.")
@json_option
@click.pass_obj
def show_(settings: Path, table: str, form: str | None, as_json: bool) -> None:
    """A table of the roll-up: communes, districts, stations, or one of what is doubtful."""
    with needs_duckdb():
        from station.province import exports
    rollup = open_rollup(settings)
    if table not in exports.WHOLE:
        raise Refused("province-table", text=table, known=", ".join(exports.WHOLE))
    if form == "xlsx" and sys.stdout.isatty():
        raise Refused("report-workbook-on-screen")
    with rollup.tables() as tables:
        one = exports.table(tables, table)
    if form is not None:
        click.echo(exports.content(one, exports.ExportForm(form), language()), nl=False)
        return
    header = one.header(language())
    rows = one.plain() if as_json else [dict(zip(header, row, strict=True)) for row in one.cells(language())]
    show(rows, as_json)


@province.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def publish(settings: Path, folder: Path) -> None:
    """Write the public page into FOLDER, for any web server: totals only, nothing of people."""
    rollup = open_rollup(settings)
    from station.province import public_page

    with rollup.tables() as tables:
        files = public_page.publish(tables, folder)
    for file in files:
        click.echo(file)


def _run(rollup: Rollup) -> None:
    from station.system import journal_log
    from web.province.app import create_app
    from web.server import Server

    journal_log.set_up()
    table = rollup.settings.province
    with rollup.tables():
        pass  # what is wrong with store or roll-up is told before anybody looks
    server = Server(create_app(rollup), table)
    click.echo(f"http://{table.host}:{table.port}/", err=True)
    server.run()


province.add_command(stations)
province.add_command(release)
province.add_command(write_tables)
province.add_command(ask_nation)
