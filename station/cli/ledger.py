"""``tramquet ledger``: registering, listing, importing, closing, reopening, handing over and taking over ledgers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, show, tramquet, with_station
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station


def _totals(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what the closing page states."""
    for option in (
        click.option("--closing-entries", type=int, metavar="N", help="Total entries by its closing page."),
        click.option(
            "--closing-pages", type=int, metavar="N", help="Total pages by its closing page, covers not counted."
        ),
    ):
        command = option(command)
    return command


@tramquet.group()
def ledger() -> None:
    """The bound registers this station works on."""


@ledger.command()
@click.argument("type_code", metavar="TYPE")
@click.argument("year")
@click.argument("book")
@click.option("--place", metavar="CODE", help="The commune the ledger belongs to (default: the settings' first).")
@click.option("--last-year", type=int, help="The last year it has entries of (default: the year opened).")
@click.option("--paper", help="The size of its pages: A4, or width x height in mm (default: learned from its pages).")
@_totals
@with_station
def add(
    station: Station,
    type_code: str,
    year: str,
    book: str,
    place: str | None,
    last_year: int | None,
    paper: str | None,
    closing_pages: int | None,
    closing_entries: int | None,
) -> None:
    """Register a ledger: TYPE (such as KH), the YEAR it was opened, BOOK number."""
    from station.domain.naming.keys import LedgerKey
    from station.ledger import ledgers

    registration = ledgers.Registration(
        LedgerKey.of(type_code, year, book), place, last_year, paper, closing_pages, closing_entries
    )
    click.echo(ledgers.add(station, [registration], who=person())[0])


@ledger.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """All ledgers with their progress."""
    from station.views import listings

    show(listings.ledger_rows(station), as_json)


@ledger.command("show")
@click.argument("name", metavar="LEDGER")
@json_option
@with_station
def show_(station: Station, name: str, as_json: bool) -> None:
    """One ledger: its progress, what is still missing, and what its pages taught."""
    from station.ledger import closing_totals, ledger_appearance
    from station.views import listings

    show([listings.ledger_row(station, name)], as_json)
    if not as_json:
        further = (closing_totals.notice(station, name), ledger_appearance.known_of(station, name))
        missing = (*listings.gaps(station, name), *listings.questions(station, name), *further)
        elsewhere = listings.ledger_head(station, name).elsewhere
        for notice in missing if elsewhere is None else (elsewhere,):
            if notice is not None:
                click.echo(f"- {notice.sentence(language())}")


@ledger.command("paper")
@click.argument("name", metavar="LEDGER")
@click.argument("size", required=False)
@with_station
def paper_(station: Station, name: str, size: str | None) -> None:
    """Say what the paper of a ledger is: A4, or width x height in mm, such as 252x341; without, what is known of it."""
    from station.ledger import ledger_paper
    from station.views import listings

    if size is not None:
        click.echo(ledger_paper.declare(station, name, size, who=person()))
        return
    click.echo(listings.ledger_row(station, name).paper or "?")
    if notice := ledger_paper.notice_of(station, name):
        click.echo(notice.sentence(language()), err=True)


@ledger.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--digitised-before",
    is_flag=True,
    help="They were digitised in phase 1: they stand on the list and are not to be done.",
)
@with_station
def import_(station: Station, file: Path, digitised_before: bool) -> None:
    """Register all ledgers of an inventory (.xlsx or .csv); one mistake anywhere and none is registered."""
    from station.ledger import inventory_import

    inventory = inventory_import.register(station, file, who=person(), digitised_before=digitised_before)
    rows = [*inventory.rows, *inventory.known]
    if rows[0].sheet is not None:
        facts = {"sheet": rows[0].sheet, "file": file.name, "count": len(rows)}
        click.echo(Message("inventory-from-sheet", facts).sentence(language()), err=True)
    if digitised_before:
        click.echo(Message("inventory-digitised-before", {"count": len(rows)}).sentence(language()), err=True)
    for row in sorted(rows, key=lambda row: row.row):
        click.echo(row.key.name)


@ledger.command()
@click.argument("name", metavar="LEDGER")
@click.option("--reason", help="Why it is closed although something is missing.")
@_totals
@with_station
def close(
    station: Station, name: str, reason: str | None, closing_pages: int | None, closing_entries: int | None
) -> None:
    """Close a ledger after its last page; refused with what is missing, unless a reason is given.

    Without the totals of its closing page it is closed without totals: nobody can say that nothing is missing.
    """
    from station.ledger import closing_totals, ledgers
    from station.views import listings

    stated = {"pages": closing_pages, "entries": closing_entries}
    closing_totals.state(station, name, **stated, who=person(), reason=reason)
    click.echo(ledgers.close(station, name, who=person(), reason=reason))
    for doubt in listings.doubts(station, name):
        click.echo(doubt.sentence(language()), err=True)
    if notice := closing_totals.notice(station, name):
        click.echo(notice.sentence(language()), err=True)


@ledger.command()
@click.argument("name", metavar="LEDGER")
@_totals
@click.option("--reason", help="Why a total that was stated before is corrected.")
@with_station
def totals(
    station: Station, name: str, closing_pages: int | None, closing_entries: int | None, reason: str | None
) -> None:
    """Say what the closing page of a ledger states, or correct it with a reason."""
    from station.ledger import closing_totals

    if closing_pages is None and closing_entries is None:
        raise click.UsageError("say the totals: --closing-pages or --closing-entries")
    stated = {"pages": closing_pages, "entries": closing_entries}
    closing_totals.state(station, name, **stated, who=person(), reason=reason)


@ledger.command()
@click.argument("name", metavar="LEDGER")
@click.option("--name", "right", metavar="TYPE.YEAR.BOOK", help="The right type, year opened and book number.")
@click.option("--place", metavar="CODE", help="The commune the ledger really belongs to.")
@click.option("--last-year", type=int, help="The right last year.")
@click.option(
    "--scan-after-all", is_flag=True, help="It was digitised in phase 1, and is to be done here all the same."
)
@with_station
def correct(
    station: Station, name: str, right: str | None, place: str | None, last_year: int | None, scan_after_all: bool
) -> None:
    """Put right how a ledger was registered, as long as no package was made; its name while it has no image."""
    from station.domain.naming.keys import LedgerKey
    from station.ledger import earlier_phase, ledger_data

    if scan_after_all:
        earlier_phase.scan_after_all(station, name, who=person())
    key = LedgerKey.parse(right) if right else None
    click.echo(ledger_data.correct(station, name, who=person(), key=key, place=place, last_year=last_year))


@ledger.command()
@click.argument("name", metavar="LEDGER")
@with_station
def remove(station: Station, name: str) -> None:
    """Take an empty ledger, which never had an image, off the list."""
    from station.ledger import ledger_data

    ledger_data.remove(station, name, who=person())


@ledger.command()
@click.argument("name", metavar="LEDGER")
@with_station
def reopen(station: Station, name: str) -> None:
    """Open a closed ledger again for more pages."""
    from station.ledger import ledgers

    ledgers.reopen(station, name, who=person())


@ledger.command("hand-over")
@click.argument("name", metavar="LEDGER")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--cancel", is_flag=True, help="Take it back: the other station never got it.")
@click.option("--reason", default="", help="Why it is taken back; the province is told.")
@click.pass_context
def hand_over(ctx: click.Context, name: str, folder: Path | None, cancel: bool, reason: str) -> None:
    """Let LEDGER go on at another station: all of it is written into one file in FOLDER, on a stick.

    From then on nothing is done in it here. Cut off, the same command goes on.
    """
    from station import settings
    from station.cli import hand_over as hand_overs

    if cancel == (folder is not None):
        raise click.UsageError("hand-over needs FOLDER, or --cancel")
    config, data = ctx.find_root().obj
    station_settings, who = settings.load(config, data=data), person()
    if folder is None:
        hand_overs.take_back(station_settings, name, reason=reason, who=who)
    else:
        hand_overs.give(station_settings, name, folder, who=who)


@ledger.command("take-over")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def take_over(ctx: click.Context, file: Path) -> None:
    """Go on with the ledger that another station handed over in FILE; it is proven whole before anything is touched."""
    from station import settings
    from station.cli import hand_over as hand_overs

    config, data = ctx.find_root().obj
    hand_overs.take(settings.load(config, data=data), file, who=person())
