"""``tramquet setup``: the first run. Every question has an option, so that it also runs unattended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from station import doctor, first_run, opening, people, settings
from station.cli.edge import language, person, tramquet
from station.cli.upkeep import told
from station.errors import Refused
from station.first_run import NONE, Answers
from station.messages import Said
from station.people import Role
from station.settings.proposed import proposed


class _Again(Exception):
    """An answer did not work and the person wants to give another."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class _Questions:
    """Asks once for what no option answered; with ``yes`` asks nobody and takes what is usual."""

    yes: bool

    def answer(self, name: str, given: str | None, usual: str | None = None) -> str:
        if given is None and self.yes:
            if usual is None:
                raise click.UsageError(f"--{name.replace('_', '-')} is missing.")
            return usual
        while True:
            answer = given if given is not None else click.prompt(_words(f"setup-{name}"), default=usual)
            wrong = first_run.mistake(name, answer) if answer or name != "district" else None
            if wrong is None:
                return str(answer).strip()
            if given is not None:
                raise Refused("setup-answer-wrong", option=f"--{name.replace('_', '-')}", why=wrong)
            click.echo(wrong.sentence(language()), err=True)

    def scanner(self, given: str | None) -> str:
        if given is not None:
            return given
        found = first_run.offers()
        for number, (_, identity) in enumerate(found, start=1):
            click.echo(f"{number}) {identity}", err=True)
        answer = self.answer("scanner", None, found[0][0] if found else NONE)
        number = int(answer) if answer.isdecimal() else 0
        return found[number - 1][0] if 0 < number <= len(found) else answer

    def keep(self, why: Said) -> bool:
        """Whether an answer that does not work now is kept all the same."""
        if self.yes:
            raise Refused("setup-trial-failed", why=why)
        click.echo(why.sentence(language()), err=True)
        return click.confirm(_words("setup-keep"), default=False)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each question."""
    for option in (
        click.option("--station-id", metavar="ID", help="Who this station is: letters, digits, - and _."),
        click.option("--place-code", metavar="CODE", help="The commune's administrative code."),
        click.option("--commune", help="The commune's name, such as Xã Thử Nghiệm."),
        click.option("--district", help="Its district, where it has one."),
        click.option("--province", help="Its province."),
        click.option(
            "--scanner", metavar="DEVICE", help="A SANE name, vendor/model/serial, simulated[:DIR], folder:DIR or none."
        ),
        click.option("--destination", metavar="WHERE", help="A tus server's address, a folder, or none."),
        click.option(
            "--receipts",
            default="",
            metavar="URL",
            help="Where the receipts are asked (default: beside the tus server).",
        ),
        click.option("--token-file", default="", metavar="FILE", help="The file with the province's token."),
        click.option("--ca-file", default="", metavar="FILE", help="The province's own authority."),
        click.option("--technician", metavar="NAME", help="The first technician, who may log in to the page."),
        click.option("--pin", help="Their PIN (default: one is drawn and shown)."),
        click.option("--language", "speaks", type=click.Choice(["vi", "en"]), default="vi", show_default=True),
        click.option("--port", type=click.IntRange(1, 65535), default=8158, show_default=True, help="The page's."),
        click.option("--untested", is_flag=True, help="Do not try scanner and destination."),
        click.option("--replace", "replacing", is_flag=True, help="Replace a settings file that exists already."),
        click.option("--yes", is_flag=True, help="Ask nothing: what no option answers is as usual."),
    ):
        command = option(command)
    return command


@tramquet.command()
@_options
@click.pass_context
def setup(
    ctx: click.Context,
    /,
    technician: str | None,
    pin: str | None,
    speaks: str,
    untested: bool,
    replacing: bool,
    yes: bool,
    **given: Any,
) -> None:
    """Ask the few things a station needs, write the settings file, and look whether all is well."""
    config, data = ctx.find_root().obj
    ask = _Questions(yes)
    if config.exists() and not replacing:
        if yes or not click.confirm(_words("setup-replace", path=config), default=False):
            raise Refused("settings-there", path=config)
        replacing = True
    if pin is not None:
        people.checked_pin(pin)
    named = {name: ask.answer(name, given[name]) for name in ("station_id", "place_code", "commune", "province")}
    named["district"] = ask.answer("district", given["district"], "")
    answers = Answers(
        **named,
        scanner=ask.scanner(given["scanner"]),
        destination=ask.answer("destination", given["destination"], NONE),
        data=str(data.absolute()) if data else Answers.data,
        language=speaks,
        port=given["port"],
        **{name: given[name] for name in ("receipts", "token_file", "ca_file")},
    )
    technician = technician if technician is not None or yes else click.prompt(_words("setup-technician"))
    chosen = _written(config, answers, ask, untested=untested, replacing=replacing)
    first_run.own(chosen.station.data)
    with opening.opened(chosen) as station:
        if technician and not people.listed(station):
            drawn = people.add(station, technician, Role.TECHNICIAN, who=person(), pin=pin)
            click.echo(_words("setup-pin", name=technician, pin="******" if pin else drawn))
    if not told(doctor.examine(chosen, language())):
        ctx.exit(1)


def _written(config: Path, answers: Answers, ask: _Questions, *, untested: bool, replacing: bool) -> settings.Settings:
    """Put the settings in their place, once what they name works or is kept all the same."""
    kept: set[str] = set()
    while True:
        try:
            with proposed(config, first_run.text(answers), group=first_run.readers(), replace=replacing) as chosen:
                for name, why in () if untested else first_run.trials(chosen):
                    if name not in kept and not ask.keep(why):
                        raise _Again(name)
                    kept.add(name)
        except _Again as again:
            if again.name == "scanner":
                answers = replace(answers, scanner=ask.scanner(None))
            else:
                answers = replace(answers, destination=ask.answer("destination", None, NONE))
        else:
            return settings.load(config)


def _words(code: str, **facts: object) -> str:
    return Said(code, facts).sentence(language())
