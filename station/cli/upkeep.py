"""``tramquet verify`` and ``doctor``: whether everything is as it should be, and what to do where it is not."""

from __future__ import annotations

import click

from station import doctor as examination
from station import settings, verification
from station.cli.edge import json_option, language, person, show, tramquet, with_station
from station.opening import Station


@tramquet.command()
@click.pass_context
@with_station
def verify(station: Station, ctx: click.Context) -> None:
    """Disk against catalogue against manifests against the log; exit 1 on any difference."""
    differences = verification.verify(station, who=person())
    for difference in differences:
        click.echo(difference.sentence(language()), err=True)
    if differences:
        ctx.exit(1)


@tramquet.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Everything a technician must know: each line is ok, a warning or a failure, with what to do."""
    config, data = ctx.find_root().obj
    lines = examination.examine(settings.load(config, data=data), language())
    show([vars(line) for line in lines], as_json)
    if any(line.verdict == examination.Verdict.FAILURE for line in lines):
        ctx.exit(1)
