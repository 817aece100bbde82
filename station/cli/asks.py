"""``tramquet asks``: what the station asks of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command("asks")
@click.argument("ledger", metavar="LEDGER", required=False)
@json_option
@with_station
def asks_(station: Station, ledger: str | None, as_json: bool) -> None:
    """What the station asks of people about LEDGER, or about all ledgers: findings, sheets to put back, files."""
    from station.review import questions

    rows = questions.rows(station, ledger, language())
    if as_json:
        show(rows, as_json)
        return
    for row in rows:
        click.echo(f"{row.id}  {row.ledger}  {row.sentence}")
