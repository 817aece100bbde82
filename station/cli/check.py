"""``tramquet check``: the looks at a ledger's pages: what was said of each, and saying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, operator_option, person, show, tramquet, with_station
from station.domain.checks import CheckKind, CheckVerdict, RejectReason

if TYPE_CHECKING:
    from station.context import Station

_LIST = "list"


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("seqs", metavar="list|PAGES", default=_LIST)
@click.argument("verdict", metavar="[ok|reject]", type=click.Choice(["ok", "reject"]), required=False)
@click.option(
    "--code",
    type=click.Choice([str(one) for one in RejectReason]),
    default=str(RejectReason.OTHER),
    help="Why the pages are rejected.",
)
@click.option("--note", default="", metavar="TEXT", help="What is to be said beside the reason.")
@click.option("--second", is_flag=True, help="The second look, by another person, at a sample of the pages.")
@click.option("--rejected", is_flag=True, help="List only the pages that came back, at either look.")
@operator_option
@json_option
@with_station
def check(
    station: Station,
    ledger: str,
    seqs: str,
    verdict: str | None,
    code: str,
    note: str,
    second: bool,
    rejected: bool,
    operator: str | None,
    as_json: bool,
) -> None:
    """List what was said of LEDGER's pages, or say of PAGES (001,003-005) that they are ok, or reject them.

    A page that is scanned again or turned is to be looked at once more.
    """
    from station.ledger import page_checks
    from station.ledger.entries import Act

    look = CheckKind.SECOND if second else CheckKind.FIRST
    if seqs == _LIST and verdict is None:
        rows = page_checks.returned(station, ledger) if rejected else page_checks.verdicts(station, ledger, look)
        show(rows, as_json)
        return
    if verdict is None:
        raise click.UsageError("check needs ok or reject")
    act = Act(ledger, operator or person(), note)
    if verdict == "ok":
        page_checks.judge(station, act, seqs, CheckVerdict.RIGHT, look=look)
    else:
        page_checks.judge(station, act, seqs, CheckVerdict.REJECTED, RejectReason(code), look=look)
