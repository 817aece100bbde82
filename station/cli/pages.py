"""``tramquet pages``: the pages of a ledger in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@json_option
@with_station
def pages(station: Station, ledger: str, as_json: bool) -> None:
    """The pages of LEDGER in their order."""
    from station.views import listings

    show(listings.page_rows(station, ledger), as_json)
