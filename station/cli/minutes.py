"""``tramquet minutes``: the minutes of a closed ledger, one page for signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import language, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command("minutes")
@click.argument("ledger", metavar="LEDGER")
@with_station
def minutes_(station: Station, ledger: str) -> None:
    """The minutes of LEDGER, which is closed: one page (HTML) for signature, on standard output."""
    from station.reports import minutes, minutes_paper

    click.echo(minutes_paper.page(minutes.of_ledger(station, ledger), language()), nl=False)
