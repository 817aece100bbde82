"""``tramquet province stations``: the folders with which a technician sets up all stations, from one sheet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language
from station.errors import Refused
from station.messages import Message

if TYPE_CHECKING:
    from station.province.settings import ProvinceSettings
    from station.province.station_sheet import StationRow


@click.command()
@click.argument("sheet", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where the folders go: a stick, or a folder that is copied to one.",
)
@click.option(
    "--new-token",
    "anew",
    metavar="STATION",
    multiple=True,
    help="Give this station a new token; its old one is revoked.",
)
@json_option
@click.pass_obj
def stations(settings: Path, sheet: Path | None, folder: Path, anew: tuple[str, ...], as_json: bool) -> None:
    """Make the folders of all stations in SHEET (default: the settings'), for setup --from, and enter their tokens."""
    import json

    from station.province import settings as province_settings
    from station.province import station_files, station_sheet

    province = province_settings.load(settings)
    if province.stations is None:
        raise Refused("stations-not-configured")
    os.umask(0o077)
    rows = station_sheet.of_province(province, sheet)
    written = station_files.write(folder, rows, lambda row: _files(province, row), province.stations.tokens, anew=anew)
    if as_json:
        click.echo(json.dumps(vars(written)))
        return
    facts: dict[str, object] = {"count": len(written.stations), "path": folder, "fresh": len(written.fresh)}
    click.echo(Message("stations-done", facts).sentence(language()))
    if written.without_token:
        names = ", ".join(written.without_token)
        click.echo(Message("stations-without-token", {"stations": names}).sentence(language()), err=True)


def _files(province: ProvinceSettings, row: StationRow) -> dict[str, bytes]:
    """All files of a station's folder but its token."""
    import tomlkit

    from station.domain import station_folder
    from station.province import station_files, update_sources
    from station.settings.tables import TusDestination
    from station.setup import first_run

    files: dict[str, bytes] = {}
    tables = []
    chosen = [one for one in province.destinations if one.id in row.destinations]
    for destination in chosen:
        table = destination.model_dump(mode="json", exclude_unset=True)
        if isinstance(destination, TusDestination):
            table["token_file"] = str(first_run.TOKEN)
            if authority := destination.ca_file:
                table["ca_file"] = str(first_run.TOKEN.with_name(authority.name))
                files[authority.name] = station_files.content(authority)
        tables.append(table)
    lines = tomlkit.dumps({"destination": tables}).splitlines() if tables else None
    first, *more = row.places
    answers = first_run.Answers(
        station_id=row.station,
        place_code=first.code,
        commune=first.commune,
        district=first.district or "",
        province=first.province,
        scanner=row.scanner,
        language=province.province.language,
    )
    files[station_folder.SETTINGS] = first_run.text(answers, more, lines).encode()
    if province.release is not None:
        files |= update_sources.files(province.release, row.stage, chosen)
    return files
