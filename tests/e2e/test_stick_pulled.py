"""Sticks that are pulled, full, protected, foreign or bad: one sentence, the package kept, and the next run goes on."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.mounting import Mounts, new_mounts
from tests.e2e.strace_reading import needs_strace, read, through_strace
from tests.stations import Command, hashes, new_station
from tests.waiting import PATIENCE, eventually

LEDGER = "KH.2007.01"
#: The masters' archive of the test's ledger, of some megabytes, so that it is copied in several pieces.
ARCHIVE = "xathunghiem_hvd_tm.KH.2007.01.masters.zip"
PACKAGE = "19429/KH/2007/KH.2007.01"
MIB = 1024**2

#: What strace makes fail on the half-written copy (or its folder), and words of the sentence.
FAILURES = {
    "pulled while writing": ("part", "write:error=ENODEV:when=2", "went away in the middle of copying"),
    "unreadable while writing": ("part", "write:error=EIO:when=3", "went away in the middle of copying"),
    "pulled while syncing": ("part", "fsync:error=EIO:when=1", "went away in the middle of copying"),
    "filled up by others": ("part", "write:error=ENOSPC:when=2", "There is no room"),
    "protected in the middle": ("part", "write:error=EROFS:when=2", "may not write to"),
    "pulled at the name": ("folder", "renameat2:error=EIO:when=1", "went away in the middle of copying"),
    "pulled after the name": ("folder", "fsync:error=EIO:when=1", "went away in the middle of copying"),
}


@pytest.fixture(scope="module")
def packaged(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with a package of masters in its queue, to be copied."""
    command = new_station(tmp_path_factory.mktemp("packaged"), drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    command.run("scan", LEDGER, "--profile", "lossless")
    command.run("package", LEDGER, "--masters")
    return command.folder


@pytest.fixture
def command(packaged: Path, tmp_path: Path) -> Command:
    shutil.copytree(packaged, tmp_path, dirs_exist_ok=True)
    return Command(tmp_path)


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    mounts = new_mounts()
    yield mounts
    mounts.close()


def made(command: Command) -> Path:
    """The folder of the package in the station."""
    return command.data / "ledgers" / PACKAGE / "packages" / "m1"


def target(command: Command) -> Path:
    """Where the archive goes on the stick."""
    return command.stick / "qt-thu-01" / PACKAGE / "m1" / ARCHIVE


def part(command: Command) -> Path:
    """The copy of the archive while it has no name."""
    return target(command).with_name(f".{ARCHIVE}.part")


def deliver_and_prove(command: Command, through: tuple[str, ...] = (), stick: Path | None = None) -> None:
    """The next run delivers all: three files and nothing else of ours, byte for byte, one receipt each."""
    command.run("queue", "run", through=through)
    receipts = command.json("queue", "receipts")
    folder = (stick or command.stick) / target(command).parent.relative_to(command.stick)
    assert hashes(folder) == hashes(made(command))
    assert {f"m1/{receipt['file']}": receipt["sha256"] for receipt in receipts} == hashes(made(command))
    assert len(receipts) == 3


@needs_strace
@pytest.mark.parametrize("failure", FAILURES)
def test_a_stick_that_fails_in_mid_copy_is_told_and_the_next_run_goes_on_where_it_stopped(
    command: Command, tmp_path: Path, failure: str
) -> None:
    where, injected, words = FAILURES[failure]
    kept = hashes(made(command))
    path = part(command) if where == "part" else target(command).parent
    through = through_strace(tmp_path / "trace", "-P", str(path), "-e", f"inject={injected}")
    sentence = command.refused("queue", "run", through=through)
    assert any("INJECTED" in call.result for call in read(tmp_path / "trace"))
    assert re.search(words, sentence)
    assert "the package is kept" in sentence
    assert "\n" not in sentence
    assert hashes(made(command)) == kept
    there = part(command).stat().st_size if part(command).exists() else target(command).stat().st_size
    deliver_and_prove(command, through=through_strace(tmp_path / "again", "-P", str(part(command))))
    written = sum(int(call.result) for call in read(tmp_path / "again") if call.name == "write")
    assert there > 0
    assert written == target(command).stat().st_size - there


@needs_strace
def test_a_stick_unmounted_in_mid_copy_gives_no_receipt_until_it_is_back(
    command: Command, mounts: Mounts, tmp_path: Path
) -> None:
    # The destination is a folder on the stick, so that an empty mount point is not taken for it.
    text = command.settings.read_text(encoding="utf-8")
    command.settings.write_text(text.replace('path = "stick"', 'path = "stick/gói"'), encoding="utf-8")
    medium = tmp_path / "medium"
    (medium / "gói").mkdir(parents=True)
    mounts.run("mount", "--bind", medium, command.stick)
    slowly = ("strace", "-f", "-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:delay_enter=1000000")
    copy = "gói" / part(command).relative_to(command.stick)
    run = subprocess.Popen(
        [*mounts.through, *slowly, "-P", str(command.stick / copy), *command.line("queue", "run")],
        stderr=subprocess.PIPE,
        text=True,
        env=command.env(),
    )
    with run:
        eventually(lambda: (medium / copy).exists() and (medium / copy).stat().st_size > 0)
        mounts.run("umount", "--lazy", command.stick)
        _, told = run.communicate()
    assert run.returncode == 1
    assert "went away in the middle of copying; the package is kept" in told
    assert "is not there; the package is kept" in command.refused("queue", "run", through=mounts.through)
    assert command.json("queue", "receipts") == []
    assert list(command.stick.iterdir()) == []
    mounts.run("mount", "--bind", medium, command.stick)
    deliver_and_prove(command, through=mounts.through, stick=medium / "gói")


def test_a_full_stick_is_told_with_the_room_that_is_needed(command: Command, mounts: Mounts) -> None:
    mounts.tmpfs(command.stick, MIB)
    sentence = command.refused("queue", "run", through=mounts.through)
    size = -(-(made(command) / ARCHIVE).stat().st_size // MIB)
    assert re.search(rf"no room on .*: {size} MB are needed, \d MB are free; the package is kept", sentence)
    mounts.resize(command.stick, 64 * MIB)
    deliver_and_prove(command, through=mounts.through, stick=mounts.seen(command.stick))


def test_a_write_protected_stick_is_told_and_takes_the_package_when_it_is_not_any_more(
    command: Command, mounts: Mounts
) -> None:
    mounts.run("mount", "--bind", command.stick, command.stick)
    mounts.run("mount", "-o", "remount,bind,ro", command.stick)
    sentence = command.refused("queue", "run", through=mounts.through)
    assert "write-protected" in sentence
    assert "the package is kept" in sentence
    mounts.run("mount", "-o", "remount,bind,rw", command.stick)
    deliver_and_prove(command, through=mounts.through)


def test_a_foreign_file_under_the_same_name_is_never_touched(command: Command, tmp_path: Path) -> None:
    target(command).parent.mkdir(parents=True)
    target(command).write_bytes(b"somebody's own")
    sentence = command.refused("queue", "run")
    assert f"Another file stands at {target(command)}; it was not touched, and the package is kept" in sentence
    assert target(command).read_bytes() == b"somebody's own"
    target(command).rename(tmp_path / "elsewhere")
    deliver_and_prove(command)


@pytest.mark.parametrize("damage", ["other bytes", "too long", "nothing of ours"])
def test_a_copy_that_was_cut_off_and_damaged_is_compared_and_mended(command: Command, damage: str) -> None:
    whole = (made(command) / ARCHIVE).read_bytes()
    left = {
        "other bytes": whole[: MIB + 77] + bytes(MIB),
        "too long": whole + b"more",
        "nothing of ours": b"x" * 3 * MIB,
    }
    part(command).parent.mkdir(parents=True)
    part(command).write_bytes(left[damage])
    deliver_and_prove(command)


@needs_strace
def test_bytes_that_read_back_differently_earn_no_receipt(command: Command, tmp_path: Path) -> None:
    # The first read finds the new copy empty; the next ones read back, and get a changed byte from the kernel.
    poked = "inject=read:poke_exit=@arg2=ff:when=2"
    through = ("strace", "-f", "-o", str(tmp_path / "trace"), "-e", "trace=read", "-P", str(part(command)), "-e", poked)
    sentence = command.refused("queue", "run", through=through)
    assert f"{ARCHIVE} read back from {command.stick} is not what was written" in sentence
    assert "the package is kept" in sentence
    assert command.json("queue", "receipts") == []
    assert not part(command).exists()
    assert not target(command).exists()
    deliver_and_prove(command)


def test_a_file_longer_than_the_stick_takes_is_told_as_fat(command: Command) -> None:
    # The kernel answers EFBIG past the limit of a process as it does past the 4 GB of FAT.
    sentence = command.refused("queue", "run", through=("prlimit", f"--fsize={2 * MIB}"))
    assert "takes files up to 4 GB only (FAT); the package is kept" in sentence
    deliver_and_prove(command)


@needs_strace
def test_a_file_over_four_gigabytes_is_not_even_begun_on_a_fat_stick(tmp_path: Path) -> None:
    source, stick = tmp_path / "masters.zip", tmp_path / "stick"
    stick.mkdir()
    with source.open("wb") as file:
        file.truncate(4 * 1024**3)
    code = """
import sys
from pathlib import Path
from station.delivery.destinations.folder import FolderSender
from station.errors import DeliveryStuck
from station.delivery.destinations.contract import DeliveryFile
source, stick = map(Path, sys.argv[1:])
delivery_file = DeliveryFile(source, Path("masters.zip"), "0" * 64, source.stat().st_size, "KH.2007.01/m1", "qt-thu-01")
try:
    FolderSender(stick).send(delivery_file, None)
except DeliveryStuck as error:
    print(error.sentence("en"))
"""
    # No FAT can be mounted everywhere; strace answers statfs as a FAT stick would (magic number 0x4d44).
    poked = "inject=statfs:retval=0:poke_exit=@arg2=444d000000000000"
    strace = ["strace", "-f", "-o", "/dev/null", "-e", "trace=statfs", "-P", str(stick), "-e", poked]
    found = subprocess.run(
        [*strace, sys.executable, "-c", code, str(source), str(stick)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert f"masters.zip has 4.0 GB, and {stick} takes files up to 4 GB only" in found.stdout, found.stderr
    assert list(stick.iterdir()) == []


@needs_strace
def test_a_copy_whose_name_was_given_before_a_kill_is_made_durable_before_its_receipt(
    command: Command, tmp_path: Path
) -> None:
    target(command).parent.mkdir(parents=True)
    shutil.copyfile(made(command) / ARCHIVE, target(command))
    command.run("queue", "run", through=through_strace(tmp_path / "trace"))
    calls = read(tmp_path / "trace")
    receipt = next(call for call in calls if "stick:qt-thu-01" in call.arguments)
    synced = [call.descriptor[1] for call in calls if call.name == "fsync" and call.end < receipt.begin]
    assert synced == [str(target(command)), str(target(command).parent)]
    assert hashlib.sha256(target(command).read_bytes()).hexdigest() in receipt.arguments
