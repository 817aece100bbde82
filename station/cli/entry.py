"""``tramquet entry``: giving entries their numbers, dates and pages, and correcting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from station.cli.command import json_option, language, person, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station

DATE = "2007-01-15|2007-01|2007|unknown"


def _common(command: Any) -> Any:
    for option in (
        click.option("--why", default="", help="The reason, for the log."),
        click.option("--operator", metavar="NAME", help="Who does it (default: the login name)."),
    ):
        command = option(command)
    return command


_year = click.option("--year", type=int, help="The entry year, where a number occurs in several.")


@tramquet.group()
def entry() -> None:
    """The registered events of a ledger."""


@entry.command("set")
@click.argument("ledger", metavar="LEDGER")
@click.argument("pages", metavar="PAGES")
@click.option("--number", required=True, help="The registration number, such as 001.")
@click.option("--date", required=True, metavar=DATE, help="The registration date, as far as it is known.")
@click.option("--suffix-reason", help="Why the number has a letter: it stands twice on paper.")
@_common
@with_station
def set_(
    station: Station,
    ledger: str,
    pages: str,
    number: str,
    date: str,
    suffix_reason: str | None,
    operator: str | None,
    why: str,
) -> None:
    """Make an entry of PAGES (001,003-005,012a); a known number gets these pages instead."""
    from station.domain.naming.keys import EntryNumber
    from station.domain.naming.partial_dates import PartialDate
    from station.ledger import entries, entry_doubts
    from station.ledger.entries import Act
    from station.packaging import entry_documents

    act, day = Act(ledger, operator or person(), why), PartialDate.parse(date)
    doubts = entry_doubts.doubts(station, ledger, pages, EntryNumber.parse(number), day)
    entries.set_entry(station, act, pages, number, day, suffix_reason)
    for doubt in doubts:
        click.echo(doubt.sentence(language()), err=True)
    entry_documents.update_documents(station, ledger)


@entry.command("list")
@click.argument("ledger", metavar="LEDGER")
@json_option
@with_station
def list_(station: Station, ledger: str, as_json: bool) -> None:
    """The entries of LEDGER by year and number."""
    from station.views import listings

    show(listings.entry_rows(station, ledger), as_json)


@entry.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@click.option("--number", "new_number", help="The right number.")
@click.option("--date", "new_date", metavar=DATE, help="The right date.")
@click.option("--suffix-reason", help="Why the number has a letter: it stands twice on paper.")
@_year
@_common
@with_station
def change(
    station: Station,
    ledger: str,
    number: str,
    new_number: str | None,
    new_date: str | None,
    suffix_reason: str | None,
    year: int | None,
    operator: str | None,
    why: str,
) -> None:
    """Correct the number or the date of entry NUMBER."""
    from station.domain.naming.partial_dates import PartialDate
    from station.ledger import entries
    from station.ledger.entries import Act
    from station.packaging import entry_documents

    if new_number is None and new_date is None:
        raise click.UsageError("say what is right: --number or --date")
    date = PartialDate.parse(new_date) if new_date else None
    act = Act(ledger, operator or person(), why)
    entries.change(station, act, number, year, new_number=new_number, new_date=date, suffix_reason=suffix_reason)
    entry_documents.update_documents(station, ledger)


@entry.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("first", metavar="NUMBER")
@click.argument("second", metavar="NUMBER")
@_year
@_common
@with_station
def swap(
    station: Station, ledger: str, first: str, second: str, year: int | None, operator: str | None, why: str
) -> None:
    """Exchange the numbers of two entries."""
    from station.ledger import entries
    from station.ledger.entries import Act
    from station.packaging import entry_documents

    entries.swap(station, Act(ledger, operator or person(), why), first, second, year)
    entry_documents.update_documents(station, ledger)


@entry.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("first", metavar="FIRST")
@click.argument("last", metavar="LAST")
@click.option("--by", type=int, required=True, help="How far; negative is down.")
@_year
@_common
@with_station
def shift(
    station: Station,
    ledger: str,
    first: str,
    last: str,
    by: int,
    year: int | None,
    operator: str | None,
    why: str,
) -> None:
    """Add --by to all numbers from FIRST to LAST."""
    from station.ledger import entries
    from station.ledger.entries import Act
    from station.packaging import entry_documents

    click.echo(entries.shift(station, Act(ledger, operator or person(), why), first, last, by, year))
    entry_documents.update_documents(station, ledger)


@entry.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("page", metavar="PAGE")
@click.option("--set", "rows", multiple=True, metavar="NUMBER=FROM-TO", help="Which rows of the page are an entry's.")
@click.option("--whole", multiple=True, metavar="NUMBER", help="The PDF of this entry shows the whole page again.")
@click.option("--head", type=float, metavar="PERCENT", help="Where the head of the page ends.")
@click.option("--slant", type=float, metavar="PERCENT", help="How much lower lines lie at the right than at the left.")
@_common
@json_option
@with_station
def regions(
    station: Station,
    ledger: str,
    page: str,
    rows: tuple[str, ...],
    whole: tuple[str, ...],
    head: float | None,
    slant: float | None,
    operator: str | None,
    why: str,
    as_json: bool,
) -> None:
    """What of PAGE belongs to each of its entries, in per cent of its height; a proposal until you say it.

    An entry's PDF shows the page's head and the entry's own rows, once they are said with --set; the rest is white.
    """
    from station.ledger import entry_regions
    from station.ledger.entries import Act
    from station.packaging import entry_documents
    from station.views import page_entries

    shown = page_entries.page_entries(station, ledger, page)
    if rows or whole:
        bands = {**shown.rows_of(dict(map(_rows_of_entry, rows)), head, slant), **shown.whole(whole)}
        act = Act(ledger, operator or person(), why)
        entry_regions.confirm(station, act, shown.seq, bands, shown.shown_part)
        entry_documents.update_documents(station, ledger)
        shown = page_entries.page_entries(station, ledger, page)
    show([entry.as_row() for entry in shown.entries], as_json)


def _rows_of_entry(text: str) -> tuple[str, tuple[float, float]]:
    number, _, rows = text.partition("=")
    try:
        start, end = map(float, rows.replace(",", ".").split("-"))
    except ValueError:
        raise click.UsageError("write the rows of an entry as NUMBER=FROM-TO") from None
    return number, (start, end)


@entry.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("number", metavar="NUMBER")
@_year
@_common
@with_station
def remove(station: Station, ledger: str, number: str, year: int | None, operator: str | None, why: str) -> None:
    """Take entry NUMBER out; its pages are unsorted again."""
    from station.ledger import entries
    from station.ledger.entries import Act
    from station.packaging import entry_documents

    entries.remove(station, Act(ledger, operator or person(), why), number, year)
    entry_documents.update_documents(station, ledger)
