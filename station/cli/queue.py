"""``tramquet queue``: the deliveries, their receipts, and delivering now."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, show, tramquet, with_station
from station.errors import DeliveryWaits
from station.messages import Message

if TYPE_CHECKING:
    from station.catalogue.models import Delivery
    from station.context import Station


@tramquet.group()
def queue() -> None:
    """What is on its way to the province."""


@queue.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """All deliveries, one line per file and destination."""
    from station.views import listings

    show(listings.delivery_rows(station, language()), as_json)


@queue.command()
@json_option
@with_station
def receipts(station: Station, as_json: bool) -> None:
    """The proofs that files arrived byte for byte."""
    from station.views import listings

    show(listings.receipt_rows(station), as_json)


@queue.command()
@click.argument("id_", metavar="ID", type=int)
@with_station
def retry(station: Station, id_: int) -> None:
    """Put a delivery that is stuck back into the queue."""
    from station.delivery import queue as delivery_queue

    delivery_queue.retry(station, id_, who=person())


@queue.command()
@with_station
def pause(station: Station) -> None:
    """Hold all deliveries until resumed."""
    from station.delivery import queue as delivery_queue

    delivery_queue.pause(station, True, who=person())


@queue.command()
@with_station
def resume(station: Station) -> None:
    """Let deliveries go on."""
    from station.delivery import queue as delivery_queue

    delivery_queue.pause(station, False, who=person())


@queue.command()
@click.option("--until-empty", is_flag=True, help="Go on until everything has a receipt or needs a person.")
@with_station
def run(station: Station, until_empty: bool) -> None:
    """Deliver now; without --until-empty each waiting file is tried once."""
    from station.delivery import queue as delivery_queue

    reports_wait = _send_reports(station)
    troubled = _show_attempts(delivery_queue.run(station))
    while until_empty and (due := delivery_queue.next_due(station)) is not None:
        wait = (due - datetime.now(UTC)).total_seconds()
        if wait > delivery_queue.LONGEST_WAIT:  # the destination's hours, not a line that comes and goes
            break
        time.sleep(max(wait, 0))
        troubled |= _show_attempts(delivery_queue.run(station, only_due=True))
    for trouble in filter(None, [*troubled.values(), *reports_wait]):
        raise DeliveryWaits(trouble.code, **trouble.facts)


def _send_reports(station: Station) -> list[Message | None]:
    """Try the reports that wait, say how each stands, and give their troubles."""
    from station.reports import sending

    troubles = []
    for table in station.settings.destinations:
        for sent in sending.send(station, table.id, only_due=False):
            click.echo(f"{sent.state}  {sent.destination}  {sent.day} r{sent.revision}")
            troubles.append(sent.trouble)
    return troubles


def _show_attempts(deliveries: Iterable[Delivery]) -> dict[int, Message | None]:
    """Say how each stands, and give its trouble."""
    from station.delivery import queue as delivery_queue

    troubled: dict[int, Message | None] = {}
    for item in deliveries:
        click.echo(f"{item.state}  {item.destination}  {item.file.name}")
        troubled[item.id] = delivery_queue.last_trouble(item)
    return troubled
