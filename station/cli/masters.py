"""``tramquet masters``: freeing the masters of delivered ledgers by the settings' policy, and bringing them back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, person, show, tramquet, with_station
from station.messages import Message

if TYPE_CHECKING:
    from station.context import Station


@tramquet.group()
def masters() -> None:
    """The scans themselves, once the province holds them ([retention] masters_after_days)."""


@masters.command()
@click.option("--look", "only_look", is_flag=True, help="Only say what would be freed, and why the rest stays.")
@json_option
@with_station
def free(station: Station, only_look: bool, as_json: bool) -> None:
    """Free what the policy allows; each thing is proven to be held elsewhere first."""
    from station.upkeep import master_retention

    code = "retention-would-free" if only_look else "retention-freed"
    rows = []
    for outcome in master_retention.free(station, who=person(), only_look=only_look):
        message = outcome.reason or Message(code, {"size": outcome.bytes // 1024**2})
        rows.append({"ledger": outcome.ledger, "bytes": outcome.bytes, "said": message.sentence(language())})
    if as_json:
        show(rows, as_json)
    else:
        for row in rows:
            click.echo(f"{row['ledger']}: {row['said']}")


@masters.command("bring-back")
@click.argument("ledger")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_station
def bring_back(station: Station, ledger: str, file: Path) -> None:
    """Put the freed masters of LEDGER back from FILE, the archive of its masters package."""
    from station.upkeep import master_retention

    files = master_retention.bring_back(station, ledger, file, who=person())
    click.echo(Message("retention-back", {"files": files}).sentence(language()))
