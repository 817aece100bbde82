"""``tramquet restore``: a backup brought back where there is no catalogue."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.edge import language, person, say, tramquet
from station.errors import Refused
from station.messages import Message
from station.storage import split_file

if TYPE_CHECKING:
    from station.settings import Settings
    from station.upkeep.restore import BackupArchive

#: So many reasons fit into one sentence.
_MOST = 5


@tramquet.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--unproven", is_flag=True, help="Also a backup of another key, or one that differs from its own log.")
@click.pass_context
def restore(ctx: click.Context, file: Path, unproven: bool) -> None:
    """Bring a backup back where there is no catalogue, and its settings where there is no settings file yet."""
    from station import context, settings
    from station.catalogue import event_log, station_key
    from station.scanning import recovery
    from station.settings.replacing import proposed
    from station.system import service
    from station.upkeep import log_check
    from station.upkeep import restore as upkeep_restore

    config, data = ctx.find_root().obj
    who = person()
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(split_file.open_pieces(file))
        except OSError as error:
            raise Refused("backup-unreadable", path=file, detail=error.strerror) from error
        found = upkeep_restore.read(opened)
        if config.exists():
            chosen = settings.load(config, data=data)
            doubts = _doubts(found, chosen, unproven=unproven)
            upkeep_restore.check(found, chosen.station.data, chosen.station.id)
        else:
            with proposed(config, found.settings(), group=service.settings_group()) as proposal:
                doubts = _doubts(found, proposal.settings, unproven=unproven)
                upkeep_restore.check(found, data or proposal.settings.station.data, found.station)
            chosen = settings.load(config, data=data)
        known = station_key.read(chosen.station.key_file) is not None
        key = station_key.made(chosen.station.key_file, chosen.station.data)  # as root, who may read it in any case
        service.make_data_folder(chosen.station.data)
        context.become_owner(chosen.station.data)
        written = upkeep_restore.restore(found, chosen.station.data)
    with context.open_station(chosen, key=key, anew=True) as station:
        recovery.recover(station)
        with station.catalogue.writing() as session:
            proven = known and not doubts
            event_log.record(session, who, log_check.RESTORED, files=written, made_at=found.made_at, proven=proven)
    if not known:
        click.echo(Message("restore-no-key", {"path": chosen.station.key_file}).sentence(language()), err=True)
    say("restore-done" if found.masters else "restore-done-catalogue", made_at=found.made_at, files=written)


def _doubts(found: BackupArchive, chosen: Settings, *, unproven: bool) -> list[Message]:
    """What speaks against the backup: told where it is to be brought back all the same, else the reason not to."""
    from station.catalogue import station_key
    from station.upkeep import backup_proof

    path = chosen.station.key_file
    doubts = backup_proof.doubts(found, station_key.read(path), path)
    if doubts and not unproven:
        more = [Message("and-more", {"number": len(doubts) - _MOST})] if len(doubts) > _MOST else []
        raise Refused("backup-doubtful", path=found.file.name, doubts=doubts[:_MOST] + more)
    for doubt in doubts:
        click.echo(doubt.sentence(language()), err=True)
    return doubts
