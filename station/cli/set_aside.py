"""``tramquet set-aside``: a page that repeats another, taken out of the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, operator_option, person, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command("set-aside")
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ", required=False)
@click.option("--repeats", metavar="SEQ", help="The page that it shows once more.")
@operator_option
@json_option
@with_station
def set_aside(
    station: Station, ledger: str, seq: str | None, repeats: str | None, operator: str | None, as_json: bool
) -> None:
    """Take page SEQ out of the order, because it repeats another; without SEQ: list what was set aside."""
    from station.ledger import page_order
    from station.review import questions

    if seq is None:
        show(
            [
                {"seq": row.seq, "revision": row.revision, "file": row.file}
                for row in questions.set_aside_rows(station, ledger)
            ],
            as_json,
        )
    elif repeats is None:
        raise click.UsageError("set-aside needs --repeats SEQ")
    else:
        page_order.set_aside(station, ledger, seq, repeats, who=operator or person())
