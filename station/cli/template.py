"""``tramquet template``: the import files that workbooks are made of, the ministry's and the office's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, say, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.group()
def template() -> None:
    """The import files that workbooks are made of."""


@template.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--type", "ledger_type", metavar="TYPE", help="The ledgers' type, where the file does not tell it.")
@with_station
def add(station: Station, file: Path, ledger_type: str | None) -> None:
    """Fill the office's own blank workbook FILE from now on; tells which of its columns are not known."""
    from station.rows import office_templates

    office_file = office_templates.add(station, file, who=person(), ledger_type=ledger_type)
    say("import-file-added", file=file.name, type=office_file.type, known=sum(map(bool, office_file.columns)))
    if office_file.unknown:
        say("import-file-unknown-columns", columns=", ".join(office_file.unknown))
    if office_file.missing:
        say("import-file-missing-columns", columns=", ".join(office_file.missing))


@template.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """All import files, and which are in use."""
    from station.rows import office_templates

    show(office_templates.listed_templates(station), as_json)


@template.command("show")
@click.argument("ledger_type", metavar="TYPE")
@json_option
@with_station
def show_(station: Station, ledger_type: str, as_json: bool) -> None:
    """The columns of the import file in use for ledgers of TYPE, what each holds, and its codes."""
    from station.views import row_list

    columns = row_list.columns(station, ledger_type)
    words = language()
    show([one.in_words(words) for one in columns], as_json)
