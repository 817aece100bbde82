"""What all commands share: their group, common options, opening the station, and errors in one sentence."""

from __future__ import annotations

import gc
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn

import click

from station.cli import help_language
from station.cli.help_language import language
from station.errors import StationError
from station.messages import Message, sentence
from station.system import cpu

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from station.context import Station

DEFAULT_CONFIG = Path("/etc/tramquet/station.toml")


#: Each command and its module, which bears its name and is imported when the command is asked for.
COMMANDS = {
    name: name.replace("-", "_")
    for name in (
        "answer",
        "asks",
        "backup",
        "check",
        "device",
        "doctor",
        "eject",
        "entry",
        "kept-lists",
        "key",
        "ledger",
        "masters",
        "minutes",
        "move",
        "nightly",
        "package",
        "page",
        "pages",
        "plan",
        "province",
        "put-back",
        "queue",
        "read",
        "rebuild",
        "receive",
        "reconcile",
        "report",
        "restore",
        "row",
        "run",
        "scan",
        "scanners",
        "set-aside",
        "setup",
        "support",
        "target",
        "template",
        "trial",
        "user",
        "verify",
    )
}


class _Sentences(click.Group):
    """A group whose errors are one sentence on stderr, in the person's language, and exit status 1."""

    context_class = help_language.Context

    def get_help(self, ctx: click.Context) -> str:
        """Its help in the person's language."""
        # Its commands are not copied: most have no module yet, and each is put into words when it is listed.
        return click.Group.get_help(help_language.with_own_help(self), ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            import_module(f"station.cli.{COMMANDS[cmd_name]}")
        command = super().get_command(ctx, cmd_name)
        return command and help_language.translate(command)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command and end with its exit status; wrong usage is told in the person's language."""
        try:
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            help_language.tell(error)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo(help_language.in_words("Aborted!"), err=True)
            sys.exit(1)
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StationError as error:
            click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
            ctx.exit(1)
        except (ImportError, RuntimeError):
            # numpy's own words on a processor that is older than its wheels help nobody at a commune.
            processor = cpu.this_processor()
            if not processor.lacks:
                raise
            facts = {"model": processor.model, "missing": ", ".join(processor.lacks)}
            sys.exit(sentence("doctor-processor-old", language(), facts))
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)


@click.group(cls=_Sentences)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),  # who reads it says what is wrong with it
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The settings file.",
)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder, instead of the settings'."
)
@click.version_option(package_name="tramquet", prog_name="tramquet")
@click.pass_context
def tramquet(ctx: click.Context, config: Path, data: Path | None) -> None:
    """Trạm Quét: a scanner station for public registers."""
    ctx.obj = (config, data)


def with_station(command: Callable[Concatenate[Station, ...], None]) -> Callable[..., None]:
    """Give a command the open station as its first argument; it is closed again afterwards."""

    @wraps(command)
    def opened(*args: Any, **kwargs: Any) -> None:
        from station import context, settings

        config, data = click.get_current_context().find_root().obj
        with context.open_station(settings.load(config, data=data)) as station:
            look_for_garbage()
            command(station, *args, **kwargs)

    return opened


def look_for_garbage() -> None:
    """Look for garbage from here on, but not in what is there already: that is what was imported, and stays.

    To go through it once takes a tenth of the time of a small command, see :func:`station.cli.main`.
    """
    gc.freeze()
    gc.enable()


def person() -> str:
    """Who works at the command line, for the log: the login name, behind sudo the one who called it."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


__all__ = [
    "COMMANDS",
    "DEFAULT_CONFIG",
    "json_option",
    "language",
    "look_for_garbage",
    "operator_option",
    "person",
    "say",
    "show",
    "tramquet",
    "with_station",
]

operator_option = click.option("--operator", metavar="NAME", help="Who answers (default: the login name).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def say(code: str, **facts: object) -> None:
    """Print the sentence of ``code`` in the person's language."""
    click.echo(Message(code, facts).sentence(language()))


def show(rows: Iterable[Mapping[str, Any] | DataclassInstance], as_json: bool) -> None:
    """Print rows as one JSON array, or as a table for people."""
    row_list = [row if isinstance(row, Mapping) else vars(row) for row in rows]
    if as_json:
        click.echo(json.dumps(row_list, ensure_ascii=False, indent=1))
        return
    if not row_list:
        return
    columns = list(row_list[0])
    cells = [[_cell(row[column]) for column in columns] for row in row_list]
    widths = [max(len(column), *(len(row[i]) for row in cells)) for i, column in enumerate(columns)]
    for line in (columns, *cells):
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "-"
    text = str(value)
    return text if len(text) <= 48 else f"{text[:20]}…{text[-20:]}"
