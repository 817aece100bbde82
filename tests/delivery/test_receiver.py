"""The receiver over whatever a kill can leave in spool and store."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import socket
import sqlite3
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from station.errors import Refused
from station.receiver.heartbeats import Heartbeats
from station.receiver.receipt_pages import application
from station.receiver.receipts import Receipts
from station.receiver.service import Receiver
from station.receiver.stores.contract import WrongHash
from station.receiver.stores.folder import FolderStore
from station.receiver.tokens import Tokens
from station.receiver.uploads import Spool
from tests.delivery.backings import FolderBacking, receiver_of
from tests.delivery.province import Province
from tests.delivery.spooled import CONTENT, SHA256, lay, receipt, working
from tests.station.planting import Plant, dangling_link, folder, further_name, link, listening_socket, pipe
from tests.stations import Command, hashes
from tests.waiting import eventually


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def receiver(spool: Path, store: Path) -> Iterator[Receiver]:
    """A receiver that runs in a thread."""
    receiver = receiver_of(spool, FolderBacking(store))
    with working(receiver):
        yield receiver


def stored(store: Path) -> Path:
    return store / SHA256[:2] / SHA256


def test_killed_between_name_and_row_it_goes_on(spool: Path, store: Path, receiver: Receiver) -> None:
    stored(store).parent.mkdir()
    os.link(lay(spool, "a"), stored(store))
    assert receipt(receiver).bytes == len(CONTENT)
    eventually(lambda: not list(spool.iterdir()))


def test_killed_in_mid_freeing_it_clears_the_rest(spool: Path, receiver: Receiver) -> None:
    lay(spool, "a").unlink()
    eventually(lambda: not list(spool.iterdir()))
    assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND


def test_what_is_unfinished_or_no_stations_is_left_alone(spool: Path, receiver: Receiver) -> None:
    lay(spool, "half", CONTENT[:50])
    lay(spool, "foreign", sha256="../../etc/passwd")
    lay(spool, "long", filename="x" * 400)
    (spool / "broken.json").write_text("{")
    before = sorted(path.name for path in spool.iterdir())
    assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND
    assert sorted(path.name for path in spool.iterdir()) == before


@pytest.mark.parametrize(
    "left", [[""], ["", ".json"], [".json"]], ids=["a file", "a file and its description", "a description"]
)
def test_what_a_server_killed_while_creating_an_upload_left_goes_when_it_is_not_in_the_making(
    spool: Path, receiver: Receiver, left: list[str]
) -> None:
    old, young, full = "1" * 32, "2" * 32, "3" * 32
    for suffix in left:
        for id_ in (old, young):
            (spool / f"{id_}{suffix}").touch()
        os.utime(spool / f"{old}{suffix}", (0, 0))
    (spool / full).write_bytes(b"a page")
    (spool / "notes").touch()
    for name in (full, "notes"):
        os.utime(spool / name, (0, 0))
    kept = sorted([*(f"{young}{suffix}" for suffix in left), full, "notes"])
    eventually(lambda: sorted(file.name for file in spool.iterdir()) == kept)
    assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND
    assert sorted(file.name for file in spool.iterdir()) == kept


def test_upload_that_a_database_describes_stays_though_it_is_empty(spool: Path, receiver: Receiver) -> None:
    id_ = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    (spool / id_).touch()
    os.utime(spool / id_, (0, 0))
    with contextlib.closing(sqlite3.connect(spool / "uploads.db")) as uploads, uploads:
        uploads.execute('CREATE TABLE uploads (upload_id, upload_length, "offset", metadata)')
        uploads.execute("INSERT INTO uploads VALUES (?, 100, 0, '{}')", (id_,))
    for _ in range(2):
        assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND
    assert (spool / id_).exists()


def test_an_upload_nobody_touched_for_a_month_goes(spool: Path, receiver: Receiver) -> None:
    os.utime(lay(spool, "half", CONTENT[:50]), (0, 0))
    eventually(lambda: not list(spool.iterdir()))


def test_a_store_that_cannot_take_it_says_so_and_keeps_the_upload(spool: Path, store: Path, receiver: Receiver) -> None:
    (store / SHA256[:2]).write_text("a file where a folder must be")
    lay(spool, "a")
    assert receiver.receipt(SHA256, 5) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert len(list(spool.iterdir())) == 2
    (store / SHA256[:2]).unlink()
    receipt(receiver)


def test_receipts_are_for_those_with_the_token_only(spool: Path, receiver: Receiver, tmp_path: Path) -> None:
    lay(spool, "a")
    receipt(receiver)
    client = application(receiver, Tokens("secret"), Heartbeats(str(tmp_path))).test_client()
    nearly = [{"Authorization": shown} for shown in ("Bearer secret2", "Bearer secre", "Bearer SECRET", "Bearer ")]
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}, *nearly):
        assert client.get(f"/receipts/{SHA256}", headers=headers).status_code == 401
        assert client.get("/elsewhere", headers=headers).status_code == 401
    answer = client.get(f"/receipts/{SHA256}", headers={"Authorization": "Bearer secret"})
    assert (answer.status_code, answer.get_json()["sha256"], answer.get_json()["bytes"]) == (200, SHA256, len(CONTENT))
    unknown = client.get("/receipts/" + "0" * 64, headers={"Authorization": "Bearer secret"})
    assert (unknown.status_code, unknown.get_json()["sha256"]) == (404, "0" * 64)


@pytest.mark.parametrize("plant", [link, dangling_link, pipe, listening_socket, folder])
@pytest.mark.parametrize("where", ["a", "a.json", "uploads.db"])
def test_what_is_no_plain_file_in_the_spool_is_no_upload_and_holds_nobody_up(
    spool: Path, tmp_path: Path, receiver: Receiver, plant: Plant, where: str
) -> None:
    own = tmp_path / "elsewhere" / "file"
    own.parent.mkdir()
    lay(own.parent, "file").with_name("file.json").rename(own.with_name("described"))
    if where == "a.json":
        lay(spool, "a").with_name("a.json").unlink()
        own = own.with_name("described")
    elif where == "a":
        lay(spool, "a").unlink()
    before = hashes(own.parent)
    plant(spool / where, own)
    other = b"another sheet" * 100
    lay(spool, "b", other, sha256=hashlib.sha256(other).hexdigest(), size=len(other))
    receipt(receiver, hashlib.sha256(other).hexdigest())
    assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND
    assert hashes(own.parent) == before
    assert (spool / where).is_symlink() or (spool / where).exists()


@pytest.mark.parametrize("plant", [link, dangling_link, pipe, further_name])
def test_what_is_no_file_of_the_store_under_the_final_name_is_replaced(
    spool: Path, store: Path, tmp_path: Path, receiver: Receiver, plant: Plant
) -> None:
    own = tmp_path / "elsewhere"
    own.write_bytes(CONTENT)
    stored(store).parent.mkdir()
    plant(stored(store), own)
    lay(spool, "a")
    receipt(receiver)
    own.write_bytes(b"changed")
    assert stored(store).read_bytes() == CONTENT
    assert not stored(store).is_symlink()


def test_folder_of_the_store_that_is_a_link_takes_nothing(
    spool: Path, store: Path, tmp_path: Path, receiver: Receiver
) -> None:
    (tmp_path / "elsewhere").mkdir()
    stored(store).parent.symlink_to(tmp_path / "elsewhere")
    lay(spool, "a")
    assert receiver.receipt(SHA256, 5) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert not list((tmp_path / "elsewhere").iterdir())


def test_upload_with_a_further_name_is_copied_so_that_nobody_changes_it_in_the_store(
    spool: Path, store: Path, tmp_path: Path, receiver: Receiver
) -> None:
    further_name(tmp_path / "elsewhere", lay(spool, "a"))
    receipt(receiver)
    (tmp_path / "elsewhere").write_bytes(b"changed")
    assert stored(store).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "told", [b"[" * 60_000, b'{"size": 1e999, "metadata": {}}', b'{"size": 1, "metadata": 5}', b" " * 10**6 + b"{}"]
)
def test_odd_description_of_an_upload_holds_nobody_up(spool: Path, receiver: Receiver, told: bytes) -> None:
    (spool / "0").write_bytes(b"")
    (spool / "0.json").write_bytes(told)
    lay(spool, "a")
    receipt(receiver)


def test_odd_row_of_the_other_servers_database_holds_nobody_up(
    spool: Path, store: Path, tmp_path: Path, receiver: Receiver
) -> None:
    told = {"sha256": SHA256, "package": "19429:KH.2007.01/r1", "station": "qt-thu-01", "filename": "a.zip"}
    (tmp_path / "elsewhere").write_bytes(CONTENT)
    (spool / "good").write_bytes(CONTENT)
    with sqlite3.connect(spool / "uploads.db") as uploads:
        uploads.execute('CREATE TABLE uploads (upload_id, upload_length, "offset", metadata)')
        for id_, size, metadata in (
            (None, None, None),
            ("../elsewhere", len(CONTENT), json.dumps(told)),
            ("good", "many", "{}"),
            ("good", 5, "[[["),
            ("good", 5, "[" * 60_000),
            ("good", len(CONTENT), json.dumps(told)),
        ):
            uploads.execute("INSERT INTO uploads VALUES (?, ?, ?, ?)", (id_, size, size, metadata))
    uploads.close()
    receipt(receiver)
    assert stored(store).read_bytes() == CONTENT
    assert (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", [".lock", "receipts.sqlite3", "receipts.sqlite3-wal"])
@pytest.mark.parametrize("plant", [link, dangling_link, pipe])
def test_store_whose_own_files_are_links_is_refused(tmp_path: Path, name: str, plant: Plant) -> None:
    own = tmp_path / "elsewhere"
    own.write_bytes(CONTENT)
    (tmp_path / "store").mkdir()
    plant(tmp_path / "store" / name, own)
    said = Command(tmp_path).refused("receive", "--spool", tmp_path / "spool", "--store", tmp_path / "store")
    assert "[receive-folder]" in said
    assert str(tmp_path / "store" / name) in said
    assert own.read_bytes() == CONTENT
    assert not own.with_name("planted").exists()


def asked(port: int, head: bytes) -> bytes:
    """The first line of what a server answers to these bytes, and to a body without end."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        with contextlib.suppress(OSError):
            line.sendall(head)
            for _ in range(64):
                line.sendall(bytes(1024 * 1024))
        with contextlib.suppress(ConnectionResetError):
            return line.makefile("rb").readline()
    return b"cut off"


def test_receiver_reads_no_question_without_end_and_its_token_without_a_byte_order_mark(tmp_path: Path) -> None:
    province = Province(tmp_path / "province", token="\ufeffabc123")
    try:
        province.start_receiver()
        url = f"http://127.0.0.1:{province.receipts}/receipts/{SHA256}"
        assert requests.get(url, headers={"Authorization": "Bearer abc123"}, timeout=30).status_code == 404
        body = f"GET /receipts/{SHA256} HTTP/1.1\r\nHost: x\r\nContent-Length: {1024**3}\r\n\r\n".encode()
        for head in (body, b"GET /receipts/0 HTTP/1.1\r\nX: "):
            first = asked(province.receipts, head)
            assert first.split(b" ", 1)[-1][:3] in (b"413", b"431") or first in (b"", b"cut off")
        peak = Path(f"/proc/{province.running['receiver'].pid}/status").read_text()
        assert int(re.findall(r"VmHWM:\s+(\d+) kB", peak)[0]) < 150_000
    finally:
        province.stop()


def test_token_is_compared_in_constant_time(
    spool: Path, store: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(shown: bytes, wanted: bytes) -> bool:
        compared.append((shown, wanted))
        return shown == wanted

    monkeypatch.setattr(hmac, "compare_digest", compare)
    client = application(receiver, Tokens("secret"), Heartbeats(str(store))).test_client()
    for token, status in (("secret", 404), ("wrong", 401)):
        shown = f"Bearer {token}"
        assert client.get(f"/receipts/{SHA256}", headers={"Authorization": shown}).status_code == status
        assert compared.pop() == (shown.encode(), b"Bearer secret")


def test_upload_that_is_written_to_while_it_is_hashed_gets_no_receipt(
    spool: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tus server that was slow with its last piece, or took one twice: what was hashed is not what lies there."""
    upload = lay(spool, "a")
    (found,) = Spool(spool).uploads()
    sync = os.fsync

    def written_to(descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), upload.stat()):
            with upload.open("r+b") as file:
                file.write(b"S")
            os.utime(upload, ns=(0, upload.stat().st_mtime_ns + 1))  # a clock may tick seldom
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", written_to)
    with Spool(spool).open(found) as source, pytest.raises(WrongHash):
        FolderStore(store).keep(SHA256, source)
    assert not stored(store).exists()
    assert upload.exists()


def test_an_upload_that_was_touched_within_the_month_waits_for_its_station(spool: Path, receiver: Receiver) -> None:
    weeks_ago = time.time() - 28 * 86400
    os.utime(lay(spool, "half", CONTENT[:50]), (weeks_ago, weeks_ago))
    assert receiver.receipt(SHA256, 60) == HTTPStatus.NOT_FOUND
    assert (spool / "half").exists()


def test_lost_ledger_of_receipts_is_told_and_never_begun_anew(tmp_path: Path, spool: Path, store: Path) -> None:
    receiver = receiver_of(spool, FolderBacking(store))
    with working(receiver):
        lay(spool, "a")
        receipt(receiver)
    kept = Receipts(str(store))
    for file in store.glob("receipts.sqlite3*"):
        file.unlink()
    for act in (lambda: kept.find(SHA256), lambda: Receipts(str(store))):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "receive-ledger-lost"
    where = ("--spool", spool, "--store", store, "--listen", "127.0.0.1:0")
    assert "[receive-ledger-lost]" in Command(tmp_path).refused("receive", *where)
    assert not list(store.glob("receipts.sqlite3*"))
    (store / "receipts.sqlite3").touch()
    assert Receipts(str(store)).find(SHA256) is None, "a person may begin a new one"


def test_receiver_ends_when_its_ledger_is_removed_and_keeps_the_upload(spool: Path, store: Path) -> None:
    receiver = receiver_of(spool, FolderBacking(store))
    (store / "receipts.sqlite3").unlink()
    upload = lay(spool, "a")
    with pytest.raises(Refused, match="ledger of receipts"):
        receiver._look()
    assert upload.read_bytes() == CONTENT
