"""The language of --help and usage errors: English stands in the commands' source, Vietnamese in help_vietnamese.toml.

Sentences of the station itself come from :mod:`station.messages`; here are those that click puts together.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from copy import copy
from functools import cache
from pathlib import Path
from typing import TypeVar

import click

_Command = TypeVar("_Command", bound=click.Command)

_EXTRA = re.compile(r"(?P<said>.*?)(?:  \[(?P<extra>[^\[\]]*)\])?", re.DOTALL)


def language() -> str:
    """ "vi" where the person's locale is Vietnamese, else "en"; ``TRAMQUET_LANGUAGE`` wins over both."""
    locale = os.environ.get("TRAMQUET_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "vi" if locale.lower().startswith("vi") else "en"


def in_words(text: str) -> str:
    """What click says, in the person's language; what has no Vietnamese stays as it is."""
    if language() != "vi":
        return text
    exact, patterns = _vietnamese()
    plain = " ".join(text.split())
    if plain in exact:
        return exact[plain]
    for pattern, vietnamese in patterns:
        if match := pattern.fullmatch(text):
            return vietnamese.format_map({name: in_words(part) for name, part in match.groupdict().items()})
    return text


class Formatter(click.HelpFormatter):
    """Writes help in the person's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The first line."""
        super().write_usage(prog, args, prefix or f"{in_words('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        """Such as "Options"."""
        super().write_heading(in_words(heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Options and commands, each with what it is."""
        super().write_dl([(name, row(text)) for name, text in rows], col_max, col_spacing)


class Context(click.Context):
    """A click context whose help is written by :class:`Formatter`."""

    formatter_class = Formatter


def with_own_help(command: _Command) -> _Command:
    """A copy of a command whose own help, not that of its subcommands, is in the person's language.

    The command itself keeps the help of its source: the next call may be another person's.
    """
    translated = copy(command)
    translated.context_class = Context
    if command.help:
        translated.help = "\n\n".join(map(in_words, command.help.split("\n\n")))
    return translated


def translate(command: click.Command) -> click.Command:
    """A copy of a command, and of its subcommands, whose help is in the person's language."""
    translated = with_own_help(command)
    if isinstance(command, click.Group) and isinstance(translated, click.Group):
        translated.commands = {name: translate(inner) for name, inner in command.commands.items()}
    return translated


def tell(error: click.ClickException) -> None:
    """Say on stderr what was wrong with the way a command was called."""
    if not isinstance(error, click.UsageError) or isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    if (ctx := error.ctx) is not None:
        click.echo(ctx.get_usage(), err=True)
        click.echo(in_words(f"Try '{ctx.command_path} --help' for help.") + "\n", err=True)
    click.echo(in_words(f"Error: {error.format_message()}"), err=True)


def row(text: str) -> str:
    """What stands beside an option, with its default and whether it must be given."""
    match = _EXTRA.fullmatch(text)
    if not match or match["extra"] is None:
        return in_words(text)
    extra = "; ".join(in_words(one) for one in match["extra"].split("; "))
    return f"{in_words(match['said'])}  [{extra}]"


@cache
def _vietnamese() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """The whole sentences, and those in which something stands for anything."""
    file = Path(__file__).with_name("help_vietnamese.toml")
    pairs: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    exact = {english: vietnamese for english, vietnamese in pairs.items() if "{" not in english}
    return exact, [(_pattern(english), vietnamese) for english, vietnamese in pairs.items() if "{" in english]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", english)
    parts = (f"(?P<{piece}>.+)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
    return re.compile("".join(parts), re.DOTALL)
