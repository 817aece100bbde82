"""``tramquet kept-lists``: the foreign lists that are looked among while rows are keyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, person, say, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.option("--remove", metavar="NAME", help="Keep the list of this name no longer.")
@json_option
@with_station
def kept_lists(station: Station, remove: str | None, as_json: bool) -> None:
    """The lists that were kept with ``reconcile FILE --keep``."""
    from station.reconciliation import kept_lists

    if remove is not None:
        kept_lists.remove(station, remove, who=person())
        say("kept-list-removed", name=remove)
        return
    show(kept_lists.kept(station), as_json)
