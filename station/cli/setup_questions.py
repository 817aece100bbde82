"""What ``tramquet setup`` asks and does: the answers, their trial, and the settings file that they make."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import click

from station.access import users
from station.cli.command import DEFAULT_CONFIG, language, person
from station.context import Station
from station.domain.roles import Role
from station.errors import Refused
from station.health.doctor import service as doctor_service
from station.messages import Message
from station.settings.replacing import ProposedSettings, propose
from station.setup import first_run, saved_answers
from station.setup.changed_settings import changed_text
from station.setup.first_run import NONE, Answers
from station.system import service


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

    def answer(self, name: str, option: str | None, usual: str | None = None) -> str:
        """The answer to the question ``name``: the ``option``, or what is typed where that is None."""
        return self._remember(name, self._ask(name, option, self.before.get(name) or usual))

    def _remember(self, name: str, answer: str) -> str:
        if not self.yes:
            self._told[name] = answer
            saved_answers.remember(self.config, self._told)
        return answer

    def _ask(self, name: str, option: str | None, usual: str | None) -> str:
        if option is None and self.yes:
            if usual is None:
                raise click.UsageError(f"--{name.replace('_', '-')} is missing.")
            return usual
        while True:
            answer = option if option is not None else click.prompt(words(f"setup-{name}"), default=usual)
            wrong = first_run.mistake(name, answer) if answer or name != "district" else None
            if wrong is None:
                return str(answer).strip()
            if option is not None:
                raise Refused("setup-answer-wrong", option=f"--{name.replace('_', '-')}", why=wrong)
            click.echo(wrong.sentence(language()), err=True)

    def scanner(self, option: str | None) -> str:
        """The same for the scanner; the numbers of those that SANE finds are answers, too."""
        offers = first_run.scanner_offers() if option is None else []
        for number, (_, identity) in enumerate(offers, start=1):
            click.echo(f"{number}) {identity}", err=True)
        answer = self._ask("scanner", option, self.before.get("scanner") or (offers[0][0] if offers else NONE))
        number = int(answer) if answer.isdecimal() else 0
        return self._remember("scanner", offers[number - 1][0] if 0 < number <= len(offers) else answer)

    def keep(self, why: str) -> bool:
        """Whether an answer that does not work now is kept all the same."""
        if self.yes:
            raise Refused("setup-trial-failed", why=why)
        click.echo(why, err=True)
        return click.confirm(words("setup-keep"), default=False)


def answers(ask: Questions, data: Path | None, in_force: Answers | None, options: dict[str, Any]) -> Answers:
    """What is answered now; what is neither asked nor given stays as it is in force."""
    answered = {name: ask.answer(name, options[name]) for name in ("station_id", "place_code", "commune", "province")}
    district = ask.answer("district", options["district"], NONE)
    answered["district"] = "" if district == NONE else district
    answered["scanner"] = ask.scanner(options["scanner"])
    answered |= _destination(ask, options)
    unasked = {name: options[name] for name in ("language", "port")}
    unasked["data"] = str(data.absolute()) if data else None
    values = answered | {name: answer for name, answer in unasked.items() if answer is not None}
    return Answers(**values) if in_force is None else replace(in_force, **values)


def _destination(ask: Questions, options: dict[str, Any]) -> dict[str, str]:
    """Where packages go; of a server also where its receipts are, and the files with its token and its authority."""
    before = ask.before.get("destination")
    where = ask.answer("destination", options.get("destination"), NONE)
    if not where.startswith(("http://", "https://")):
        return {"destination": where, "receipts": "", "token_file": "", "ca_file": ""}
    if where != before:
        ask.before.pop("receipts", None)  # they lie beside another server now
    beside = urljoin(where, "receipts")
    receipts = ask.answer("receipts", options.get("receipts"), beside)
    lies_there = first_run.TOKEN.exists() and not ask.yes
    files = {
        "token_file": ask.answer("token_file", options.get("token_file"), str(first_run.TOKEN) if lies_there else NONE),
        "ca_file": ask.answer("ca_file", options.get("ca_file"), NONE),
    }
    paths = {name: "" if file == NONE else file for name, file in files.items()}
    return {"destination": where, "receipts": "" if receipts == beside else receipts, **paths}


def technician(station: Station, name: str, pin: str | None) -> bool:
    """Enter the first technician and show the PIN, unless it was ``pin``; True."""
    new_pin = users.add(station, name, Role.TECHNICIAN, who=person(), pin=pin)
    click.echo(words("setup-pin", name=name, pin="******" if pin else new_pin))
    return True


def write(
    config: Path,
    answers: Answers,
    in_force: Answers | None,
    ask: Questions,
    *,
    untested: bool,
    replacing: bool,
    prepared: str | None = None,
) -> None:
    """Put the settings in their place, once what they name works or is kept all the same.

    Of a file that is there, only what was answered anew is changed; a ``prepared`` text takes its place, for which the
    answers ``in_force`` stand then.
    """
    confirmed: set[str] = set()
    while True:
        old = prepared or (config.read_text(encoding="utf-8-sig") if in_force else "")
        text = changed_text(old, in_force, answers) if in_force else first_run.text(answers)
        try:
            with propose(config, text, group=service.settings_group(), replace=replacing) as proposal:
                for name, why in () if untested else _trials(config, proposal):
                    if name not in confirmed and not ask.keep(why):
                        raise _Again(name)
                    confirmed.add(name)
                if config.exists():
                    click.echo(words("setup-kept", path=saved_answers.keep(config)))
        except _Again as again:
            ask.before.pop(again.name, None)
            if again.name == "scanner":
                answers = replace(answers, scanner=ask.scanner(None))
            else:
                answers = Answers(**vars(answers) | _destination(ask, {}))
        else:
            return


def _trials(config: Path, proposal: ProposedSettings) -> Iterable[tuple[str, str]]:
    """What does not work of what the settings name, and why: tried by the service where there is one.

    A folder that only its sandbox forbids, or a server that only its user cannot reach, would show on the first day.
    """
    if config == DEFAULT_CONFIG and os.geteuid() == 0:
        with suppress(Refused):  # no service on this PC, or none that can run: doctor tells of that at the end
            return doctor_service.trial_as_service(proposal.file, language())
    return [(name, why.sentence(language())) for name, why in first_run.trials(proposal.settings)]


def words(code: str, **facts: object) -> str:
    """The sentence of ``code`` in the person's language."""
    return Message(code, facts).sentence(language())
