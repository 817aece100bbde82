"""``tramquet scanners``: the scanners of the settings and those that SANE finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.cli.command import json_option, show, tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command("scanners")
@json_option
@with_station
def scanners_(station: Station, as_json: bool) -> None:
    """What the settings and SANE offer, with stable identities."""
    from station.scanning import scanner_factory

    show(scanner_factory.all_scanners(station), as_json)
