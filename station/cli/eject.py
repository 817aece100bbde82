"""``tramquet eject``: a stick that may be pulled out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import language, person, tramquet, with_station
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("destination")
@with_station
def eject(station: Station, destination: str) -> None:
    """Finish writing to the stick of DESTINATION, so that it may be pulled out."""
    from station.delivery import removable_media

    removable_media.eject(station, destination, who=person())
    click.echo(Message("stick-ejected", {"destination": destination}).sentence(language()))
