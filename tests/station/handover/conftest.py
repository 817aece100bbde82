"""Two stations: one that hands ledgers over, and the other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.handover.two_stations import OTHER
from tests.station.opened_station import OpenedStation, opened_station


@pytest.fixture
def other(tmp_path: Path, empty_data: Path) -> Iterator[OpenedStation]:
    """The other station, with the same places."""
    shutil.copytree(empty_data, tmp_path / "other" / "data")
    with opened_station(tmp_path / "other", station=OTHER) as ready:
        yield ready


@pytest.fixture
def book(desk: OpenedStation) -> str:
    """A ledger of the first station, half scanned: three pages, the first two of which are an entry."""
    ledger = desk.ledger(last_year=2008)
    desk.lay(ledger, 3)
    desk.entry(ledger, "001-002", "1", "2007-01-15")
    return ledger
