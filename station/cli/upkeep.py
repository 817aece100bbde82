"""``tramquet verify``, ``doctor``, ``backup``, ``restore``: whether all is well, and keeping it so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli import privilege
from station.cli.edge import DEFAULT_CONFIG, json_option, language, person, show, tramquet
from station.errors import Refused, SettingsRefused
from station.messages import Message
from station.storage import split_file

if TYPE_CHECKING:
    from station.context import Station
    from station.health.doctor import Line
    from station.settings import Settings
    from station.storage.split_file import Pieces
    from station.upkeep.restore import BackupArchive

_FILE = click.Path(dir_okay=False, path_type=Path)
#: So many reasons fit into one sentence.
_MOST = 5


@tramquet.command()
@click.option("--repair", is_flag=True, help="Take in what interrupted sessions left, and images that have no row.")
@click.option("--accept-log-end", is_flag=True, help="Note in the log that you know why its last lines were lost.")
@click.pass_context
def verify(ctx: click.Context, repair: bool, accept_log_end: bool) -> None:
    """Disk against catalogue against manifests against the log; exit 1 on any difference. Only reads.

    With --repair, what can be mended without a person is mended first and told; exit 1 on what is left.
    """
    from station import context, settings
    from station.upkeep import verify as upkeep_verify

    config, data = ctx.find_root().obj
    chosen, who = settings.load(config, data=data), person()
    with context.open_station(chosen) if repair or accept_log_end else context.read_only(chosen) as station:
        if accept_log_end:
            from station.catalogue import log_sealing

            log_sealing.accept_end(station.catalogue, who=who)
        for mended in upkeep_verify.repair(station, who=who) if repair else ():
            click.echo(mended.sentence(language()))
        differences = upkeep_verify.verify(station)
    for difference in differences:
        click.echo(difference.sentence(language()), err=True)
    if differences:
        ctx.exit(1)


@tramquet.command()
@json_option
@click.option("--here", is_flag=True, help="Look from here, outside of the service's sandbox.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool, here: bool) -> None:
    """Everything a technician must know: each line is ok, a warning or a failure, with what to do.

    Called by root, for the settings of the installed service, it looks as that service: as its user, in its sandbox.
    """
    config, data = ctx.find_root().obj
    lines = seen_from_here(config, data, language()) if here else examined(config, data)
    if not told(lines, as_json):
        ctx.exit(1)


@tramquet.command()
@click.argument("file", type=_FILE)
@click.option("--with-masters", is_flag=True, help="Also every page, PDF and package: all that another PC needs.")
@click.option(
    "--piece",
    type=click.IntRange(min=1),
    default=split_file.LIMIT // 1024**2,
    show_default=True,
    metavar="MB",
    help="No file is larger; what is goes on in FILE.2, FILE.3 and so on.",
)
@click.pass_context
def backup(ctx: click.Context, file: Path, with_masters: bool, piece: int) -> None:
    """Save the catalogue and the settings into a new FILE, on a stick; the station may run meanwhile."""
    from station import settings
    from station.upkeep import backup as backups

    config, data = ctx.find_root().obj
    who = person()
    chosen, content = settings.load(config, data=data), config.read_bytes()

    def work(station: Station, target: Pieces) -> bool:
        made = backups.make(station, content, target, masters=with_masters, who=who)
        for said in made.lacking:
            click.echo(said.sentence(language()), err=True)
        _say("backup-done", path=file, files=made.files, size=-(-made.bytes // 1024**2))
        return not made.lacking

    with privilege.chosen(file) as folder:
        well = privilege.written_by_the_station(chosen, folder, file, work, limit=piece * 1024**2)
    if not well:
        ctx.exit(1)


@tramquet.command()
@click.argument("file", type=_FILE)
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
    _say("restore-done" if found.masters else "restore-done-catalogue", made_at=found.made_at, files=written)


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


def examined(config: Path, data: Path | None) -> list[Line]:
    """What doctor finds: as the service, where root asks for the service's own settings."""
    lines, inside = as_the_service(config, data, language())
    return lines if inside else lines + seen_from_here(config, data, language())


def seen_from_here(config: Path, data: Path | None, spoken: str) -> list[Line]:
    """What doctor finds as this user, outside of any sandbox; where the settings cannot be used, that."""
    from station import settings
    from station.health import doctor as examination
    from station.health.doctor import Line, Verdict

    try:
        chosen = settings.load(config, data=data)
    except SettingsRefused as error:
        return [Line("settings", Verdict.FAILURE, error.sentence(spoken))]
    return examination.examine(chosen, spoken, config)


def as_the_service(config: Path, data: Path | None, spoken: str) -> tuple[list[Line], bool]:
    """What doctor finds inside of the service's sandbox, and whether it could look there at all.

    Where it could not, the lines say why; none where these are not the service's settings or the asker is not root.
    """
    from station.health.doctor import Line, Verdict, service

    if os.geteuid() != 0 or config != DEFAULT_CONFIG or data is not None:
        return [], False
    try:
        return service.doctor_as_service(spoken), True
    except Refused as error:
        verdict = Verdict.WARNING if error.code == "doctor-no-service" else Verdict.FAILURE
        return [Line("service", verdict, error.sentence(spoken))], False


def told(lines: Iterable[Line], as_json: bool = False) -> bool:
    """Show what doctor found; whether nothing fails."""
    from station.health.doctor import Verdict

    listed = list(lines)
    if as_json:
        show([vars(line) for line in listed], as_json)
    else:
        width = max(len(line.subject) for line in listed)
        for line in listed:
            click.echo(f"{line.verdict:<8} {line.subject:<{width}}  {line.said}")
    return all(line.verdict != Verdict.FAILURE for line in listed)


def _say(code: str, **facts: object) -> None:
    click.echo(Message(code, facts).sentence(language()))
