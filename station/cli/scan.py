"""``tramquet scan``: pages from the glass or the feeder, appended to a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, tramquet, with_station
from station.cli.scan_request import run, scan_options, scan_request

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@scan_options
@json_option
@with_station
def scan(
    station: Station,
    ledger: str,
    scanner: str | None,
    source: str | None,
    profile: str | None,
    limit: int | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Scan pages of LEDGER: one from the glass, all from a feeder. Each is safe before it is printed.

    Where the settings say button = true, the glass gives one for each press of the scanner's button, until Ctrl-C.
    """
    run(station, scan_request(ledger, scanner, source, profile, limit, operator), as_json)
