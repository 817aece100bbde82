"""The delivery queue: in order, the manifest last, each file until its receipt, and nothing is ever lost from it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from station.catalogue.models import Delivery, Event, Package, PackageFile, Receipt
from station.delivery import queue as delivery_queue
from station.delivery.destinations.folder import FolderSender
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PackageKind
from station.errors import DeliveryWaits, Refused
from station.ledger import entries, pages
from station.ledger.entries import Act
from station.storage import durable
from station.views import listings
from station.views.listed_rows import ListedDelivery
from tests.station.opened_station import STICK, WHO, OpenedStation, contents, opened_station
from tests.waiting import PATIENCE

SECOND = STICK + '\n[[destination]]\nid = "disk"\nkind = "folder"\npath = "disk"\n'


def run(desk: OpenedStation) -> list[tuple[str, str, str]]:
    """Deliver; gives what was tried, in order."""
    return [(item.destination, item.file.name, item.state) for item in delivery_queue.run(desk.station)]


def queued(desk: OpenedStation) -> list[ListedDelivery]:
    return listings.delivery_rows(desk.station, "en")


def arrived(desk: OpenedStation, ledger: str = "KH.2007.01", revision: str = "r1") -> Path:
    return desk.stick / "qt-thu-01/19429/KH/2007" / ledger / revision


def test_package_goes_file_by_file_and_the_manifest_last(desk: OpenedStation) -> None:
    made = desk.package(desk.whole())
    assert [row.state for row in queued(desk)] == ["queued"] * 3
    tried = run(desk)
    assert tried == [("stick", file.name, "receipted") for file in made.files]
    assert tried[-1][1] == "manifest.json"
    assert contents(arrived(desk)) == {file.name: file.read_bytes() for file in made.files}


def test_every_file_has_its_receipt_and_package_and_ledger_are_delivered(desk: OpenedStation) -> None:
    ledger = desk.whole()
    made = desk.package(ledger)
    run(desk)
    receipts = listings.receipt_rows(desk.station)
    assert [(row.file, row.sha256, row.bytes) for row in receipts] == [
        (file.name, durable.sha256_of(file), file.stat().st_size) for file in made.files
    ]
    assert {row.package for row in receipts} == {"19429:KH.2007.01/r1"}
    assert receipts[0].store == f"stick:qt-thu-01/19429/KH/2007/KH.2007.01/r1/{made.files[0].name}"
    assert desk.one(select(Package.state)) == "delivered"
    assert desk.state(ledger) == "delivered"
    assert len(desk.all(select(Event.id).where(Event.what == "receipt"))) == 3
    assert run(desk) == []


def test_package_is_delivered_only_when_every_destination_has_it(tmp_path: Path) -> None:
    with opened_station(tmp_path, SECOND) as desk:
        ledger = desk.whole()
        desk.package(ledger)
        run(desk)
        assert (desk.one(select(Package.state)), desk.state(ledger)) == ("made", "packaged")
        (tmp_path / "disk").mkdir()
        run(desk)
        assert (desk.one(select(Package.state)), desk.state(ledger)) == ("delivered", "delivered")


def test_trouble_at_one_destination_does_not_hold_up_another(tmp_path: Path) -> None:
    with opened_station(tmp_path, SECOND) as desk:
        desk.package(desk.whole())
        states = [(where, state) for where, _, state in run(desk)]
        assert states == [("disk", "stuck"), *[("stick", "receipted")] * 3]


def test_missing_stick_holds_the_files_back_and_says_what_to_do(desk: OpenedStation) -> None:
    desk.package(desk.whole())
    shutil.rmtree(desk.stick)
    (tried,) = run(desk)
    assert tried[2] == "stuck", "the files behind the first are not tried: the manifest stays last"
    row = queued(desk)[0]
    assert str(desk.stick) in str(row.error)
    assert row.attempts == 1
    assert [one.state for one in queued(desk)] == ["stuck", "queued", "queued"]
    run(desk)
    assert queued(desk)[0].attempts == 2, "a person who asks again is tried again"
    desk.stick.mkdir()
    run(desk)
    assert {one.state for one in queued(desk)} == {"receipted"}
    assert {one.error for one in queued(desk)} == {None}


def test_retry_puts_a_stuck_file_back_into_the_queue(desk: OpenedStation) -> None:
    desk.package(desk.whole())
    shutil.rmtree(desk.stick)
    run(desk)
    stuck = queued(desk)[0]
    delivery_queue.retry(desk.station, stuck.id, who=WHO)
    assert (queued(desk)[0].state, queued(desk)[0].error) == ("queued", None)
    desk.stick.mkdir()
    run(desk)
    with pytest.raises(Refused) as refused:
        delivery_queue.retry(desk.station, stuck.id, who=WHO)
    assert refused.value.code == "delivery-not-retried"
    with pytest.raises(Refused) as refused:
        delivery_queue.retry(desk.station, 999, who=WHO)
    assert refused.value.code == "delivery-unknown"


def test_pause_outlives_a_restart_and_keeps_the_queue(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.package(desk.whole())
        delivery_queue.pause(desk.station, True, who=WHO)
    with opened_station(tmp_path) as desk:
        with pytest.raises(Refused) as refused:
            run(desk)
        assert refused.value.code == "queue-paused"
        assert contents(desk.stick) == {}
        delivery_queue.pause(desk.station, False, who=WHO)
        assert len(run(desk)) == 3


def test_only_one_process_delivers_at_a_time(desk: OpenedStation) -> None:
    desk.package(desk.whole())
    first = delivery_queue.run(desk.station)
    next(first)
    # A process of its own: within one, the kernel's locks would tell the same.
    command: list[str | Path] = [
        Path(sys.executable).with_name("tramquet"),
        "--config",
        desk.folder / "station.toml",
        "queue",
        "run",
    ]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, "LANG": "C"})
    assert second.returncode == 1
    assert len(second.stderr.strip().splitlines()) == 1
    assert [item.state for item in first] == ["receipted", "receipted"]


def test_anothers_file_under_the_name_is_told_and_never_overwritten(desk: OpenedStation) -> None:
    made = desk.package(desk.whole())
    arrived(desk).mkdir(parents=True)
    theirs = arrived(desk) / made.files[1].name
    theirs.write_bytes(b"theirs")
    assert [state for _, _, state in run(desk)] == ["receipted", "stuck"]
    assert theirs.read_bytes() == b"theirs"
    assert str(theirs) in str(queued(desk)[1].error)
    assert not (arrived(desk) / "manifest.json").exists()
    theirs.rename(theirs.with_suffix(".away"))
    assert [state for _, _, state in run(desk)] == ["receipted", "receipted"]


def test_file_that_lies_there_already_is_read_again_for_its_receipt(desk: OpenedStation) -> None:
    """As after a kill between the last name and the receipt, or a stick that was filled from a copy."""
    made = desk.package(desk.whole())
    arrived(desk).mkdir(parents=True)
    there = arrived(desk) / made.files[0].name
    shutil.copy(made.files[0], there)
    before = there.stat()
    assert [state for _, _, state in run(desk)] == ["receipted"] * 3
    assert (there.stat().st_ino, there.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_delivery_that_was_sending_when_its_program_died_goes_on(desk: OpenedStation) -> None:
    desk.package(desk.whole())
    desk.by_hand("UPDATE delivery SET state = 'sending' WHERE id = 1")
    assert [state for _, _, state in run(desk)] == ["receipted"] * 3


def test_packaged_file_that_changed_on_the_disk_is_not_delivered(desk: OpenedStation) -> None:
    made = desk.package(desk.whole())
    made.files[0].write_bytes(b"x" * made.files[0].stat().st_size)
    assert [state for _, _, state in run(desk)] == ["stuck"]
    assert made.files[0].name in str(queued(desk)[0].error)
    assert not any(file.name == made.files[0].name for file in desk.stick.rglob("*"))
    assert desk.one(select(func.count(Receipt.id))) == 0


def test_destination_that_left_the_settings_keeps_its_package(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.package(desk.whole())
    with opened_station(tmp_path, "") as desk:
        for attempt in (1, 2):
            assert [state for _, _, state in run(desk)] == ["stuck"]
            assert queued(desk)[0].attempts == attempt
        assert "stick" in str(queued(desk)[0].error)


def test_new_destination_gets_the_package_that_is_still_true(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.package(desk.whole())
        run(desk)
    with opened_station(tmp_path, SECOND) as desk:
        (tmp_path / "disk").mkdir()
        assert desk.package("KH.2007.01").revision == 1
        assert [where for where, _, _ in run(desk)] == ["disk"] * 3
        assert desk.one(select(func.count(Delivery.id))) == 6


def test_packaging_twice_queues_once(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    desk.package(ledger)
    assert len(queued(desk)) == 3


def test_ledger_is_delivered_only_when_its_newest_revision_is(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    entries.change(desk.station, Act(ledger, WHO), "1", None, new_date=PartialDate.parse("2007-05"))
    second = desk.package(ledger)
    arrived(desk, revision="r2").mkdir(parents=True)
    (arrived(desk, revision="r2") / second.files[0].name).write_bytes(b"theirs")
    run(desk)
    assert desk.all(select(Package.state).order_by(Package.revision)) == ["delivered", "made"]
    assert desk.state(ledger) == "packaged"


def test_ledger_whose_change_was_taken_back_is_delivered_again(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    run(desk)
    pages.change(desk.station, ledger, "001", who=WHO, number="7")
    assert desk.state(ledger) == "indexed"
    pages.change(desk.station, ledger, "001", who=WHO, number="")
    desk.package(ledger)
    assert desk.state(ledger) == "delivered"


def test_receipts_of_masters_or_of_a_part_deliver_no_ledger(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger, PackageKind.MASTERS)
    run(desk)
    assert desk.one(select(Package.state)) == "delivered"
    assert desk.state(ledger) == "indexed"
    other = desk.ledger("KH.2007.02")
    desk.lay(other)
    desk.entry(other, "001", "1", "2007")
    desk.package(other)
    run(desk)
    assert desk.state(other) == "scanning"


def test_queue_counts_the_bytes(desk: OpenedStation) -> None:
    made = desk.package(desk.whole())
    assert [(row.bytes_sent, row.bytes_total) for row in queued(desk)] == [
        (0, file.stat().st_size) for file in made.files
    ]
    run(desk)
    assert all(row.bytes_sent == row.bytes_total for row in queued(desk))
    assert desk.all(select(PackageFile.position).order_by(PackageFile.id)) == [1, 2, 3]


def test_destination_is_tried_again_soon_and_then_ever_later(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that comes and goes is there again in a moment; one that is away for days is asked every few minutes."""
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)

    def broken(*_: object, **__: object) -> str:
        raise DeliveryWaits("destination-missing", path="stick")

    monkeypatch.setattr(FolderSender, "send", broken)
    desk.package(desk.whole())
    for wait in (2, 4, 8, 16, 32, 64, 128, 256, *[delivery_queue.LONGEST_WAIT] * 4):
        before = datetime.now(UTC)
        run(desk)
        due = delivery_queue.next_due(desk.station)
        assert due is not None
        assert due - datetime.now(UTC) <= timedelta(seconds=wait) <= due - before
