"""``tramquet setup``: the first run. Every question has an option, so that it also runs unattended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from station import settings
from station.access import users
from station.access.users import Role
from station.cli.edge import DEFAULT_CONFIG, language, person, tramquet
from station.cli.privilege import done_by_the_station
from station.cli.upkeep import examined, told
from station.context import Station
from station.errors import Refused
from station.messages import Message
from station.settings.replacing import proposed
from station.setup import first_run, saved_answers
from station.setup.first_run import NONE, Answers


class _Again(Exception):
    """An answer did not work and the person wants to give another."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class _Questions:
    """Asks once for what no option answered; with ``yes`` asks nobody and takes what is usual.

    What was told ``before`` is what is usual. What is told now is kept beside the settings file until setup ends.
    """

    config: Path
    yes: bool
    before: dict[str, str]

    def __post_init__(self) -> None:
        self._told = dict(self.before)

    def answer(self, name: str, given: str | None, usual: str | None = None) -> str:
        return self._kept(name, self._asked(name, given, self.before.get(name) or usual))

    def _kept(self, name: str, answer: str) -> str:
        if not self.yes:
            self._told[name] = answer
            saved_answers.remember(self.config, self._told)
        return answer

    def _asked(self, name: str, given: str | None, usual: str | None) -> str:
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
        found = first_run.scanner_offers() if given is None else []
        for number, (_, identity) in enumerate(found, start=1):
            click.echo(f"{number}) {identity}", err=True)
        answer = self._asked("scanner", given, self.before.get("scanner") or (found[0][0] if found else NONE))
        number = int(answer) if answer.isdecimal() else 0
        return self._kept("scanner", found[number - 1][0] if 0 < number <= len(found) else answer)

    def keep(self, why: Message) -> bool:
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
            metavar="URL",
            help="Where the receipts are asked (default: beside the tus server).",
        ),
        click.option("--token-file", metavar="FILE", help="The file with the province's token."),
        click.option("--ca-file", metavar="FILE", help="The province's own authority."),
        click.option("--technician", metavar="NAME", help="The first technician, who may log in to the page."),
        click.option("--pin", help="Their PIN (default: one is drawn and shown)."),
        click.option("--language", type=click.Choice(["vi", "en"]), help="The page's (default: vi)."),
        click.option("--port", type=click.IntRange(1, 65535), help="The page's (default: 8158)."),
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
    untested: bool,
    replacing: bool,
    yes: bool,
    **given: Any,
) -> None:
    """Ask the few things a station needs, write the settings file, start the station and look whether all is well.

    What was answered before, by a setup that was broken off or by the settings file, is offered again; where nothing
    else is answered, the settings file stays as it is.
    """
    config, data = ctx.find_root().obj
    if pin is not None:
        users.checked_pin(pin)
    in_force = saved_answers.in_force(config)
    before = {name: str(answer) for name, answer in vars(in_force).items()} if in_force else {}
    ask = _Questions(config, yes, before if yes else before | saved_answers.broken_off(config))
    answers = _answers(ask, data, in_force, given)
    if answers != in_force:
        if config.exists() and not replacing:
            if yes or not click.confirm(_words("setup-replace", path=config), default=False):
                raise Refused("settings-there", path=config)
            replacing = True
        _write(config, answers, ask, untested=untested, replacing=replacing)
    saved_answers.forget(config)
    chosen = settings.load(config)
    first_run.make_data_folder(chosen.station.data)
    if config == DEFAULT_CONFIG:
        first_run.start()
    if done_by_the_station(chosen, lambda station: not users.all_users(station)):
        name = technician if technician is not None or yes else click.prompt(_words("setup-technician"))
        if name:
            done_by_the_station(chosen, lambda station: _technician(station, name, pin))
    if not told(examined(config, None)):
        ctx.exit(1)


def _answers(ask: _Questions, data: Path | None, in_force: Answers | None, given: dict[str, Any]) -> Answers:
    """What is answered now; what is neither asked nor given stays as it is in force."""
    named = {name: ask.answer(name, given[name]) for name in ("station_id", "place_code", "commune", "province")}
    district = ask.answer("district", given["district"], NONE)
    named["district"] = "" if district == NONE else district
    named["scanner"] = ask.scanner(given["scanner"])
    named["destination"] = ask.answer("destination", given["destination"], NONE)
    unasked = {name: given[name] for name in ("receipts", "token_file", "ca_file", "language", "port")}
    unasked["data"] = str(data.absolute()) if data else None
    told = named | {name: answer for name, answer in unasked.items() if answer is not None}
    if in_force is None:
        return Answers(**told)
    if named["destination"] != in_force.destination:
        told.setdefault("receipts", "")  # they lie beside another server now
    return replace(in_force, **told)


def _technician(station: Station, name: str, pin: str | None) -> bool:
    drawn = users.add(station, name, Role.TECHNICIAN, who=person(), pin=pin)
    click.echo(_words("setup-pin", name=name, pin="******" if pin else drawn))
    return True


def _write(config: Path, answers: Answers, ask: _Questions, *, untested: bool, replacing: bool) -> None:
    """Put the settings in their place, once what they name works or is kept all the same."""
    kept: set[str] = set()
    while True:
        try:
            with proposed(
                config, first_run.text(answers), group=first_run.settings_group(), replace=replacing
            ) as chosen:
                for name, why in () if untested else first_run.trials(chosen):
                    if name not in kept and not ask.keep(why):
                        raise _Again(name)
                    kept.add(name)
                if config.exists():
                    click.echo(_words("setup-kept", path=saved_answers.keep(config)))
        except _Again as again:
            ask.before.pop(again.name, None)
            if again.name == "scanner":
                answers = replace(answers, scanner=ask.scanner(None))
            else:
                answers = replace(answers, destination=ask.answer("destination", None, NONE))
        else:
            return


def _words(code: str, **facts: object) -> str:
    return Message(code, facts).sentence(language())
