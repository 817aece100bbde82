"""``tramquet key``: the station's key, for the safe and out of it."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.catalogue import station_key
from station.catalogue.station_key import Key
from station.cli.command import language, tramquet
from station.cli.privilege import done_by_the_station
from station.errors import Refused, StorageFailed
from station.messages import Message
from station.storage import durable
from station.storage.data_folder import Folders

if TYPE_CHECKING:
    from station.settings import Settings


@tramquet.command()
@click.option("--make", "act", flag_value="make", help="Make one where there is none yet, and seal the log by it.")
@click.option("--enter", "act", flag_value="enter", help="Store the key that is typed in, from the paper in the safe.")
@click.option("--new", "act", flag_value="new", help="Give the station a new one, where the old one is lost.")
@click.pass_context
def key(ctx: click.Context, act: str | None) -> None:
    """Print the station's key, by which its log and its backups are sealed: for the safe, and for a second PC."""
    from station import settings

    config, data = ctx.find_root().obj
    path, station_settings = config.parent / "station.key", None
    if config.exists():
        station_settings = settings.load(config, data=data)
        path = station_settings.station.key_file
    if act is None:
        _print(path)
        return
    if not os.access(path.parent, os.W_OK):
        raise StorageFailed("storage-denied", path=path)
    if act == "enter":
        _store(path, station_settings, Key.parse(click.prompt(_words("key-prompt"))), anew=False)
    elif act == "new":
        _store(path, station_settings, Key.new(), anew=True)
        _print(path)
    elif station_settings is not None and station_key.read(path) is None:
        if Folders(station_settings.station.data).has_catalogue():
            done_by_the_station(
                station_settings, lambda _: True
            )  # refuses where a key that is not there has sealed the log
        station_key.read_or_make(path, station_settings.station.data)
        if Folders(station_settings.station.data).has_catalogue():
            done_by_the_station(station_settings, lambda _: True)


def _print(path: Path) -> None:
    stored_key = station_key.read(path)
    if stored_key is None:
        raise Refused("key-none", path=path)
    click.echo(stored_key.printed())
    click.echo(_words("key-printed"), err=True)


def _store(path: Path, station_settings: Settings | None, new_key: Key, *, anew: bool) -> None:
    """Let the log be sealed by the key, or be found sealed by it, then put it in its place; another one is kept."""
    if station_settings is not None and Folders(station_settings.station.data).has_catalogue():
        done_by_the_station(station_settings, lambda _: True, key=new_key, anew=anew)
    try:
        if station_key.read(path) == new_key:
            return
    except StorageFailed:
        pass  # damaged: it is kept and replaced
    group = (
        station_settings.station.data.stat().st_gid
        if station_settings and station_settings.station.data.exists()
        else None
    )
    with durable.storage_failures(path):
        if path.exists():
            names = (path.with_name(f"{path.name}.before-{number}") for number in count(1))
            old_file = next(name for name in names if not name.exists())
            durable.name_exclusively(path, old_file)
            click.echo(_words("key-kept", path=old_file), err=True)
        station_key.store(path, new_key, group=group)
    click.echo(_words("key-stored", path=path), err=True)


def _words(code: str, **facts: object) -> str:
    return Message(code, facts).sentence(language())
