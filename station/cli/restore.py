"""``tramquet restore``: a backup brought back where there is no catalogue."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import language, person, say, tramquet
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
    from station.ledger import hand_over_markers
    from station.scanning import orphan_recovery, recovery
    from station.settings.replacing import propose
    from station.system import service
    from station.upkeep import log_check
    from station.upkeep import restore as upkeep_restore

    config, data = ctx.find_root().obj
    who = person()
    with ExitStack() as stack:
        try:
            pieces = stack.enter_context(split_file.open_pieces(file))
        except OSError as error:
            raise Refused("backup-unreadable", path=file, detail=error.strerror) from error
        archive = upkeep_restore.read(pieces)
        if config.exists():
            station_settings = settings.load(config, data=data)
            doubts = _doubts(archive, station_settings, unproven=unproven)
            upkeep_restore.check(archive, station_settings.station.data, station_settings.station.id)
        else:
            with propose(config, archive.settings(), group=service.settings_group()) as proposal:
                doubts = _doubts(archive, proposal.settings, unproven=unproven)
                upkeep_restore.check(archive, data or proposal.settings.station.data, archive.station)
            station_settings = settings.load(config, data=data)
        had_key = station_key.read(station_settings.station.key_file) is not None
        key = station_key.read_or_make(
            station_settings.station.key_file, station_settings.station.data
        )  # as root, who may read it in any case
        service.make_data_folder(station_settings.station.data)
        context.become_owner(station_settings.station.data)
        files = upkeep_restore.restore(archive, station_settings.station.data)
    with context.open_station(station_settings, key=key, anew=True) as station:
        recovery.recover(station)
        if hand_over_markers.are_unknown(station):
            orphan_recovery.adopt(station, who=who)  # nothing is taken into a ledger that goes on elsewhere
        elsewhere = hand_over_markers.apply(station, who=who)
        with station.catalogue.writing() as session:
            proven = had_key and not doubts
            event_log.record(session, who, log_check.RESTORED, files=files, made_at=archive.made_at, proven=proven)
    for notice in elsewhere:
        click.echo(notice.sentence(language()), err=True)
    if not had_key:
        click.echo(
            Message("restore-no-key", {"path": station_settings.station.key_file}).sentence(language()), err=True
        )
    say("restore-done" if archive.masters else "restore-done-catalogue", made_at=archive.made_at, files=files)


def _doubts(archive: BackupArchive, station_settings: Settings, *, unproven: bool) -> list[Message]:
    """What speaks against the backup: told where it is to be brought back all the same, else the reason not to."""
    from station.catalogue import station_key
    from station.upkeep import backup_proof

    path = station_settings.station.key_file
    doubts = backup_proof.doubts(archive, station_key.read(path), path)
    if doubts and not unproven:
        more = [Message("and-more", {"number": len(doubts) - _MOST})] if len(doubts) > _MOST else []
        raise Refused("backup-doubtful", path=archive.file.name, doubts=doubts[:_MOST] + more)
    for doubt in doubts:
        click.echo(doubt.sentence(language()), err=True)
    return doubts
