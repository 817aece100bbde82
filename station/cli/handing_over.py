"""Files that leave the station by a person's hand: made by the station's user, at a place that only the person may use.

A stick that a desktop mounted is closed to the service's user, and what root leaves in the data folder is closed to
the service. So the file is made here, and filled by a process that becomes the data folder's owner.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import click

from station import durable, opening
from station.cli.edge import language
from station.errors import Refused, StationError
from station.opening import Station
from station.settings import Settings

Work = Callable[[Station, IO[bytes]], bool]
#: What the process ends with where the file is good and there is something a person must know all the same.
_BUT = 3


def written_by_the_station(settings: Settings, file: Path, work: Work) -> bool:
    """Let ``work`` fill the new file, and give what it gives: whether all is well. Where it fails, no file remains.

    ``Refused`` ("file-there") where the name is taken.
    """
    if file.exists():
        raise Refused("file-there", path=file)
    try:
        with durable.new_file(file.absolute()) as temporary, temporary.open("w+b") as target:
            child = multiprocessing.get_context("fork").Process(target=_fill, args=(settings, target, work))
            child.start()
            child.join()
            if child.exitcode not in (0, _BUT):
                raise click.exceptions.Exit(1)
    except FileExistsError as error:
        raise Refused("file-there", path=file) from error
    return child.exitcode == 0


def _fill(settings: Settings, target: IO[bytes], work: Work) -> None:
    try:
        with opening.opened(settings) as station:
            well = work(station, target)
    except StationError as error:
        click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
        sys.exit(1)
    sys.exit(0 if well else _BUT)
