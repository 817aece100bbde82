"""``tramquet scan``, ``pages``, ``page`` and ``scanners``: from the glass to named pages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from drivers import Progress, Source
from station.cli import placing
from station.cli.edge import json_option, language, person, show, tramquet, with_station
from station.domain.naming.labels import taken_apart
from station.domain.states import APPEND, INSERT, RETAKE, PageState
from station.errors import Refused, ScanStopped
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station
    from station.scanning.scan_session import ScanRequest


def scan_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of everything that scans."""
    for option in (
        click.option("--operator", metavar="NAME", help="Who scans (default: the login name)."),
        click.option("--pages", "limit", type=int, metavar="N", help="Stop after N pages."),
        click.option("--profile", metavar="P", help="Scan profile, such as standard, lossless, grey."),
        click.option("--source", type=click.Choice([str(source) for source in Source]), help="Where the paper lies."),
        click.option("--scanner", metavar="ID", help="A scanner of the settings (default: the first)."),
    ):
        command = option(command)
    return command


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@scan_options
@json_option
@with_station
def scan(
    station: Station,
    ledger: str,
    scanner: str | None,
    source: str | None,
    profile: str | None,
    limit: int | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Scan pages of LEDGER: one from the glass, all from a feeder. Each is safe before it is printed.

    Where the settings say button = true, the glass gives one for each press of the scanner's button, until Ctrl-C.
    """
    _run(station, _order(ledger, scanner, source, profile, limit, operator), as_json)


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@json_option
@with_station
def pages(station: Station, ledger: str, as_json: bool) -> None:
    """The pages of LEDGER in their order."""
    from station.views import listings

    show(listings.page_rows(station, ledger), as_json)


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ")
@click.argument(
    "action", type=click.Choice(["retake", "insert-after", "rotate", "whole", *placing.ACTIONS]), required=False
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
    from station.scanning.scan_session import ScanRequest
    from station.views import listings

    if action in ("retake", "insert-after"):
        if action == "retake" and limit not in (None, 1):
            raise Refused("retake-one")
        order = _order(ledger, scanner, source, profile, limit or 1, operator)
        purpose = RETAKE if action == "retake" else INSERT
        _run(station, ScanRequest(**{**vars(order), "purpose": purpose, "anchor": seq}), as_json)
        if action == "retake":
            entry_documents.update_documents(station, ledger)
        return
    who = operator or person()
    if action in placing.ACTIONS:
        placing.place(station, ledger, seq, action, value, who)
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
        show([row for row in rows if seq in (row["seq"], taken_apart(row["seq"])[0])], as_json)


@tramquet.command("scanners")
@json_option
@with_station
def scanners_(station: Station, as_json: bool) -> None:
    """What the settings and SANE offer, with stable identities."""
    from station.scanning import scanner_factory

    show(scanner_factory.all_scanners(station), as_json)


def _order(
    ledger: str, scanner: str | None, source: str | None, profile: str | None, limit: int | None, operator: str | None
) -> ScanRequest:
    from station.scanning.scan_session import ScanRequest

    return ScanRequest(
        ledger=ledger,
        operator=operator or person(),
        scanner=scanner,
        source=Source(source) if source else None,
        profile=profile,
        limit=limit,
        purpose=APPEND,
    )


def _run(station: Station, order: ScanRequest, as_json: bool) -> None:
    """One line per accepted capture, flushed: who reads it knows that the page is safe."""
    from station.ledger import ledger_paper
    from station.scanning import recovery, scan_session
    from station.views import listings

    recovery.recover(station)
    if order.purpose == APPEND:
        _guide(station, order.ledger)
    safe = 0
    known = ledger_paper.notice_of(station, order.ledger)
    try:
        for capture_id in scan_session.scan(station, order, _asking()):
            safe += 1
            row = listings.page_row(station, capture_id)
            text = json.dumps(row, ensure_ascii=False) if as_json else f"{row['name']}  {row['file']}"
            click.echo(text)
    except KeyboardInterrupt as interrupt:
        raise ScanStopped("scan-cancelled", safe=safe, next=safe + 1) from interrupt
    _guide(station, order.ledger)
    if (said := ledger_paper.notice_of(station, order.ledger)) and said != known:
        click.echo(said.sentence(language()), err=True)


def _asking() -> Callable[[Progress], None]:
    """A listener that says once, on stderr, that each page waits for the scanner's button."""
    told = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.waiting and not told.is_set():
            told.set()
            click.echo(Message("scan-press-button").sentence(language()), err=True)

    return listen


def _guide(station: Station, ledger: str) -> None:
    """Say on stderr what to lay in next, where a page waits for its other half."""
    from station.ledger import page_placement

    if said := page_placement.next_part(station, ledger):
        click.echo(said.sentence(language()), err=True)
