"""``tramquet target``: the capture target, by which scanners are measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from station.cli.command import json_option, language, tramquet, with_station

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.context import Station
    from station.scanning.target_measures import MeasuredScanner


@tramquet.group()
def target() -> None:
    """The capture target, a printed sheet that tells how well a scanner scans; the page prints it."""


@target.command()
@click.option("--scanner", metavar="ID", help="A scanner of the settings (default: the first).")
@json_option
@with_station
def measure(station: Station, scanner: str | None, as_json: bool) -> None:
    """Scan the target that lies on the glass, and say what it tells of the scanner; no page comes of it."""
    from station.scanning import target_scan

    _show([target_scan.measure(station, scanner)], as_json)


@target.command("list")
@json_option
@with_station
def list_(station: Station, as_json: bool) -> None:
    """What the newest scan of the target told of each scanner."""
    from station.scanning import target_measures

    _show(target_measures.newest(station), as_json)


def _show(scanners: Iterable[MeasuredScanner], as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "scanner": one.scanner,
                "at": one.at.isoformat(),
                "dpi": one.dpi,
                **asdict(one.measures),
                "drift": [message.sentence(language()) for message in one.drift],
            }
            for one in scanners
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for one in scanners:
        for message in (one.words, *one.drift):
            click.echo(f"{one.scanner}: {message.sentence(language())}")
