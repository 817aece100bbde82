"""``tramquet queue``: the deliveries, their receipts, and delivering now."""

from __future__ import annotations

import click

from station import delivery, shelf
from station.cli.edge import json_option, language, person, show, tramquet, with_station
from station.errors import DeliveryWaits
from station.opening import Station
from station.states import DeliveryState


@tramquet.group()
def queue() -> None:
    """What is on its way to the province."""


@queue.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """All deliveries, one line per file and destination."""
    show(shelf.delivery_rows(station, language()), as_json)


@queue.command()
@json_option
@with_station
def receipts(station: Station, as_json: bool) -> None:
    """The proofs that files arrived byte for byte."""
    show(shelf.receipt_rows(station), as_json)


@queue.command()
@click.argument("id_", metavar="ID", type=int)
@with_station
def retry(station: Station, id_: int) -> None:
    """Put a delivery that is stuck back into the queue."""
    delivery.retry(station, id_, who=person())


@queue.command()
@with_station
def pause(station: Station) -> None:
    """Hold all deliveries until resumed."""
    delivery.pause(station, True, who=person())


@queue.command()
@with_station
def resume(station: Station) -> None:
    """Let deliveries go on."""
    delivery.pause(station, False, who=person())


@queue.command()
@click.option("--until-empty", is_flag=True, help="Go on until everything has a receipt or needs a person.")
@with_station
def run(station: Station, until_empty: bool) -> None:
    """Deliver now; without --until-empty each waiting file is tried once."""
    again = True
    while again:
        tried = list(delivery.run(station))
        for item in tried:
            click.echo(f"{item.state}  {item.destination}  {item.file.name}")
        again = until_empty and any(item.state == DeliveryState.RECEIPTED for item in tried)
    for item in tried:
        if trouble := delivery.trouble(item):
            raise DeliveryWaits(trouble.code, **trouble.facts)
