"""``tramquet user``: who may log in to the web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, person, show, tramquet, with_station
from station.domain.roles import Role

if TYPE_CHECKING:
    from station.context import Station


@tramquet.group()
def user() -> None:
    """The people who may log in to the web page."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@with_station
def add(station: Station, name: str, role: str) -> None:
    """Enter a person; prints the PIN, which is never shown again."""
    from station.access import users

    click.echo(users.add(station, name, Role(role), who=person()))


@user.command("reset-pin")
@click.argument("name")
@with_station
def reset_pin(station: Station, name: str) -> None:
    """Draw a new PIN for a person and print it; the old one ends, with its logins."""
    from station.access import users

    click.echo(users.reset_pin(station, name, who=person()))


@user.command()
@click.argument("name")
@with_station
def leave(station: Station, name: str) -> None:
    """Take a person off the list; what they did keeps their name."""
    from station.access import users

    users.leave(station, name, who=person())


@user.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """Everybody, with their roles."""
    from station.access import users

    show(({"name": one.name, "role": str(one.role)} for one in users.all_users(station)), as_json)
