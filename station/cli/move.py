"""``tramquet move``: a page to another place in its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import operator_option, person, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ")
@click.argument("after", metavar="AFTER")
@operator_option
@with_station
def move(station: Station, ledger: str, seq: str, after: str, operator: str | None) -> None:
    """Let page SEQ of LEDGER come behind page AFTER (000: before all others). Names stay as they are."""
    from station.ledger import page_order

    page_order.move(station, ledger, seq, after, who=operator or person())
