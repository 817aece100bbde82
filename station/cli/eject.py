"""``tramquet eject``: a stick that may be pulled out."""

from __future__ import annotations

import click

from station.cli.edge import language, person, tramquet, with_station
from station.context import Station
from station.delivery import removable_media
from station.messages import Message


@tramquet.command()
@click.argument("destination")
@with_station
def eject(station: Station, destination: str) -> None:
    """Finish writing to the stick of DESTINATION, so that it may be pulled out."""
    removable_media.eject(station, destination, who=person())
    click.echo(Message("stick-ejected", {"destination": destination}).sentence(language()))
