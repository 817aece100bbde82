"""One file to a folder: copied, read back from the medium, named last; cut short it goes on, in the way it stands."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shlex
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.folder import FolderSender
from station.errors import DeliveryWaits
from station.storage import disk_space, durable
from tests.station.opened_station import contents
from tests.waiting import PATIENCE

PIECE = 1024 * 1024
NAME = Path("qt-thu-01/19429/KH.2007.01/r1/KH.2007.01.zip")


@dataclass
class Way:
    """Remembers how far a delivery said it was."""

    told: list[int] = field(default_factory=list)
    upload_url: str | None = None

    def began(self, upload_url: str) -> None:
        raise AssertionError("a folder has no address")

    def reached(self, sent: int) -> None:
        self.told.append(sent)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def delivery_file(tmp_path: Path) -> DeliveryFile:
    return delivery_file_of(tmp_path, random.Random(1).randbytes(3 * PIECE + 17))


def delivery_file_of(folder: Path, content: bytes) -> DeliveryFile:
    source = folder / "source.zip"
    source.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return DeliveryFile(source, NAME, digest, len(content), "19429:KH.2007.01/r1", "qt-thu-01")


def half(stick: Path) -> Path:
    return stick / NAME.with_name(f".{NAME.name}.part")


def send(stick: Path, delivery_file: DeliveryFile) -> Way:
    way = Way()
    assert FolderSender(stick).send(delivery_file, way) == NAME.as_posix()
    assert contents(stick) == {NAME.as_posix(): delivery_file.source.read_bytes()}
    return way


def refusal(stick: Path, delivery_file: DeliveryFile) -> DeliveryWaits:
    with pytest.raises(DeliveryWaits) as waits:
        FolderSender(stick).send(delivery_file, Way())
    return waits.value


def test_file_arrives_under_its_name_and_nothing_else_is_there(stick: Path, delivery_file: DeliveryFile) -> None:
    assert send(stick, delivery_file).told[0] == 0


def test_file_of_no_bytes_arrives(stick: Path, tmp_path: Path) -> None:
    send(stick, delivery_file_of(tmp_path, b""))


def test_copy_that_was_cut_off_goes_on_where_it_stopped(stick: Path, delivery_file: DeliveryFile) -> None:
    half(stick).parent.mkdir(parents=True)
    half(stick).write_bytes(delivery_file.source.read_bytes()[: 2 * PIECE + 5])
    assert send(stick, delivery_file).told[0] == 2 * PIECE + 5


def test_copy_whose_bytes_went_bad_goes_on_before_them(stick: Path, delivery_file: DeliveryFile) -> None:
    half(stick).parent.mkdir(parents=True)
    bad = bytearray(delivery_file.source.read_bytes()[: 2 * PIECE + 5])
    bad[PIECE + 3] ^= 1
    half(stick).write_bytes(bad)
    assert send(stick, delivery_file).told[0] == PIECE


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.binary(max_size=200), left=st.binary(max_size=300), kept=st.integers(0, 300))
def test_whatever_lies_half_written_there_the_file_arrives(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, left: bytes, kept: int
) -> None:
    folder = tmp_path_factory.mktemp("half")
    stick = folder / "stick"
    half(stick).parent.mkdir(parents=True)
    half(stick).write_bytes(content[:kept] + left)
    send(stick, delivery_file_of(folder, content))


def test_same_file_there_already_is_as_good_as_sent(stick: Path, delivery_file: DeliveryFile) -> None:
    send(stick, delivery_file)
    before = (stick / NAME).stat()
    send(stick, delivery_file)
    assert (stick / NAME).stat().st_ino == before.st_ino
    assert (stick / NAME).stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("theirs", [b"", b"theirs"])
def test_other_file_there_is_a_conflict_and_stays(stick: Path, delivery_file: DeliveryFile, theirs: bytes) -> None:
    (stick / NAME).parent.mkdir(parents=True)
    (stick / NAME).write_bytes(theirs)
    waits = refusal(stick, delivery_file)
    assert waits.code == "destination-conflict"
    assert str(stick / NAME) in waits.sentence("vi")
    assert contents(stick) == {NAME.as_posix(): theirs}


def test_other_file_that_appears_while_copying_is_a_conflict_and_stays(
    stick: Path, delivery_file: DeliveryFile
) -> None:
    class Meanwhile(Way):
        def reached(self, sent: int) -> None:
            (stick / NAME).write_bytes(b"theirs")

    with pytest.raises(DeliveryWaits) as waits:
        FolderSender(stick).send(delivery_file, Meanwhile())
    assert waits.value.code == "destination-conflict"
    assert (stick / NAME).read_bytes() == b"theirs"


def test_folder_that_is_not_there_is_told(tmp_path: Path, delivery_file: DeliveryFile) -> None:
    assert refusal(tmp_path / "gone", delivery_file).code == "destination-missing"
    assert not (tmp_path / "gone").exists(), "made, it would hide that no stick is plugged in"


@pytest.mark.parametrize("change", ["other", "shorter", "gone"])
def test_source_that_is_not_what_was_packaged_never_gets_its_name(
    stick: Path, delivery_file: DeliveryFile, change: str
) -> None:
    content = delivery_file.source.read_bytes()
    if change == "gone":
        delivery_file.source.unlink()
    else:
        delivery_file.source.write_bytes(content[:-1] + bytes([content[-1] ^ 1]) if change == "other" else content[:-1])
    assert refusal(stick, delivery_file).code == "package-file-changed"
    assert not (stick / NAME).exists()
    delivery_file.source.write_bytes(content)
    send(stick, delivery_file)


#: Sends the delivery_file given by its facts to a stick that only the process that mounted it can see.
SENDER = """
import json, sys
from pathlib import Path
from station.delivery.destinations.folder import FolderSender
from station.errors import DeliveryWaits
from station.delivery.destinations.contract import DeliveryFile
class Way:
    def reached(self, sent): pass
stick, source, target, sha256, size = sys.argv[1:]
try:
    FolderSender(Path(stick)).send(DeliveryFile(Path(source), Path(target), sha256, int(size), "", ""), Way())
except DeliveryWaits as waits:
    left = [str(file) for file in Path(stick).rglob("*") if file.is_file()]
    print(json.dumps([waits.code, waits.facts.get("needed"), left]))
"""


def refusal_on(mount: str, stick: Path, delivery_file: DeliveryFile) -> object:
    """What a delivery to a stick mounted with these options is refused with."""
    facts = (stick, delivery_file.source, delivery_file.target, delivery_file.sha256, delivery_file.bytes)
    words = shlex.join([sys.executable, "-c", SENDER, *map(str, facts)])
    script = f"mount -t tmpfs -o {mount} tmpfs {shlex.quote(str(stick))} || exit 77; exec {words}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("mounting is not allowed here")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_stick_without_room_is_told_before_anything_is_copied(stick: Path, delivery_file: DeliveryFile) -> None:
    assert refusal_on("size=2m", stick, delivery_file) == ["destination-full", 4, []]


def test_write_protected_stick_is_told(stick: Path, delivery_file: DeliveryFile) -> None:
    assert refusal_on("ro", stick, delivery_file) == ["destination-denied", None, []]


def test_what_is_read_back_comes_from_the_medium(
    stick: Path, delivery_file: DeliveryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stick that lies about what it took shows it only when the system's memory of the file is dropped first."""
    dropped: list[str] = []
    advise = os.posix_fadvise

    def noted(descriptor: int, start: int, length: int, advice: int) -> None:
        if (start, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED):
            dropped.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        advise(descriptor, start, length, advice)

    monkeypatch.setattr(os, "posix_fadvise", noted)
    send(stick, delivery_file)
    assert dropped == [half(stick).name]
    send(stick, delivery_file)
    assert dropped == [half(stick).name, NAME.name], "as good as sent: proven as a new copy is"


def test_largest_file_that_fat_takes_is_no_byte_too_large(
    stick: Path, delivery_file: DeliveryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size field has 32 bits: 4 GiB are one byte too many."""
    assert durable.FAT_FILE_LIMIT == 2**32 - 1
    monkeypatch.setattr(durable, "is_fat", lambda _: True)
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: 2**40)
    assert refusal(stick, replace(delivery_file, bytes=2**32)).code == "destination-fat"
    assert FolderSender(stick).send(replace(delivery_file, bytes=2**32 - 1), Way()) == NAME.as_posix()
