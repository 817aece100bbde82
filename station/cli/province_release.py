"""``tramquet province release``: a new version goes to a tenth of the stations, to half of them, to all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, show
from station.cli.province_rollup import asked_as_owner
from station.errors import Refused
from station.messages import Message

if TYPE_CHECKING:
    from station.province.repository import Repository
    from station.province.rollout import Rollout
    from station.province.settings import ProvinceSettings


@click.group(invoke_without_command=True)
@click.pass_context
def release(ctx: click.Context) -> None:
    """Stages of a new version: without a further word how it fares at the stations that have it."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show_)


@release.command("show")
@json_option
@click.pass_obj
def show_(settings: Path, as_json: bool = False) -> None:
    """The newest version, its stage, each station that is offered it, and whether it may go on."""
    from station.province.rollout import standing_words

    province, _ = _load(settings)
    rollout = _under_way(province)
    if as_json:
        obstacle = rollout.obstacle()
        show(
            [
                {"station": one.station, "stage": one.stage, "standing": one.standing, "go_on": obstacle is None}
                for one in rollout.stations
            ],
            as_json,
        )
        return
    click.echo(rollout.summary().sentence(language()))
    for one in rollout.stations:
        click.echo(f"  {one.station}: {standing_words(one).sentence(language())}")


@release.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def add(settings: Path, folder: Path) -> None:
    """Offer the version in FOLDER, as script/package makes it, to the first tenth of the stations."""
    _, repository = _load(settings)
    packages = sorted(folder.glob("debian*/tramquet_*.deb")) or sorted(folder.glob("tramquet_*.deb"))
    if not packages:
        raise Refused("release-no-packages", path=folder)
    version = repository.add(packages)
    _say("release-added", version=version)


@release.command("raise")
@click.option(
    "--without", metavar="STATION", multiple=True, help="A station that is known to be off; it holds up nothing."
)
@click.pass_obj
def raise_(settings: Path, without: tuple[str, ...]) -> None:
    """Offer the newest version to the next stage; refused while a station that is offered it is not well with it."""
    from station.province import rollout as rollouts

    province, repository = _load(settings)
    rollout = _under_way(province)
    stage = rollouts.next_stage(rollout, without)
    repository.raise_stage(rollout.version, stage)
    _say("release-raised", version=rollout.version, stage=rollouts.stage_words(stage))


@release.command()
@click.argument("version")
@click.pass_obj
def stop(settings: Path, version: str) -> None:
    """Offer VERSION to nobody any more; who has it keeps it."""
    _, repository = _load(settings)
    if repository.stage(version) is None:
        raise Refused("release-unknown", version=version)
    repository.withdraw(version)
    _say("release-stopped", version=version)


def _load(settings: Path) -> tuple[ProvinceSettings, Repository]:
    from station.province import settings as province_settings
    from station.province.repository import Repository

    province = province_settings.load(settings)
    if province.release is None:
        raise Refused("release-not-configured")
    os.umask(0o077)
    return province, Repository.of(province.release)


def _under_way(province: ProvinceSettings) -> Rollout:
    from station.province import rollout as rollouts

    if (rollout := asked_as_owner(province, rollouts.of_province)) is None:
        raise Refused("release-none")
    return rollout


def _say(code: str, **facts: object) -> None:
    click.echo(Message(code, facts).sentence(language()))
