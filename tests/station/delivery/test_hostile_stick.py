"""A stick on which somebody laid links: nothing of the station is written to, receipted or freed through them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from station import messages
from station.catalogue.models import Delivery, Receipt
from station.delivery import queue as delivery_queue
from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.folder import FolderSender
from station.domain.states import PackageKind
from station.errors import DeliveryWaits
from station.upkeep import master_retention, verify
from tests.e2e.mounting import new_mounts
from tests.station.opened_station import STICK, OpenedStation, contents, opened_station
from tests.station.planting import (
    Plant,
    dangling_link,
    folder,
    further_name,
    link,
    listening_socket,
    pipe,
    swapped,
    without_openat2,
)
from tests.stations import Command, hashes

POLICY = STICK + "[retention]\nmasters_after_days = 30\n"
LEDGER = "KH.2007.01"


@pytest.fixture(scope="module")
def packed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with a ledger packaged both ways, of which nothing is delivered yet."""
    folder = tmp_path_factory.mktemp("packed")
    with opened_station(folder) as desk:
        ledger = desk.whole()
        desk.package(ledger)
        desk.package(ledger, PackageKind.MASTERS)
    return folder


@pytest.fixture
def packed(tmp_path: Path, packed_folder: Path) -> Iterator[OpenedStation]:
    """That station in a folder of its own, with a policy by which masters are freed."""
    shutil.copytree(packed_folder, tmp_path, dirs_exist_ok=True)
    with opened_station(tmp_path, POLICY) as desk:
        yield desk


@pytest.fixture(params=["openat2", "without openat2"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "openat2":
        without_openat2(monkeypatch)


def book(desk: OpenedStation) -> DeliveryFile:
    """The archive of all masters on its way to the stick."""
    with desk.station.catalogue.reading() as session:
        found = [delivery_queue.delivery_file_of(desk.station, item) for item in session.scalars(select(Delivery))]
    return next(delivery_file for delivery_file in found if delivery_file.target.name.endswith(".masters.zip"))


def master(desk: OpenedStation) -> Path:
    return min((desk.data / "ledgers").rglob("pages/*.jpg"))


def insist_that_nothing_happened(desk: OpenedStation, before: dict[str, str]) -> None:
    """Deliver and free: no file of the station changed, the archive has no receipt, no master is freed."""
    told = {item.file.name: delivery_queue.last_trouble(item) for item in delivery_queue.run(desk.station)}
    said = told[book(desk).target.name]
    assert said is not None
    assert said.code == "destination-not-plain"
    for language in messages.LANGUAGES:
        assert str(desk.stick) in said.sentence(language)
    assert hashes(desk.data / "ledgers") == before
    assert [*desk.data.rglob("planted")] == []
    assert book(desk).sha256 not in desk.all(select(Receipt.sha256))
    desk.by_hand("UPDATE receipt SET at = ?", (datetime.now(UTC) - timedelta(days=40)).isoformat())
    assert all(outcome.reason for outcome in master_retention.free(desk.station, who="thử"))
    assert hashes(desk.data / "ledgers") == before
    assert verify.verify(desk.station) == []


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("plant", [link, further_name, dangling_link, pipe, listening_socket, folder])
@pytest.mark.parametrize("of", ["master", "catalogue"])
def test_what_is_planted_where_the_copy_begins_is_not_written_to(packed: OpenedStation, plant: Plant, of: str) -> None:
    before, target = hashes(packed.data / "ledgers"), packed.stick / book(packed).target
    target.parent.mkdir(parents=True)
    planted = target.with_name(f".{target.name}.part")
    plant(planted, master(packed) if of == "master" else packed.station.catalogue.path)
    insist_that_nothing_happened(packed, before)
    assert planted.is_symlink() or planted.exists(), "what others put there is theirs"


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("plant", [link, further_name, dangling_link, pipe, listening_socket, folder])
def test_what_is_planted_as_the_copy_is_none(packed: OpenedStation, plant: Plant) -> None:
    before, target = hashes(packed.data / "ledgers"), packed.stick / book(packed).target
    target.parent.mkdir(parents=True)
    plant(target, book(packed).source)
    insist_that_nothing_happened(packed, before)


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("above", [0, 1, 2, 3])
def test_folder_on_the_way_that_is_a_link_is_not_entered(packed: OpenedStation, above: int) -> None:
    """At the lowest place that is the station's own package linked back, which equals itself byte for byte."""
    before, delivery_file = hashes(packed.data / "ledgers"), book(packed)
    planted = (packed.stick / delivery_file.target).parents[above]
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.symlink_to(delivery_file.source.parents[above])
    insist_that_nothing_happened(packed, before)


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("plant", [link, further_name])
def test_archive_that_became_a_link_after_its_receipt_frees_nothing(packed: OpenedStation, plant: Plant) -> None:
    assert {item.state for item in delivery_queue.run(packed.station)} == {"receipted"}
    packed.by_hand("UPDATE receipt SET at = ?", (datetime.now(UTC) - timedelta(days=40)).isoformat())
    target, before = packed.stick / book(packed).target, hashes(packed.data / "ledgers")
    target.unlink()
    plant(target, book(packed).source)
    (outcome,) = master_retention.free(packed.station, who="thử")
    assert outcome.reason is not None
    assert outcome.reason.code == "retention-not-held"
    assert hashes(packed.data / "ledgers") == before


def test_masters_mounted_on_the_stick_are_not_what_the_stick_holds(packed: OpenedStation) -> None:
    before, delivery_file = hashes(packed.data / "ledgers"), book(packed)
    (packed.stick / delivery_file.target).parent.mkdir(parents=True)
    mounts = new_mounts()
    try:
        mounts.run("mount", "--bind", delivery_file.source.parent, (packed.stick / delivery_file.target).parent)
        said = Command(packed.folder, {"TRAMQUET_LANGUAGE": "en"}).refused("queue", "run", through=mounts.through)
    finally:
        mounts.close()
    assert "[destination-not-plain]" in said
    assert hashes(packed.data / "ledgers") == before
    assert delivery_file.sha256 not in packed.all(select(Receipt.sha256))


class Way:
    """A delivery under way, during which something happens on the stick."""

    upload_url = None

    def __init__(self, happens: Callable[[], None] = lambda: None) -> None:
        self._happens = happens

    def began(self, upload_url: str) -> None:
        raise AssertionError("a folder has no address")

    def reached(self, sent: int) -> None:
        self._happens()


@pytest.mark.usefixtures("kernel")
def test_copy_that_is_exchanged_for_a_link_before_it_is_named_is_not_proven(packed: OpenedStation) -> None:
    delivery_file = book(packed)
    half = (packed.stick / delivery_file.target).with_name(f".{delivery_file.target.name}.part")

    def exchange() -> None:
        half.rename(half.with_name("aside"))
        link(half, delivery_file.source)

    with pytest.raises(DeliveryWaits) as waits:
        FolderSender(packed.stick).send(delivery_file, Way(exchange))
    assert waits.value.code == "destination-not-plain"


@pytest.mark.usefixtures("kernel")
def test_folder_that_takes_turns_with_a_link_to_the_masters_gets_the_file_or_says_so(packed: OpenedStation) -> None:
    delivery_file = book(packed)
    before, folder = contents(packed.data), (packed.stick / delivery_file.target).parent
    folder.mkdir(parents=True)
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    beside = folder.with_name("beside")
    beside.symlink_to(master(packed).parent)
    arrived = refused = 0
    with swapped(folder, beside):
        while not (arrived > 10 and refused > 10):
            try:
                FolderSender(packed.stick).send(delivery_file, Way())
                arrived += 1
            except DeliveryWaits:
                refused += 1
            for entry in os.scandir(held):  # whatever the folder is called at this moment
                os.unlink(entry.name, dir_fd=held)
    os.close(held)
    assert contents(packed.data) == before
