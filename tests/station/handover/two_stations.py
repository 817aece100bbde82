"""A ledger handed over by one opened station and taken over by another, as the commands do it."""

from __future__ import annotations

from pathlib import Path

from station.handover import handing_over, taking_over
from station.handover.handing_over import Departure
from station.handover.taking_over import TakenLedger
from station.storage import split_file
from station.storage.split_file import Pieces
from tests.station.opened_station import WHO, OpenedStation

OTHER = "qt-thu-02"


def write(desk: OpenedStation, departure: Departure, file: Path) -> None:
    """Write a new file."""
    with file.open("x+b") as target:
        handing_over.write(desk.station, departure, Pieces(file, [target.fileno()], split_file.LIMIT, lambda: -1))


def give(desk: OpenedStation, ledger: str, file: Path) -> Departure:
    """Hand a ledger over into a new file."""
    departure = handing_over.begin(desk.station, ledger, who=WHO)
    write(desk, departure, file)
    return handing_over.complete(desk.station, ledger, who=WHO)


def take(desk: OpenedStation, file: Path) -> TakenLedger:
    """Take a ledger over from a file."""
    with file.open("rb") as source:
        return taking_over.take_over(desk.station, source, who=WHO)
