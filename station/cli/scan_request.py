"""What scans at the command line: its options, the request that they make, and its run with one line per capture."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from drivers import Progress, Source
from station.cli.command import language, person
from station.domain.states import ScanPurpose
from station.errors import ScanStopped
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


def scan_request(
    ledger: str, scanner: str | None, source: str | None, profile: str | None, limit: int | None, operator: str | None
) -> ScanRequest:
    """The request that the options make: pages appended to the ledger."""
    from station.scanning.scan_session import ScanRequest

    return ScanRequest(
        ledger=ledger,
        operator=operator or person(),
        scanner=scanner,
        source=Source(source) if source else None,
        profile=profile,
        limit=limit,
        purpose=ScanPurpose.APPEND,
    )


def run(station: Station, request: ScanRequest, as_json: bool) -> None:
    """One line per accepted capture, flushed: who reads it knows that the page is safe."""
    from station.ledger import ledger_paper
    from station.scanning import scan_session, session_end
    from station.views import listings

    captures = scan_session.scan(station, request, _button_prompt())  # what a kill left is mended now, and counts below
    if request.purpose == ScanPurpose.APPEND:
        _guide(station, request.ledger)
    safe = 0
    notice_before = ledger_paper.notice_of(station, request.ledger)
    try:
        with closing(captures):
            for capture_id in captures:
                safe += 1
                row = listings.page_row(station, capture_id)
                text = json.dumps(vars(row), ensure_ascii=False) if as_json else f"{row.name}  {row.file}"
                click.echo(text)
    except KeyboardInterrupt as interrupt:
        raise ScanStopped("scan-cancelled", **session_end.stop_facts(safe)) from interrupt
    _guide(station, request.ledger)
    if (notice := ledger_paper.notice_of(station, request.ledger)) and notice != notice_before:
        click.echo(notice.sentence(language()), err=True)


def _button_prompt() -> Callable[[Progress], None]:
    """A listener that says once, on stderr, that each page waits for the scanner's button."""
    is_told = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.waiting and not is_told.is_set():
            is_told.set()
            click.echo(Message("scan-press-button").sentence(language()), err=True)

    return listen


def _guide(station: Station, ledger: str) -> None:
    """Say on stderr what to lay in next, where a page waits for its other half."""
    from station.ledger import page_placement

    if message := page_placement.next_part(station, ledger):
        click.echo(message.sentence(language()), err=True)
