"""``tramquet answer``: a person's answer to one question of ``tramquet asks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import operator_option, person, tramquet, with_station
from station.errors import Refused

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.argument("ask", metavar="ID")
@click.argument(
    "choice",
    metavar="keep|blank|place|repeat|another|later|done",
    type=click.Choice(["keep", "blank", "place", "repeat", "another", "later", "done"]),
)
@click.option("--after", metavar="SEQ", help="place: behind this page (000: before all; default: its probable place).")
@click.option("--of", metavar="SEQ", help="repeat: the page that the image shows once more.")
@operator_option
@with_station
def answer(station: Station, ask: str, choice: str, after: str | None, of: str | None, operator: str | None) -> None:
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
    if (choice == "done") != (about == "s") or (choice in ("another", "later") and about != "f"):
        raise Refused("answer-unfit", id=ask)
    if about == "f":
        file_questions.answer(station, int(number), choice, who=who)
    elif choice == "done":
        unrecorded_sheets.answer(station, int(number), who=who)
    elif choice == "keep":
        answers.keep(station, [int(number)], who=who)
    elif choice == "blank":
        answers.mark_blank(station, int(number), who=who)
    elif choice == "place":
        click.echo(answers.place(station, int(number), after, who=who))
    else:
        answers.repeat(station, int(number), of, who=who)
