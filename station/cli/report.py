"""``tramquet report``: what was done in some days, in every form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from station.cli.edge import json_option, language, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.option("--day", metavar="DAY", help="The day, such as 2025-03-02 or 2/3/2025 (default: today).")
@click.option("--from", "first", metavar="DAY", help="The first of several days.")
@click.option("--to", "last", metavar="DAY", help="The last of several days.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["xlsx", "csv", "json", "html"]),
    help="The form of the report, on standard output (default: a table to look at).",
)
@json_option
@with_station
def report(
    station: Station,
    day: str | None,
    first: str | None,
    last: str | None,
    form: str | None,
    as_json: bool,
) -> None:
    """What was done on a day, per commune, person and type, with how far each commune is."""
    from station.errors import Refused
    from station.reports import day_report, forms, table
    from station.reports.days import Period
    from station.reports.forms import Form

    wanted = Form.JSON if as_json else Form(form) if form else None
    made = day_report.make(station, Period.of(day, first, last), with_plan=wanted is Form.JSON)
    for notice in made.notices:
        click.echo(notice.sentence(language()), err=True)
    if wanted is None:
        one = table.of_work(made, language())
        show([dict(zip(one.header, row, strict=True)) for row in one.rows], as_json=False)
        return
    if wanted is Form.XLSX and sys.stdout.isatty():
        raise Refused("report-workbook-on-screen")
    click.echo(forms.content(made, wanted, language()), nl=False)
