"""``tramquet package``: what leaves the station for one ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import language, person, tramquet, with_station
from station.messages import sentence

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.option("--masters", is_flag=True, help="All captures with their states, instead of the entries.")
@with_station
def package(station: Station, ledger: str, masters: bool) -> None:
    """Make the next revision of LEDGER's package (or return the existing one) and queue it; prints its files."""
    from station.domain.states import PackageKind, RowState
    from station.packaging import packages

    kind = PackageKind.MASTERS if masters else PackageKind.ENTRIES
    new_package = packages.make(station, ledger, kind, who=person())
    for file in new_package.files:
        click.echo(file)
    if new_package.rows not in (None, RowState.COMPLETE):
        click.echo(sentence("package-rows-incomplete", language(), {"ledger": ledger}), err=True)
    if new_package.checked is False and not new_package.partial:
        click.echo(sentence("package-unchecked", language(), {"ledger": ledger}), err=True)
