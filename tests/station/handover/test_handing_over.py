"""A half-scanned ledger goes on at another station: nothing is lost, nothing is named twice, and one of them has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.handover import handing_over, taking_over
from station.handover.handing_over import Departure
from station.handover.taking_over import Arrival
from station.storage import split_file
from station.storage.split_file import Pieces
from station.upkeep import verify
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation, opened_station

OTHER = "qt-thu-02"


@pytest.fixture
def other(tmp_path: Path, empty_data: Path) -> Iterator[OpenedStation]:
    """The other station: with the same places, and a key of its own."""
    shutil.copytree(empty_data, tmp_path / "other" / "data")
    with opened_station(tmp_path / "other", station=OTHER) as ready:
        yield ready


def give(desk: OpenedStation, ledger: str, file: Path) -> Departure:
    """Hand a ledger over into a new file, as the command does."""
    departure = handing_over.begin(desk.station, ledger, who=WHO)
    with file.open("x+b") as target:
        pieces = Pieces(file, [target.fileno()], split_file.LIMIT, lambda: -1)
        handing_over.write(desk.station, departure, pieces)
    handing_over.complete(desk.station, ledger, who=WHO)
    return departure


def take(desk: OpenedStation, file: Path) -> Arrival:
    with file.open("rb") as source:
        return taking_over.take_over(desk.station, source, who=WHO)


def test_ledger_goes_on_where_it_stood(desk: OpenedStation, other: OpenedStation, tmp_path: Path) -> None:
    ledger = desk.ledger(last_year=2008)
    desk.lay(ledger, 3)
    desk.entry(ledger, "001-002", "1", "2007-01-15")
    give(desk, ledger, tmp_path / "book.zip")
    arrival = take(other, tmp_path / "book.zip")
    assert (arrival.ledger, arrival.images, arrival.is_new) == ("19429:KH.2007.01", 3, True)
    assert other.lay(ledger, 3) == ["004", "005", "006"]
    assert verify.verify(desk.station) == []
    assert verify.verify(other.station) == []
    assert [row.seq for row in listings.page_rows(other.station, ledger)] == [f"{n:03d}" for n in range(1, 7)]
