"""What the tests of the station share: an opened station in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.delivery import queue as delivery_queue
from station.domain.states import PackageKind
from station.ledger import check_counts
from tests.prepared import once
from tests.station.opened_station import OpenedStation, opened_station


@pytest.fixture(scope="session")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a station that was opened once: migrations take longer than most tests."""

    def open_once(folder: Path) -> None:
        with opened_station(folder):
            pass

    return once(tmp_path_factory, "empty", open_once) / "data"


@pytest.fixture
def desk(tmp_path: Path, empty_data: Path) -> Iterator[OpenedStation]:
    """A station with two places and a stick, opened."""
    shutil.copytree(empty_data, tmp_path / "data")
    with opened_station(tmp_path) as ready:
        yield ready


@pytest.fixture(scope="session")
def delivered_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with a ledger of three pages, packaged both ways and delivered: all is well."""

    def deliver(folder: Path) -> None:
        with opened_station(folder) as desk:
            ledger = desk.whole()
            desk.package(ledger)
            desk.package(ledger, PackageKind.MASTERS)
            assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}

    return once(tmp_path_factory, "delivered", deliver)


@pytest.fixture
def delivered(tmp_path: Path, delivered_folder: Path) -> Iterator[OpenedStation]:
    """That station, opened in a folder of its own."""
    shutil.copytree(delivered_folder, tmp_path, dirs_exist_ok=True)
    with opened_station(tmp_path) as ready:
        yield ready


@pytest.fixture
def right_verdicts(desk: OpenedStation) -> Iterator[None]:
    """Whatever a test did, the catalogue keeps the verdicts that checks and images give."""
    yield
    with desk.station.catalogue.reading() as session:
        assert session.scalars(check_counts.misjudged_ledgers()).all() == []
