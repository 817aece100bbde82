"""``tramquet row``: what the ministry's workbook says of each entry, keyed column by column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.edge import json_option, language, person, show, tramquet, with_station

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

    if any("=" not in one for one in assignments):
        raise click.UsageError("write each column as COLUMN=VALUE")
    typed = dict(one.split("=", maxsplit=1) for one in assignments)
    act = Act(ledger, operator or person(), why)
    keyed = entry_rows.set_values(station, act, number, year, typed, shown_revision=revision)
    for doubt in keyed.doubts:
        click.echo(doubt.sentence(language()), err=True)


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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@with_station
def compare(station: Station, ledger: str, file: Path, as_json: bool) -> None:
    """What differs between the rows of LEDGER and another keying of it in FILE (.xlsx, .csv)."""
    from station.rows import comparison

    show(comparison.differences(station, ledger, file), as_json)
