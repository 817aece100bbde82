"""``tramquet doctor``: whether the PC, its devices and its settings are as the station needs them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import DEFAULT_CONFIG, json_option, language, show, tramquet
from station.errors import Refused, SettingsRefused

if TYPE_CHECKING:
    from station.health.doctor import Line


@tramquet.command()
@json_option
@click.option("--here", is_flag=True, help="Look from here, outside of the service's sandbox.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool, here: bool) -> None:
    """Everything a technician must know: each line is ok, a warning or a failure, with what to do.

    Called by root, for the settings of the installed service, it looks as that service: as its user, in its sandbox.
    """
    config, data = ctx.find_root().obj
    lines = report_from_here(config, data, language()) if here else full_report(config, data)
    if not show_report(lines, as_json):
        ctx.exit(1)


def full_report(config: Path, data: Path | None) -> list[Line]:
    """What doctor finds: as the service, where root asks for the service's own settings."""
    lines, inside = report_as_service(config, data, language())
    return lines if inside else lines + report_from_here(config, data, language())


def report_from_here(config: Path, data: Path | None, language_code: str) -> list[Line]:
    """What doctor finds as this user, outside of any sandbox; where the settings cannot be used, that."""
    from station import settings
    from station.health import doctor as examination
    from station.health.doctor import Line, Verdict

    try:
        station_settings = settings.load(config, data=data)
    except SettingsRefused as error:
        return [Line("settings", Verdict.FAILURE, error.sentence(language_code))]
    return examination.examine(station_settings, language_code, config)


def report_as_service(config: Path, data: Path | None, language_code: str) -> tuple[list[Line], bool]:
    """What doctor finds inside of the service's sandbox, and whether it could look there at all.

    Where it could not, the lines say why; none where these are not the service's settings or the asker is not root.
    """
    from station.health.doctor import Line, Verdict, service

    if os.geteuid() != 0 or config != DEFAULT_CONFIG or data is not None:
        return [], False
    try:
        return service.doctor_as_service(language_code), True
    except Refused as error:
        verdict = Verdict.WARNING if error.code == "doctor-no-service" else Verdict.FAILURE
        return [Line("service", verdict, error.sentence(language_code))], False


def show_report(lines: Iterable[Line], as_json: bool = False) -> bool:
    """Print doctor's lines, as JSON or as text; gives whether none is a failure."""
    from station.health.doctor import Verdict

    rows = list(lines)
    if as_json:
        show([vars(line) for line in rows], as_json)
    else:
        width = max(len(line.subject) for line in rows)
        for line in rows:
            click.echo(f"{line.verdict:<8} {line.subject:<{width}}  {line.said}")
    return all(line.verdict != Verdict.FAILURE for line in rows)
