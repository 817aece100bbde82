"""``tramquet support``: one file for the technician on the phone."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli import privilege
from station.cli.command import language, tramquet
from station.cli.doctor import report_as_service
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
    station_settings, content = settings.load(config, data=data), config.read_bytes()

    # Before the process that writes becomes the station's user, who may not read the journal or ask systemd to look.
    pc = support_bundle.pc_facts()
    lines, inside = report_as_service(config, data, "en")

    def work(station: Station, target: Pieces) -> bool:
        report = lines if inside else lines + doctor.examine(station_settings, "en", config)
        with io.BufferedRandom(target) as output:
            support_bundle.write(station, content, report, pc, output, sane_trace=sane_trace)
        return True

    with privilege.folder_of(file) as folder:
        privilege.written_by_the_station(station_settings, folder, file, work)
    click.echo(Message("support-done", {"path": file}).sentence(language()))
