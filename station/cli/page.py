"""``tramquet page``: what one page is, and scanning it again, inserting behind it, turning or dividing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli import page_places
from station.cli.command import json_option, person, show, tramquet, with_station
from station.cli.scan_request import run, scan_options, scan_request
from station.domain.naming.labels import split_label
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ")
@click.argument(
    "action", type=click.Choice(["retake", "insert-after", "rotate", "whole", *page_places.ACTIONS]), required=False
)
@click.argument("value", metavar="[DEGREES|LEDGER|N]", required=False)
@click.option("--state", type=click.Choice([str(state) for state in PageState]), help="What the page holds.")
@click.option("--number", metavar="N", help='The number printed on the page ("" for none).')
@click.option("--fold", type=float, metavar="PERCENT", help="Where two pages of one image part, from the left.")
@scan_options
@json_option
@with_station
def page(
    station: Station,
    ledger: str,
    seq: str,
    action: str | None,
    value: str | None,
    state: str | None,
    number: str | None,
    fold: float | None,
    scanner: str | None,
    source: str | None,
    profile: str | None,
    limit: int | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Say what page SEQ of LEDGER is, retake it, insert pages behind it (000: in front), or turn it clockwise.

    Where an image shows an open book, --fold divides it into two pages (012.1, 012.2); whole says that it is one page.

    set-aside, bring-back and move-to LEDGER take several pages (001,003-005) out of the ledger, back into it, or to
    another one; take-again N lets scan N of a page take its place again.
    """
    from station.ledger import page_placement
    from station.ledger import pages as ledger_pages
    from station.packaging import entry_documents
    from station.views import listings

    if action in ("retake", "insert-after"):
        from station.scanning.scan_session import ScanRequest  # with all that works on images

        if action == "retake" and limit not in (None, 1):
            raise Refused("retake-one")
        order = scan_request(ledger, scanner, source, profile, limit or 1, operator)
        purpose = ScanPurpose.RETAKE if action == "retake" else ScanPurpose.INSERT
        run(station, ScanRequest(**{**vars(order), "purpose": purpose, "anchor": seq}), as_json)
        if action == "retake":
            entry_documents.update_documents(station, ledger)
        return
    who = operator or person()
    if action in page_places.ACTIONS:
        page_places.place(station, ledger, seq, action, value, who)
        return
    degrees = int(value) if action == "rotate" and value and value.isdecimal() else None
    if action == "rotate" and degrees is None:
        raise click.UsageError("rotate needs DEGREES: 90, 180 or 270")
    if action == "whole":
        page_placement.make_whole(station, ledger, seq, who=who)
    if fold is not None:
        page_placement.move_fold(station, ledger, seq, fold / 100, who=who)
    kind = PageState(state) if state else None
    if (action != "whole" and fold is None) or (kind, number, degrees) != (None, None, None):
        ledger_pages.change(station, ledger, seq, who=who, state=kind, number=number, rotate=degrees)
    if degrees is not None or fold is not None or action == "whole":
        entry_documents.update_documents(station, ledger)
    if as_json:
        rows = listings.page_rows(station, ledger)
        show([row for row in rows if seq in (row.seq, split_label(row.seq)[0])], as_json)
