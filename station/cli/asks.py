"""``tramquet asks`` and ``answer``, and mending the order of pages: ``move``, ``set-aside``, ``put-back``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.edge import json_option, language, person, show, tramquet, with_station
from station.errors import Refused

if TYPE_CHECKING:
    from station.context import Station

operator_option = click.option("--operator", metavar="NAME", help="Who answers (default: the login name).")


@tramquet.command("asks")
@click.argument("ledger", metavar="LEDGER", required=False)
@json_option
@with_station
def asks_(station: Station, ledger: str | None, as_json: bool) -> None:
    """What the station asks of people about LEDGER, or about all ledgers: findings, sheets to put back, files."""
    from station.review import questions

    rows = questions.rows(station, ledger, language())
    if as_json:
        show(rows, as_json)
        return
    for row in rows:
        click.echo(f"{row.id}  {row.ledger}  {row.sentence}")


@tramquet.command()
@click.argument("ask", metavar="ID")
@click.argument(
    "said",
    metavar="keep|blank|place|repeat|another|later|done",
    type=click.Choice(["keep", "blank", "place", "repeat", "another", "later", "done"]),
)
@click.option("--after", metavar="SEQ", help="place: behind this page (000: before all; default: its probable place).")
@click.option("--of", metavar="SEQ", help="repeat: the page that the image shows once more.")
@operator_option
@with_station
def answer(station: Station, ask: str, said: str, after: str | None, of: str | None, operator: str | None) -> None:
    """Answer the question ID of ``tramquet asks``.

    keep: the image stays as it is, where it is. blank: the page is blank. place: a recovered page goes to its place.
    repeat: the page was scanned twice; the image is set aside. done: the missed sheets are put back. Of a dropped file:
    another, it shows another sheet and is to be taken; later, it has later pages that are to be taken; keep, neither.
    """
    from station.review import answers, file_questions, unrecorded_sheets

    who = operator or person()
    about = ask[:1] if ask[:1] in ("s", "f") else ""
    number = ask.removeprefix(about)
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Refused("ask-unknown", id=ask)
    if (said == "done") != (about == "s") or (said in ("another", "later") and about != "f"):
        raise Refused("answer-unfit", id=ask)
    if about == "f":
        file_questions.answer(station, int(number), said, who=who)
    elif said == "done":
        unrecorded_sheets.answer(station, int(number), who=who)
    elif said == "keep":
        answers.keep(station, [int(number)], who=who)
    elif said == "blank":
        answers.mark_blank(station, int(number), who=who)
    elif said == "place":
        click.echo(answers.place(station, int(number), after, who=who))
    else:
        answers.repeat(station, int(number), of, who=who)


@tramquet.command()
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ")
@click.argument("after", metavar="AFTER")
@operator_option
@with_station
def move(station: Station, ledger: str, seq: str, after: str, operator: str | None) -> None:
    """Let page SEQ of LEDGER come behind page AFTER (000: before all others). Names stay as they are."""
    from station.ledger import page_order

    page_order.move(station, ledger, seq, after, who=operator or person())


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


@tramquet.command("put-back")
@click.argument("ledger", metavar="LEDGER")
@click.argument("seq", metavar="SEQ")
@click.argument("after", metavar="AFTER")
@operator_option
@with_station
def put_back(station: Station, ledger: str, seq: str, after: str, operator: str | None) -> None:
    """Make the image SEQ, which was set aside, a page of LEDGER again, behind page AFTER (000: before all others)."""
    from station.ledger import page_order

    page_order.put_back(station, ledger, seq, after, who=operator or person())
