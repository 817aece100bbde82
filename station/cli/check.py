"""``tramquet check``: the first look at a ledger's pages: what was said of each, and saying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.edge import json_option, operator_option, person, show, tramquet, with_station
from station.domain.checks import CheckVerdict, RejectReason

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("seqs", metavar="[PAGES]", required=False)
@click.argument(
    "said",
    metavar="[right|REASON]",
    type=click.Choice([str(one) for one in (CheckVerdict.RIGHT, *RejectReason)]),
    required=False,
)
@click.option("--note", default="", metavar="TEXT", help="What is to be said beside the reason.")
@click.option("--rejected", is_flag=True, help="List only the pages that came back.")
@operator_option
@json_option
@with_station
def check(
    station: Station,
    ledger: str,
    seqs: str | None,
    said: str | None,
    note: str,
    rejected: bool,
    operator: str | None,
    as_json: bool,
) -> None:
    """Say of PAGES (001,003-005) of LEDGER that they are right, or why they come back; without PAGES: list all.

    A page that is scanned again or turned is to be looked at once more.
    """
    from station.ledger import page_checks
    from station.ledger.entries import Act

    if seqs is None:
        show(page_checks.verdicts(station, ledger, only=CheckVerdict.REJECTED if rejected else None), as_json)
        return
    if said is None:
        raise click.UsageError("check needs right or a reason")
    act = Act(ledger, operator or person(), note)
    if said == CheckVerdict.RIGHT:
        page_checks.judge(station, act, seqs, CheckVerdict.RIGHT)
    else:
        page_checks.judge(station, act, seqs, CheckVerdict.REJECTED, RejectReason(said))
