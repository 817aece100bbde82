"""``tramquet reconcile``: the station's entries against a list of the ministry's or of another contractor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, say, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station

#: So many rows show whether the columns are the right ones.
_SAMPLE = 5


@tramquet.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "columns", metavar="MAP", help="FIELD=HEADING,... or a TOML file; remembered for such lists.")
@click.option("--type", "ledger_type", default="", metavar="TYPE", help="The ledgers' type, where the list has none.")
@click.option("--place", default="", metavar="CODE", help="The commune that the list is of (default: all).")
@click.option("--preview", is_flag=True, help="Show how the first rows are read, and do nothing.")
@click.option("--keep", is_flag=True, help="Keep the list: who keys a row is told what is in it. Nothing is compared.")
@click.option("--attached", is_flag=True, help="Mark as attached what the list tells with its file.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a work list.")
@json_option
@with_station
def reconcile(
    station: Station,
    file: Path,
    columns: str | None,
    ledger_type: str,
    place: str,
    preview: bool,
    keep: bool,
    attached: bool,
    xlsx: Path | None,
    as_json: bool,
) -> None:
    """What is missing, twice or different between the entries here and the list in FILE (.xlsx, .csv)."""
    from station.ledger import attachments
    from station.reconciliation import kept_lists, lines, list_columns, reconcile

    typed = list_columns.parse(columns)
    table = list_columns.read(station, file, typed)
    if preview:
        show([table.headings_by_field(), *table.sample(_SAMPLE)], as_json)
        return
    if keep:
        about = kept_lists.keep(station, table, ledger_type=ledger_type, place=place, who=person())
        list_columns.remember(station, table, typed, who=person())
        if as_json:
            show([about], as_json)
        else:
            say("kept-list-done", file=about.name, rows=about.rows, unreadable=about.unreadable)
        return
    result = reconcile.compare(station, table, ledger_type=ledger_type, place=place)
    list_columns.remember(station, table, typed, who=person())
    if attached:
        marked = attachments.mark_listed(station, result.attached, who=person())
        if not as_json:
            say("reconcile-attached", count=len(marked), others=len(result.attached) - len(marked))
    if xlsx is not None:
        lines.write(xlsx, result, language())
    show([lines.as_dict(line, language()) for line in result.lines], as_json)
    if not as_json:
        facts = {"rows": result.rows, "matched": result.matched, "elsewhere": result.elsewhere}
        say("reconcile-result", **facts, differences=len(result.lines))
