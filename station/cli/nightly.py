"""``tramquet nightly``: the backup that systemd asks for each night, as ``[backup]`` in the settings says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.edge import language, person, tramquet
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
    from station.storage.beneath import Folder
    from station.upkeep import backup as backups
    from station.upkeep import nightly_backup as nights

    config, data = ctx.find_root().obj
    who = person()
    chosen = settings.load(config, data=data)
    wanted = chosen.backup
    if wanted is None:
        return
    content, file = config.read_bytes(), nights.backup_file(chosen, wanted)
    nights.remove_cut_off(chosen, wanted)

    def work(station: Station, target: Pieces) -> bool:
        made = backups.make(station, content, target, masters=wanted.masters, who=who)
        for said in made.lacking:
            click.echo(said.sentence(language()), err=True)
        done = Message("backup-done", {"path": file, "files": made.files, "size": -(-made.bytes // 1024**2)})
        click.echo(done.sentence(language()))
        return not made.lacking

    with durable.storage_failures(wanted.folder), Folder.at(wanted.folder) as folder:
        well = written_by_the_station(chosen, folder, file, work)
    if not well:
        ctx.exit(1)
    nights.make_room(chosen, wanted, file)
