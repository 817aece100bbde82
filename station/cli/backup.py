"""``tramquet backup``: catalogue and settings, with or without the masters, into one new file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli import privilege
from station.cli.command import language, person, say, tramquet
from station.storage import split_file

if TYPE_CHECKING:
    from station.context import Station
    from station.storage.split_file import Pieces


@tramquet.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
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
    station_settings, content = settings.load(config, data=data), config.read_bytes()

    def work(station: Station, target: Pieces) -> bool:
        result = backups.make(station, content, target, masters=with_masters, who=who)
        for message in result.missing:
            click.echo(message.sentence(language()), err=True)
        say("backup-done", path=file, files=result.files, size=-(-result.bytes // 1024**2))
        return not result.missing

    with privilege.folder_of(file) as folder:
        well = privilege.written_by_the_station(station_settings, folder, file, work, limit=piece * 1024**2)
    if not well:
        ctx.exit(1)
