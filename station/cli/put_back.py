"""``tramquet put-back``: an image that was set aside, a page again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import operator_option, person, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command("put-back")
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ")
@click.argument("after", metavar="AFTER")
@operator_option
@with_station
def put_back(station: Station, ledger: str, seq: str, after: str, operator: str | None) -> None:
    """Make the image SEQ, which was set aside, a page of LEDGER again, behind page AFTER (000: before all others)."""
    from station.ledger import page_order

    page_order.put_back(station, ledger, seq, after, who=operator or person())
