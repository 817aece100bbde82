"""``tramquet trial``: scanner and destinations of the settings, tried for ``tramquet setup``."""

from __future__ import annotations

import json

import click

from station.cli.command import language, tramquet


@tramquet.command(hidden=True)
@click.pass_context
def trial(ctx: click.Context) -> None:
    """Try scanner and destinations of the settings without opening the catalogue: what setup asks of the service."""
    from station import settings
    from station.setup import first_run

    config, _ = ctx.find_root().obj
    station_settings = settings.load(config)
    failures = [
        {"question": name, "said": why.sentence(language())} for name, why in first_run.trials(station_settings)
    ]
    click.echo(json.dumps(failures, ensure_ascii=False))
