"""``tramquet device``: the devices of the office's network that may use the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, show, tramquet, with_station
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station


@tramquet.group()
def device() -> None:
    """The devices of the office's network that may use the web page ([lan] in the settings)."""


@device.command()
@click.argument("name")
@with_station
def pair(station: Station, name: str) -> None:
    """Print the code by which a device is paired under NAME, and on stderr where to enter it."""
    from station.access import device_pairing, tls_certificate
    from station.system import lan

    code = device_pairing.offer_code(station, name, who=person())
    pages = lan.pages(station.settings.lan)
    facts = {
        "minutes": device_pairing.LIFE.seconds // 60,
        "pages": ", ".join(pages),
        "fingerprint": tls_certificate.station_certificate(station).fingerprint,
    }
    click.echo(code)
    click.echo((Message("pairing-where", facts) if pages else Message("lan-nowhere")).sentence(language()), err=True)


@device.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """Every paired device, when it was paired and when it was last here (to ten minutes)."""
    from station.access import device_pairing

    rows = (
        {
            "name": one.name,
            "paired_at": one.paired_at.isoformat(timespec="seconds"),
            "seen_at": one.seen_at.isoformat(timespec="seconds"),
        }
        for one in device_pairing.paired_devices(station)
    )
    show(rows, as_json)


@device.command()
@click.argument("name")
@with_station
def revoke(station: Station, name: str) -> None:
    """Let a device in no more."""
    from station.access import device_pairing

    device_pairing.revoke(station, name, who=person())


@device.command()
@with_station
def fingerprint(station: Station) -> None:
    """Print the SHA-256 fingerprint of the station's certificate, to compare with what a browser shows."""
    from station.access import tls_certificate

    click.echo(tls_certificate.station_certificate(station).fingerprint)
