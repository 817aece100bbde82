"""What a receiver promises holds over a folder with SQLite, and over an S3 engine with PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest

from station.province import overview, rollup
from station.province import settings as province_settings
from station.receiver import database
from station.receiver.heartbeats import Heartbeat
from station.receiver.receipts import Receipts, StoredReceipt
from station.receiver.service import Receiver
from station.receiver.stores.contract import StoreFailed
from station.receiver.stores.folder import FolderStore
from tests.delivery.backings import Backing, EngineBacking, heartbeats_of, receiver_of, words_of
from tests.delivery.province import Kind, Province
from tests.delivery.queued import new_station, queue_files
from tests.delivery.spooled import CONTENT, SHA256, lay, lay_whole, receipt, working
from tests.ports import free_port
from tests.station.province.received import manifest
from tests.stations import TRAMQUET
from tests.waiting import PATIENCE, eventually


@pytest.fixture
def receiver(spool: Path, backing: Backing) -> Receiver:
    return receiver_of(spool, backing)


def test_a_finished_upload_gets_its_receipt_and_leaves_the_spool(
    spool: Path, backing: Backing, receiver: Receiver
) -> None:
    lay(spool, "a")
    with working(receiver):
        given = receipt(receiver)
        eventually(lambda: not list(spool.iterdir()))
    assert (given.bytes, given.station, given.filename) == (len(CONTENT), "qt-thu-01", "a.zip")
    assert given.store.endswith(f"{SHA256[:2]}/{SHA256}")
    assert backing.content(SHA256) == CONTENT


def test_killed_between_file_and_row_it_goes_on(spool: Path, backing: Backing, receiver: Receiver) -> None:
    backing.lay(SHA256, CONTENT)
    lay(spool, "a")
    with working(receiver):
        assert receipt(receiver).bytes == len(CONTENT)
        eventually(lambda: not list(spool.iterdir()))
    assert backing.stored() == backing.rows() == [SHA256]


@pytest.mark.parametrize("torn", [CONTENT[:100], bytes(len(CONTENT)), b""], ids=["short", "of its length", "empty"])
def test_a_torn_file_under_the_final_name_is_replaced(
    spool: Path, backing: Backing, receiver: Receiver, torn: bytes
) -> None:
    backing.lay(SHA256, torn)
    lay(spool, "a")
    with working(receiver):
        receipt(receiver)
    assert backing.content(SHA256) == CONTENT


def test_killed_between_row_and_freeing_it_frees(spool: Path, receiver: Receiver) -> None:
    lay(spool, "a")
    with working(receiver):
        first = receipt(receiver)
        lay(spool, "again")
        lay(spool, "half", CONTENT[:50])
        eventually(lambda: not list(spool.iterdir()))
        assert receipt(receiver) == first


def test_wrong_bytes_of_the_right_length_are_thrown_away(spool: Path, backing: Backing, receiver: Receiver) -> None:
    lay(spool, "a", bytes(len(CONTENT)))
    with working(receiver):
        assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND
    assert not list(spool.iterdir())
    assert backing.content(SHA256) is None


def test_text_that_no_database_takes_holds_nobody_up(spool: Path, receiver: Receiver) -> None:
    lay_whole(spool, "0", b"nothing in a name", filename="a\0.zip")
    lay_whole(spool, "1", b"half a letter", station="\ud800")
    lay_whole(spool, "2", "đủ dấu".encode(), filename="sổ 'KH'; --\u0301.zip")
    sha256 = lay_whole(spool, "3", b"of another one")
    with working(receiver):
        receipt(receiver, sha256)
        assert receipt(receiver, hashlib.sha256("đủ dấu".encode()).hexdigest()).filename == "sổ 'KH'; --\u0301.zip"


def test_two_stations_at_once_get_one_receipt_of_one_file(tmp_path: Path, backing: Backing) -> None:
    """Over a folder one receiver finds it in its spool twice; over engines two find it in their own."""
    contents = [random.Random(number).randbytes(50_000) for number in range(20)]
    spools = [tmp_path / "one", tmp_path / ("other" if isinstance(backing, EngineBacking) else "one")]
    for number, spool in enumerate(spools):
        spool.mkdir(exist_ok=True)
        for order, content in enumerate(contents):
            lay_whole(spool, f"{number}-{order}", content, station=f"qt-thu-0{number + 1}")
    receivers = [receiver_of(spool, backing) for spool in dict.fromkeys(spools)]
    with working(*receivers):
        eventually(lambda: not any(list(spool.iterdir()) for spool in spools))
    assert backing.rows() == backing.stored() == sorted(hashlib.sha256(one).hexdigest() for one in contents)


@pytest.mark.parametrize("point", ["before-name", "before-commit", "committed"])
def test_receiver_killed_on_its_way_begins_again_and_ends_with_one_file_and_one_row(
    spool: Path, backing: Backing, point: str
) -> None:
    lay(spool, "a")
    line = [str(TRAMQUET), "receive", "--spool", str(spool), "--listen", f"127.0.0.1:{free_port()}"]
    line += words_of(backing)
    killed = subprocess.run(
        line, env={**os.environ, "TRAMQUET_FAULTS": f"{point}:kill"}, timeout=PATIENCE, check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert backing.rows() == ([SHA256] if point == "committed" else [])
    receiver = receiver_of(spool, backing)
    with working(receiver):
        receipt(receiver)
        eventually(lambda: not list(spool.iterdir()))
    assert backing.rows() == backing.stored() == [SHA256]


def test_row_that_is_there_already_stays_as_it_is(backing: Backing) -> None:
    first = StoredReceipt(SHA256, 5, "p", "qt-thu-01", "a.zip", "2026-03-02T08:00:00+00:00", "x")
    receipts = Receipts(backing.receipts)
    receipts.enter(first)
    receipts.enter(StoredReceipt(SHA256, 6, "q", "qt-thu-02", "b.zip", "2026-03-03T08:00:00+00:00", "y"))
    assert Receipts(backing.receipts).find(SHA256) == first


def test_a_station_delivers_to_it(tmp_path: Path, backing: Backing) -> None:
    if Kind.NODE.missing:
        pytest.skip(Kind.NODE.missing)
    province = Province(tmp_path / "province", backing=backing)
    try:
        province.start()
        station = new_station(tmp_path / "station", province)
        queue_files(station, b"a package", b"another")
        station.run("queue", "run", "--until-empty")
        given = sorted(one["sha256"] for one in station.json("queue", "receipts"))
        eventually(lambda: not province.left_in_spool())
    finally:
        province.stop()
    assert province.rows() == province.stored() == given
    assert len(given) == 2


def test_roll_up_sees_what_arrived_there(spool: Path, tmp_path: Path, backing: Backing, receiver: Receiver) -> None:
    told = manifest()
    lay_whole(spool, "manifest", json.dumps(told).encode(), filename="manifest.json")
    now = datetime.now(UTC)
    said = {"format": 1, "station": "qt-thu-01", "run": "a" * 16, "version": "0.2.0", "at": now, "free_bytes": 1}
    heartbeats_of(backing).keep(Heartbeat.model_validate({**said, "total_bytes": 2**40, "waiting": 0, "stuck": 0}))
    with working(receiver):
        eventually(lambda: not list(spool.iterdir()))
    places = {"store": backing.store, "receipts": backing.receipts, "data": str(tmp_path / "rollup"), "name": "Mẫu"}
    if backing.store_key:
        places["store_key"] = str(backing.store_key)
    file = tmp_path / "province.toml"
    file.write_text("[province]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in places.items()))
    with rollup.Rollup(province_settings.load(file)).tables() as tables:
        assert overview.of_province(tables).stations == 1
        (heard,) = tables.connection.execute("SELECT station, total_bytes FROM heartbeat").fetchall()
        (read,) = tables.connection.execute("SELECT ledger, entries FROM manifest").fetchall()
    assert heard == ("qt-thu-01", 2**40)
    assert read == ("KH.2007.01", 3)


def test_store_whose_folder_is_gone_is_in_trouble_and_the_upload_stays(tmp_path: Path) -> None:
    spool, store = tmp_path / "spool", tmp_path / "store"
    spool.mkdir()
    store.mkdir()
    upload = lay(spool, "a")
    store.rmdir()
    with upload.open("rb") as source, pytest.raises(StoreFailed):
        FolderStore(store).keep(SHA256, source)
    assert upload.read_bytes() == CONTENT


def test_password_is_shown_wherever_it_stands_in_an_address_to_nobody() -> None:
    for address in ("postgresql://u:hush@h/db", "postgresql://u@h/db?password=hush"):
        assert "hush" not in database.without_password(address)
