"""The S3 store over engines that are right, broken, far away or not what they say."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
from http import HTTPStatus
from pathlib import Path

import pytest

from station.errors import Refused
from station.receiver import stores
from station.receiver.receipts import Receipts
from station.receiver.service import Receiver
from station.receiver.stores import s3, s3_client
from station.receiver.stores.contract import StoreFailed, WrongHash, place_of
from station.receiver.stores.s3 import S3Store
from station.receiver.uploads import Spool
from tests.delivery.backings import EngineBacking
from tests.delivery.bad_line import BadLine, Fault
from tests.delivery.engines import S3Engine
from tests.delivery.odd_engine import OddEngine, odd_engine
from tests.delivery.spooled import CONTENT, SHA256, lay, lay_whole, receipt, working
from tests.ports import free_port
from tests.stations import TRAMQUET, Command
from tests.waiting import eventually

MB = 1024 * 1024
NAME = f"/bucket/{place_of(SHA256)}"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "store-key"
    file.touch(0o600)
    file.write_text("AKTEST\nSKTEST12345\n")
    return file


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_CONFLICT_WAITS", (0.0, 0.0, 0.0, 0.0))


def store_at(engine: OddEngine, key: Path) -> S3Store:
    store = stores.open_store(engine.address, key)
    assert isinstance(store, S3Store)
    return store


def refused(act: object) -> str:
    with pytest.raises(Refused) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


def parts_left(backing: EngineBacking) -> list[object]:
    listed = backing.client.list_multipart_uploads(Bucket=S3Engine.bucket, Prefix=backing.before)
    return list(listed.get("Uploads", ()))


def in_parts(backing: EngineBacking) -> S3Store:
    """The store, as it would be over files of gigabytes."""
    bucket, before = s3_client.bucket_and_prefix(backing.store)
    return S3Store(backing.client, bucket, before, largest_put=6 * MB, part=5 * MB)


def test_engine_that_overwrites_though_told_not_to_is_refused(key: Path) -> None:
    with odd_engine(conditions=False) as engine:
        assert refused(store_at(engine, key).check) == "receive-bucket-condition"


def test_engine_that_takes_damaged_bytes_is_refused(key: Path) -> None:
    with odd_engine(checksums=False) as engine:
        assert refused(store_at(engine, key).check) == "receive-bucket-checksum"


@pytest.mark.parametrize("answer", [(403, "AccessDenied"), (404, "NoSuchBucket")])
def test_bucket_that_is_not_there_or_not_ours_is_refused_in_words(key: Path, answer: tuple[int, str]) -> None:
    with odd_engine(answers=[answer]) as engine:
        with pytest.raises(Refused, match=answer[1]) as caught:
            store_at(engine, key).check()
        assert caught.value.code == "receive-bucket"


def test_right_engine_passes_each_time_and_nothing_is_left_but_the_probe(key: Path) -> None:
    with odd_engine() as engine:
        for _ in range(3):
            store_at(engine, key).check()
        assert engine.objects == {"/bucket/tramquet-probe": b"tramquet"}


def test_real_engine_passes_again_and_again(engines: EngineBacking) -> None:
    for _ in range(2):
        stores.open_store(engines.store, engines.store_key).check()


def test_name_that_is_being_written_is_asked_for_again(key: Path) -> None:
    with odd_engine(answers=[(409, "ConditionalRequestConflict")] * 2) as engine:
        store_at(engine, key).keep(SHA256, io.BytesIO(CONTENT))
        assert engine.objects == {NAME: CONTENT}
        assert engine.asked == [("PUT", "*")] * 3, "no name was read, for none was there"


def test_name_that_stays_busy_is_the_uploads_next_turn(key: Path) -> None:
    with odd_engine(answers=[(409, "ConditionalRequestConflict")] * 9) as engine, pytest.raises(StoreFailed):
        store_at(engine, key).keep(SHA256, io.BytesIO(CONTENT))


def test_what_lies_there_already_is_read_and_not_put_again(key: Path) -> None:
    with odd_engine(objects={NAME: CONTENT}) as engine:
        store_at(engine, key).keep(SHA256, io.BytesIO(CONTENT))
        assert engine.asked == [("PUT", "*"), ("GET", "")]


def test_what_is_another_thing_is_replaced_as_it_was_seen(key: Path) -> None:
    with odd_engine(objects={NAME: b"other"}) as engine:
        store_at(engine, key).keep(SHA256, io.BytesIO(CONTENT))
        assert engine.objects == {NAME: CONTENT}
        assert engine.asked[-1][1] not in ("*", "")


def test_wrong_bytes_are_not_sent(key: Path) -> None:
    with odd_engine() as engine:
        with pytest.raises(WrongHash):
            store_at(engine, key).keep(SHA256, io.BytesIO(b"wrong"))
        assert engine.asked == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((507, "InsufficientStorage"), HTTPStatus.INSUFFICIENT_STORAGE),
        ((403, "QuotaExceeded"), HTTPStatus.INSUFFICIENT_STORAGE),
        ((403, "AccessDenied"), HTTPStatus.INTERNAL_SERVER_ERROR),
    ],
)
def test_full_store_is_told_to_the_station_and_the_upload_waits(
    tmp_path: Path, key: Path, answer: tuple[int, str], status: HTTPStatus
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    lay(spool, "a")
    with odd_engine(answers=[answer] * 4) as engine:
        receiver = Receiver(Spool(spool), store_at(engine, key), Receipts(str(tmp_path)))
        with working(receiver):
            assert receiver.receipt(SHA256, 5) == status
            assert len(list(spool.iterdir())) == 2
            engine.answers.clear()
            receipt(receiver)
            eventually(lambda: not list(spool.iterdir()))


def test_bit_that_flips_on_the_way_is_seen_by_the_engine(
    engines: EngineBacking, s3_engine: S3Engine, tmp_path: Path
) -> None:
    content = random.Random(1).randbytes(2 * MB)
    spool = tmp_path / "spool"
    spool.mkdir()
    sha256 = lay_whole(spool, "a", content)
    with BadLine(s3_engine.port, Fault.FLIP, after=MB, times=1) as line:
        store = stores.open_store(s3_engine.address(line.port) + f"/{engines.before}", s3_engine.key)
        with pytest.raises(StoreFailed), (spool / "a").open("rb") as source:
            store.keep(sha256, source)
        assert engines.content(sha256) is None
        receiver = Receiver(Spool(spool), store, Receipts(engines.receipts))
        with working(receiver):
            receipt(receiver, sha256)
    assert engines.content(sha256) == content


def test_answer_that_is_lost_is_found_in_the_store(engines: EngineBacking, s3_engine: S3Engine) -> None:
    content = random.Random(2).randbytes(2 * MB)
    sha256 = hashlib.sha256(content).hexdigest()
    with BadLine(s3_engine.port, Fault.RESET, after=2 * MB, times=1) as line:
        stores.open_store(s3_engine.address(line.port) + f"/{engines.before}", s3_engine.key).keep(
            sha256, io.BytesIO(content)
        )
    assert engines.stored() == [sha256]


def test_receiver_killed_in_mid_request_begins_again(
    engines: EngineBacking, s3_engine: S3Engine, tmp_path: Path
) -> None:
    content = random.Random(3).randbytes(24 * MB)
    spool = tmp_path / "spool"
    spool.mkdir()
    sha256 = lay_whole(spool, "a", content)
    with BadLine(s3_engine.port, Fault.HANG, after=8 * MB, times=1) as line:
        words = ["--store", f"{s3_engine.address(line.port)}/{engines.before}", "--store-key", str(s3_engine.key)]
        words += ["--receipts", engines.receipts, "--spool", str(spool), "--listen", f"127.0.0.1:{free_port()}"]
        process = subprocess.Popen([str(TRAMQUET), "receive", *words], stdout=subprocess.DEVNULL)
        eventually(lambda: line.left == 0)
        process.kill()
        process.wait()
    assert engines.rows() == engines.stored() == []
    receiver = Receiver(Spool(spool), stores.open_store(engines.store, s3_engine.key), Receipts(engines.receipts))
    with working(receiver):
        receipt(receiver, sha256)
    assert engines.rows() == engines.stored() == [sha256]


def test_file_too_large_for_one_request_comes_in_parts_and_once(engines: EngineBacking) -> None:
    content = random.Random(4).randbytes(12 * MB)
    sha256 = hashlib.sha256(content).hexdigest()
    store = in_parts(engines)
    for _ in range(2):
        store.keep(sha256, io.BytesIO(content))
    assert engines.stored() == [sha256]
    assert parts_left(engines) == []


@pytest.mark.parametrize("size", [5000, 12 * MB], ids=["in one request", "in parts"])
def test_another_thing_in_a_real_engine_is_replaced(engines: EngineBacking, size: int) -> None:
    content = random.Random(7).randbytes(size)
    sha256 = hashlib.sha256(content).hexdigest()
    engines.lay(sha256, b"torn")
    in_parts(engines).keep(sha256, io.BytesIO(content))
    assert engines.content(sha256) == content


def test_parts_that_a_kill_left_are_taken_away(engines: EngineBacking) -> None:
    content = random.Random(5).randbytes(12 * MB)
    sha256 = hashlib.sha256(content).hexdigest()
    which = {"Bucket": S3Engine.bucket, "Key": engines.before + place_of(sha256)}
    begun = engines.client.create_multipart_upload(**which)["UploadId"]
    engines.client.upload_part(**which, UploadId=begun, PartNumber=1, Body=content[: 5 * MB])
    in_parts(engines).keep(sha256, io.BytesIO(content))
    assert engines.stored() == [sha256]
    assert parts_left(engines) == []


def test_large_file_that_is_written_to_while_it_is_sent_is_not_joined(engines: EngineBacking) -> None:
    content = random.Random(6).randbytes(12 * MB)
    sha256 = hashlib.sha256(content).hexdigest()

    class Written(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size == 5 * MB and self.tell() == 5 * MB:
                self.getbuffer()[-1] ^= 1
            return super().read(size)

    with pytest.raises(WrongHash):
        in_parts(engines).keep(sha256, Written(content))
    assert engines.content(sha256) is None
    assert parts_left(engines) == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://s3.example", "receive-bucket-address"),
        ("https://user:secret@s3.example/bucket", "receive-bucket-address"),
        ("https:///bucket", "receive-bucket-address"),
        ("http://s3.example/bucket", "receive-bucket-plain"),
    ],
)
def test_address_that_is_no_buckets_or_would_be_plain_is_refused(key: Path, address: str, code: str) -> None:
    assert refused(lambda: stores.open_store(address, key)) == code


def test_keys_that_others_may_read_or_that_are_none_are_refused_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    assert refused(lambda: stores.open_store("https://s3.example/bucket")) == "receive-bucket-key-missing"
    for content, mode, code in (
        ("ACCESS\nSECRET\n", 0o604, "receive-bucket-key-open"),
        ("SECRET\n", 0o600, "receive-bucket-key-unreadable"),
        ("", 0o600, "receive-bucket-key-unreadable"),
    ):
        file.write_text(content)
        file.chmod(mode)
        with pytest.raises(Refused) as caught:
            stores.open_store("https://s3.example/bucket", file)
        assert caught.value.code == code
        assert "SECRET" not in str(caught.value)


def test_bucket_without_a_place_for_receipts_is_refused(tmp_path: Path, key: Path) -> None:
    words = ("receive", "--spool", tmp_path / "spool", "--store", "https://s3.example/bucket", "--store-key", key)
    assert "[receive-receipts-missing]" in Command(tmp_path).refused(*words)


def test_engine_that_is_not_there_is_told_at_the_start(tmp_path: Path, key: Path) -> None:
    place = f"http://127.0.0.1:{free_port()}/bucket"
    words = ("receive", "--spool", tmp_path / "spool", "--store", place, "--store-key", key, "--receipts", tmp_path)
    assert "[receive-bucket]" in Command(tmp_path).refused(*words)
