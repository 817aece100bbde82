"""``tramquet package``: what leaves the station for one ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.edge import person, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.option("--masters", is_flag=True, help="All captures with their states, instead of the entries.")
@with_station
def package(station: Station, ledger: str, masters: bool) -> None:
    """Make the next revision of LEDGER's package (or return the existing one) and queue it; prints its files."""
    from station.domain.states import PackageKind
    from station.packaging import packages

    kind = PackageKind.MASTERS if masters else PackageKind.ENTRIES
    for file in packages.make(station, ledger, kind, who=person()).files:
        click.echo(file)
