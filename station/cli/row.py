"""``tramquet row``: what the ministry's workbook says of each entry, keyed column by column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.command import json_option, language, person, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station

_year = click.option("--year", type=int, help="The entry year, where a number occurs in several.")


@tramquet.group()
def row() -> None:
    """What the workbook says of each entry."""


@row.command("set")
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@click.argument("assignments", metavar="COLUMN=VALUE...", nargs=-1, required=True)
@click.option("--revision", type=int, help="The row as you saw it; what somebody else changed since stays.")
@click.option("--why", default="", help="The reason, for the log.")
@click.option("--operator", metavar="NAME", help="Who does it (default: the login name).")
@_year
@with_station
def set_(
    station: Station,
    ledger: str,
    number: str,
    assignments: tuple[str, ...],
    revision: int | None,
    why: str,
    operator: str | None,
    year: int | None,
) -> None:
    """Key columns of entry NUMBER: ? is illegible, - is nothing written, no VALUE takes one back."""
    from station.ledger.entries import Act
    from station.rows import entry_rows

    act = Act(ledger, operator or person(), why)
    keyed = entry_rows.set_values(station, act, number, year, _typed(assignments), shown_revision=revision)
    for doubt in keyed.open_doubts:
        click.echo(doubt.message.sentence(language()), err=True)


@row.command("as-on-page")
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@click.option("--why", default="", help="The reason, for the log.")
@click.option("--operator", metavar="NAME", help="Who does it (default: the login name).")
@_year
@with_station
def as_on_page(station: Station, ledger: str, number: str, why: str, operator: str | None, year: int | None) -> None:
    """Say that what is odd in the row of entry NUMBER stands so on the page: it is told, and not asked again."""
    from station.ledger.entries import Act
    from station.rows import entry_rows
    from station.views import row_form

    entry_id = row_form.entry_of(station, ledger, number, year)
    for doubt in entry_rows.say_as_on_page(station, Act(ledger, operator or person(), why), entry_id).doubts:
        click.echo(doubt.message.sentence(language()), err=True)


@row.command("show")
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@click.option("--history", is_flag=True, help="Every change instead: who, when and what.")
@_year
@json_option
@with_station
def show_(station: Station, ledger: str, number: str, history: bool, year: int | None, as_json: bool) -> None:
    """Every column of entry NUMBER, with where its value comes from."""
    from station.views import row_list

    if history:
        show(row_list.row_changes(station, ledger, number, year), as_json)
        return
    shown = row_list.row_values(station, ledger, number, year)
    show([{**vars(one), "label": one.label.sentence(language())} for one in shown], as_json)


@row.command("list")
@click.argument("ledger", metavar="LEDGER")
@json_option
@with_station
def list_(station: Station, ledger: str, as_json: bool) -> None:
    """The rows of LEDGER by year and number, and how far each is."""
    from station.views import row_list

    rows: list[dict[str, Any]] = [dict(vars(one)) for one in row_list.rows(station, ledger)]
    if not as_json:
        rows = [{key: one[key] for key in ("number", "date", "state", "keyed_by", "revision")} for one in rows]
    show(rows, as_json)


@row.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@with_station
def compare(station: Station, ledger: str, file: Path | None, as_json: bool) -> None:
    """What differs between the rows of LEDGER and a second keying: that of another person, or in FILE (.xlsx, .csv)."""
    from station.rows import comparison

    if file is None:
        show(comparison.between_keyings(station, ledger), as_json)
    else:
        show(comparison.differences(station, ledger, file), as_json)


@row.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@click.argument("assignments", metavar="COLUMN=VALUE...", nargs=-1)
@click.option("--done", is_flag=True, help="The row is keyed: it is compared with the first keying.")
@click.option("--operator", metavar="NAME", help="Who does it (default: the login name).")
@_year
@with_station
def again(
    station: Station,
    ledger: str,
    number: str,
    assignments: tuple[str, ...],
    done: bool,
    operator: str | None,
    year: int | None,
) -> None:
    """Key columns of entry NUMBER a second time, as another person: names, dates, codes and numbers."""
    from station.ledger.entries import Act
    from station.rows import second_keying
    from station.views import row_form

    entry_id = row_form.entry_of(station, ledger, number, year)
    second_keying.key(station, Act(ledger, operator or person()), entry_id, _typed(assignments), done=done)


@row.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@click.argument("verdict", type=click.Choice(["ok", "reject"]))
@click.option("--why", default="", help="What is not right.")
@click.option("--operator", metavar="NAME", help="Who does it (default: the login name).")
@_year
@with_station
def check(
    station: Station, ledger: str, number: str, verdict: str, why: str, operator: str | None, year: int | None
) -> None:
    """Say that the row of entry NUMBER is right (ok), or not, as another person who looked at it."""
    from station.domain.checks import CheckVerdict
    from station.ledger.entries import Act
    from station.rows import decisions
    from station.views import row_form

    entry_id = row_form.entry_of(station, ledger, number, year)
    said = CheckVerdict.RIGHT if verdict == "ok" else CheckVerdict.REJECTED
    decisions.review(station, Act(ledger, operator or person(), why), entry_id, said)


def _typed(assignments: tuple[str, ...]) -> dict[str, str]:
    if any("=" not in one for one in assignments):
        raise click.UsageError("write each column as COLUMN=VALUE")
    return dict(one.split("=", maxsplit=1) for one in assignments)
