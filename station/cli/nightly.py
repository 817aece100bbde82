"""``tramquet nightly``: the backup that systemd asks for each night, as ``[backup]`` in the settings says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import language, person, tramquet
from station.cli.privilege import written_by_the_station
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station
    from station.storage.split_file import Pieces


@tramquet.command()
@click.pass_context
def nightly(ctx: click.Context) -> None:
    """The nightly backup, as [backup] in the settings says; nothing where there is no such section."""
    from station import settings
    from station.storage import durable
    from station.storage.untrusted_folder import Folder
    from station.upkeep import backup as backups
    from station.upkeep import nightly_backup as nights

    config, data = ctx.find_root().obj
    who = person()
    station_settings = settings.load(config, data=data)
    backup_settings = station_settings.backup
    if backup_settings is None:
        return
    content, file = config.read_bytes(), nights.backup_file(station_settings, backup_settings)
    nights.remove_cut_off(station_settings, backup_settings)

    def work(station: Station, target: Pieces) -> bool:
        result = backups.make(station, content, target, masters=backup_settings.masters, who=who)
        for message in result.missing:
            click.echo(message.sentence(language()), err=True)
        report = Message("backup-done", {"path": file, "files": result.files, "size": -(-result.bytes // 1024**2)})
        click.echo(report.sentence(language()))
        return not result.missing

    with durable.storage_failures(backup_settings.folder), Folder.at(backup_settings.folder) as folder:
        well = written_by_the_station(station_settings, folder, file, work)
    if not well:
        ctx.exit(1)
    nights.make_room(station_settings, backup_settings, file)
