"""What ``tramquet setup`` asks and does: the answers, their trial, and the settings file that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from station.access import users
from station.cli.edge import language, person
from station.context import Station
from station.domain.roles import Role
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
class Questions:
    """Asks once for what no option answered; with ``yes`` asks nobody and takes what is usual.

    What was told ``before`` is what is usual. What is told now is kept beside the settings file until setup ends.
    """

    config: Path
    yes: bool
    before: dict[str, str]

    def __post_init__(self) -> None:
        self._told = dict(self.before)

    def answer(self, name: str, given: str | None, usual: str | None = None) -> str:
        """The answer to the question ``name``, ``given`` by an option or asked for."""
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
            answer = given if given is not None else click.prompt(words(f"setup-{name}"), default=usual)
            wrong = first_run.mistake(name, answer) if answer or name != "district" else None
            if wrong is None:
                return str(answer).strip()
            if given is not None:
                raise Refused("setup-answer-wrong", option=f"--{name.replace('_', '-')}", why=wrong)
            click.echo(wrong.sentence(language()), err=True)

    def scanner(self, given: str | None) -> str:
        """The same for the scanner; the numbers of those that SANE finds are answers, too."""
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
        return click.confirm(words("setup-keep"), default=False)


def answers(ask: Questions, data: Path | None, in_force: Answers | None, given: dict[str, Any]) -> Answers:
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


def technician(station: Station, name: str, pin: str | None) -> bool:
    """Enter the first technician and show the PIN, unless it was ``pin``; True."""
    drawn = users.add(station, name, Role.TECHNICIAN, who=person(), pin=pin)
    click.echo(words("setup-pin", name=name, pin="******" if pin else drawn))
    return True


def write(config: Path, answers: Answers, ask: Questions, *, untested: bool, replacing: bool) -> None:
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
                    click.echo(words("setup-kept", path=saved_answers.keep(config)))
        except _Again as again:
            ask.before.pop(again.name, None)
            if again.name == "scanner":
                answers = replace(answers, scanner=ask.scanner(None))
            else:
                answers = replace(answers, destination=ask.answer("destination", None, NONE))
        else:
            return


def words(code: str, **facts: object) -> str:
    """The sentence of ``code`` in the person's language."""
    return Message(code, facts).sentence(language())
