"""``tramquet plan``: what is to be done, until when, how it goes, and who is responsible for a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, say, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station

_SUBJECT = click.Choice(["entries", "pages", "ledgers"])
_place_option = click.option("--place", metavar="CODE", help="The commune (default: the settings' first).")


@tramquet.group()
def plan() -> None:
    """What is to be done until when, how it goes, and who sees to it."""


@plan.command("show")
@json_option
@with_station
def show_(station: Station, as_json: bool) -> None:
    """The targets of each commune, the pace of the last days, and when all will be done by it."""
    from station.reports import plan as plans

    stands = plans.of_station(station)
    show([plans.facts(course) for course in stands.courses], as_json)
    if not as_json:
        for wait in stands.waits:
            click.echo(f"- {wait.sentence(language())}")


@plan.command("set")
@click.argument("subject", type=_SUBJECT)
@click.option("--total", type=int, metavar="N", help="How many there are to do (default: what the inventory says).")
@click.option("--by", "due", metavar="DAY", help="The day by which all is to be done.")
@click.option("--per-day", type=int, metavar="N", help="How many are to be done each day, instead of --by.")
@_place_option
@with_station
def set_(
    station: Station, subject: str, total: int | None, due: str | None, per_day: int | None, place: str | None
) -> None:
    """Set the target for entries, pages or ledgers of a commune."""
    from station.domain.plan_subjects import PlanSubject
    from station.reports import days, targets

    until = None if due is None else days.parse_day(due)
    targets.set_target(
        station, PlanSubject(subject), who=person(), place=place, total=total, due=until, per_day=per_day
    )


@plan.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_station
def import_(station: Station, file: Path) -> None:
    """Set the targets of the station's communes from the province's list FILE (.xlsx, .csv)."""
    from station.reports import plan_file

    set_ones, others = plan_file.import_file(station, file, who=person())
    say("plan-file-taken", count=len(set_ones), file=file.name, others=others)


@plan.command("clear")
@click.argument("subject", type=_SUBJECT)
@_place_option
@with_station
def clear(station: Station, subject: str, place: str | None) -> None:
    """Take a target back; what the inventory says stays."""
    from station.domain.plan_subjects import PlanSubject
    from station.reports import targets

    targets.clear(station, PlanSubject(subject), who=person(), place=place)


@plan.command("ledgers")
@json_option
@with_station
def ledgers_(station: Station, as_json: bool) -> None:
    """The ledgers that are not delivered yet, and who is responsible for each."""
    from station.reports import plan as plans

    show(plans.of_station(station).to_do, as_json)


@plan.command("responsible")
@click.argument("ledger", metavar="LEDGER")
@click.argument("name", required=False)
@with_station
def responsible(station: Station, ledger: str, name: str | None) -> None:
    """Say that the person NAME is responsible for LEDGER; without a name, nobody is."""
    from station.ledger import responsibility

    responsibility.give(station, ledger, name, who=person())
