"""``tramquet report``: what was done in some days, in every form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station
    from station.reports.days import Period


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
@click.option("--send", "is_sent", is_flag=True, help="Send the day's report now, where it is not sent as it is.")
@json_option
@with_station
def report(
    station: Station,
    day: str | None,
    first: str | None,
    last: str | None,
    form: str | None,
    is_sent: bool,
    as_json: bool,
) -> None:
    """What was done on a day, per commune, person and type, with how far each commune is."""
    from station.errors import Refused
    from station.reports import day_report, forms, table
    from station.reports.days import Period
    from station.reports.forms import Form

    if is_sent:
        _send(station, Period.of(day, first, last))
        return
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


def _send(station: Station, period: Period) -> None:
    """Make what is not made yet, send all that waits, and tell how each stands."""
    from station.errors import DeliveryWaits, Refused
    from station.reports import revisions, sending

    where = revisions.destination(station)
    if where is None:
        raise Refused("report-not-sent")
    for one in period.days():
        revisions.make(station, one, where)
    list(sending.send(station, where, only_due=False))
    for sent in sending.of_days(station, period.first, period.last):
        click.echo(f"{sent.state}  {sent.destination}  {sent.day} r{sent.revision}")
        if sent.trouble is not None:
            raise DeliveryWaits(sent.trouble.code, **sent.trouble.facts)
