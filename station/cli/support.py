"""``tramquet support``: one file for the technician on the phone."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli import privilege
from station.cli.doctor import as_the_service
from station.cli.edge import language, tramquet
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station
    from station.storage.split_file import Pieces


@tramquet.command("support")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--sane-trace", is_flag=True, help="Also what SANE says while it looks for the scanners and opens them.")
@click.pass_context
def support_(ctx: click.Context, file: Path, sane_trace: bool) -> None:
    """Write what a technician on the phone needs into a new FILE: no image, no name of a person, no secret."""
    from station import settings
    from station.health import doctor, support_bundle

    config, data = ctx.find_root().obj
    chosen, content = settings.load(config, data=data), config.read_bytes()

    # Before the process that writes becomes the station's user, who may not read the journal or ask systemd to look.
    pc = support_bundle.of_the_pc()
    lines, inside = as_the_service(config, data, "en")

    def work(station: Station, target: Pieces) -> bool:
        seen = lines if inside else lines + doctor.examine(chosen, "en", config)
        with io.BufferedRandom(target) as written:
            support_bundle.write(station, content, seen, pc, written, sane_trace=sane_trace)
        return True

    with privilege.chosen(file) as folder:
        privilege.written_by_the_station(chosen, folder, file, work)
    click.echo(Message("support-done", {"path": file}).sentence(language()))
