"""What ``tramquet page`` does with where pages are: aside, back, in another ledger, or with an earlier image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from station.context import Station

ACTIONS = ("set-aside", "bring-back", "move-to", "take-again")


def place(station: Station, ledger: str, pages: str, action: str, value: str | None, who: str) -> None:
    """Do one of :data:`ACTIONS` with ``pages`` (001,003-005); ``value`` is the other ledger, or the scan's number."""
    from station.ledger import page_order, page_placement
    from station.ledger.entries import Act
    from station.packaging import entry_documents
    from station.scanning import page_transfer

    act = Act(ledger, who, action)
    if action == "set-aside":
        page_order.set_pages_aside(station, act, pages)
    elif action == "bring-back":
        for label in pages.split(","):
            page_order.put_back(station, ledger, label.strip(), None, who=who)
    elif action == "move-to":
        if value is None:
            raise click.UsageError("move-to needs LEDGER")
        for label in page_transfer.move(station, act, pages, value):
            click.echo(label)
    else:
        if value is None or not (value.isascii() and value.isdecimal()):
            raise click.UsageError("take-again needs the number of a scan")
        page_placement.take_earlier(station, ledger, pages, int(value), who=who)
    entry_documents.update_documents(station, ledger)
