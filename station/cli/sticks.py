"""``tramquet eject``: a stick that may be pulled out."""

from __future__ import annotations

import click

from station import sticks
from station.cli.edge import language, person, tramquet, with_station
from station.messages import Said
from station.opening import Station


@tramquet.command()
@click.argument("destination")
@with_station
def eject(station: Station, destination: str) -> None:
    """Finish writing to the stick of DESTINATION, so that it may be pulled out."""
    sticks.eject(station, destination, who=person())
    click.echo(Said("stick-ejected", {"destination": destination}).sentence(language()))
