"""What commands of the province share: the roll-up of its settings, also where root asks and it is another user's."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from station.cli.command import language
from station.errors import Refused, StationError

if TYPE_CHECKING:
    from station.province.rollup import Rollup, Tables
    from station.province.settings import ProvinceSettings

_Answer = TypeVar("_Answer")


def open_rollup(settings: Path) -> Rollup:
    """The roll-up of the settings in that file; raises ``Refused`` where DuckDB is not here."""
    from station.province import settings as province_settings

    with needs_duckdb():
        from station.province.rollup import Rollup
    os.umask(0o077)
    return Rollup(province_settings.load(settings))


@contextmanager
def needs_duckdb() -> Iterator[None]:
    """No station has it: it is in the province's part of the installation."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        raise Refused("province-duckdb") from error


def asked_as_owner(settings: ProvinceSettings, question: Callable[[Tables], _Answer]) -> _Answer:
    """What ``question`` finds in the tables. Where root asks, a process that becomes the roll-up's owner looks.

    Files that root leaves there would lock the page out. ``question`` and its answer must be picklable.
    """
    folder = settings.province.data
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if there.stat().st_uid == os.geteuid():
        return _ask(settings, question)
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(1) as pool:
        answers: list[_Answer] = pool.apply(_ask_as_owner, (settings, question, there))
    if not answers:
        raise click.exceptions.Exit(1)  # the other process said why
    return answers[0]


def _ask(settings: ProvinceSettings, question: Callable[[Tables], _Answer]) -> _Answer:
    with needs_duckdb():
        from station.province.rollup import Rollup
    with Rollup(settings).tables() as tables:
        return question(tables)


def _ask_as_owner(settings: ProvinceSettings, question: Callable[[Tables], _Answer], folder: Path) -> list[_Answer]:
    from station import context

    try:
        context.become_owner(folder)
        os.environ["HOME"] = pwd.getpwuid(os.geteuid()).pw_dir  # where its password for a database lies
        return [_ask(settings, question)]
    except StationError as error:
        click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
        return []
