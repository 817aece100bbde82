"""A destination that is a stick: the PC's own disk never takes its place, and it is ejected before it is pulled."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station import settings
from station.delivery import removable_media
from station.health.doctor import Verdict, endpoints
from station.settings.tables import FolderDestination
from station.setup import first_run
from station.setup.first_run import Answers
from tests.e2e.mounting import Mounts, new_mounts
from tests.stations import Command, hashes, new_station
from tests.waiting import PATIENCE, eventually

SCRIPT = Path(__file__).parents[3] / "systemd" / "sticks"
LEDGER = "KH.2007.01"
STICK = Path("/media/tramquet/QUET")


@pytest.fixture(scope="module")
def packaged(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A station with a package in its queue for a stick."""
    command = new_station(tmp_path_factory.mktemp("packaged"), drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    command.run("scan", LEDGER, "--pages", 1)
    command.run("package", LEDGER, "--masters")
    return command


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    mounts = new_mounts()
    yield mounts
    mounts.close()


@pytest.fixture
def command(packaged: Command, mounts: Mounts, tmp_path: Path) -> Command:
    """That station on a PC as the service leaves it while no stick is plugged in."""
    for folder in ("/media", "/run"):
        mounts.run("mount", "-t", "tmpfs", "tmpfs", folder)
    mounts.run("mkdir", "-p", STICK.parent, removable_media.REQUESTS)
    command = packaged.copy(tmp_path / "station")
    text = command.settings.read_text(encoding="utf-8")
    command.settings.write_text(text.replace('path = "stick"', f'path = "{STICK}"\nstick = true'), encoding="utf-8")
    return command


def plug_in(mounts: Mounts, folder: Path = STICK) -> None:
    mounts.run("mkdir", "-p", folder)
    mounts.run("mount", "-t", "tmpfs", "tmpfs", folder)


def eject(command: Command, mounts: Mounts) -> subprocess.Popen[str]:
    """Ask for it as a person does; returns as soon as the station has asked the service."""
    asked = subprocess.Popen(
        [*mounts.through, *command.line("eject", "stick")], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    eventually(lambda: mounts.seen(removable_media.REQUESTS / STICK.name).exists() or asked.poll() is not None)
    return asked


def test_nothing_is_written_where_the_stick_is_not_plugged_in(command: Command, mounts: Mounts) -> None:
    mounts.run("mkdir", STICK)  # as left behind by a stick that was pulled out
    assert f"No stick is plugged in at {STICK}; the package is kept" in command.refused(
        "queue", "run", through=mounts.through
    )
    assert list(mounts.seen(STICK).iterdir()) == []
    assert command.json("queue", "receipts") == []
    plug_in(mounts)
    command.run("queue", "run", through=mounts.through)
    assert len(hashes(mounts.seen(STICK))) == 3


def test_folder_of_the_pc_s_own_disk_mounted_there_is_no_stick(command: Command, mounts: Mounts) -> None:
    mounts.run("mkdir", STICK)
    mounts.run("mount", "--bind", command.folder, STICK)
    assert "No stick is plugged in" in command.refused("queue", "run", through=mounts.through)


def test_ejected_stick_is_unmounted_and_noted(command: Command, mounts: Mounts) -> None:
    plug_in(mounts)
    asked = eject(command, mounts)
    mounts.run("sh", SCRIPT, "eject")
    said, trouble = asked.communicate(timeout=PATIENCE)
    assert (asked.returncode, said) == (0, "The stick stick may now be pulled out.\n"), trouble
    assert not mounts.seen(STICK).exists()
    assert "'stick-ejected'" in "".join(command.stored())
    assert "not plugged in" in command.refused("eject", "stick", through=mounts.through)


def test_stick_in_use_stays_and_the_person_is_told_not_to_pull_it(command: Command, mounts: Mounts) -> None:
    plug_in(mounts)
    with mounts.seen(STICK / "open").open("wb"):
        asked = eject(command, mounts)
        mounts.run("sh", SCRIPT, "eject")
        _, trouble = asked.communicate(timeout=PATIENCE)
    assert asked.returncode == 1
    assert "still in use by another program; do not pull it out yet" in trouble
    assert mounts.seen(STICK / "open").exists()


def test_stick_is_not_ejected_while_a_package_is_copied_to_it(command: Command, mounts: Mounts) -> None:
    plug_in(mounts)
    with subprocess.Popen(["flock", command.data / "spool/locks/delivery-stick", "cat"], stdin=subprocess.PIPE) as copy:
        lock = os.fsencode(command.data / "spool/locks/delivery-stick")
        eventually(lambda: _locked(lock))
        told = command.refused("eject", "stick", through=mounts.through)
        assert copy.stdin
        copy.stdin.close()
    assert "A package is being copied to the stick stick; do not pull it out" in told


def _locked(path: bytes) -> bool:
    return subprocess.run(["flock", "--nonblock", path, "true"], check=False).returncode != 0


def test_stick_that_somebody_else_mounted_is_left_to_them(command: Command, mounts: Mounts) -> None:
    elsewhere = Path("/media/khac")
    text = command.settings.read_text(encoding="utf-8")
    command.settings.write_text(text.replace(str(STICK), str(elsewhere)), encoding="utf-8")
    plug_in(mounts, elsewhere)
    assert f"sudo umount {elsewhere}" in command.refused("eject", "stick", through=mounts.through)


def test_only_a_stick_of_the_settings_is_ejected(command: Command) -> None:
    assert "Sticks are: stick" in command.refused("eject", "tỉnh")


def test_first_run_takes_a_folder_of_the_service_for_a_stick(tmp_path: Path) -> None:
    def chosen(destination: str) -> object:
        file = tmp_path / "station.toml"
        answers = Answers("qt-thu-01", "19429", "Xã Thử Nghiệm", "Tỉnh Mẫu", destination=destination)
        file.write_text(first_run.text(answers), encoding="utf-8")
        return settings.load(file).destinations[0]

    assert chosen(str(STICK)) == FolderDestination(id="stick", kind="folder", path=STICK, stick=True)
    assert chosen(str(tmp_path)) == FolderDestination(id="stick", kind="folder", path=tmp_path)


def test_doctor_warns_of_a_stick_that_is_not_plugged_in(tmp_path: Path) -> None:
    verdict, said = endpoints.destination_line(FolderDestination(id="stick", kind="folder", path=tmp_path, stick=True))
    assert (verdict, said.code) == (Verdict.WARNING, "destination-no-stick")
    assert "Hãy cắm USB" in said.sentence("vi")


def test_package_that_waited_for_the_stick_is_due_as_soon_as_it_is_back(command: Command, mounts: Mounts) -> None:
    def due() -> list[str]:
        """What a turn of the daemon tries."""
        script = "import sys; from pathlib import Path; from station import context, settings\n"
        script += "from station.delivery import queue\n"
        script += "with context.open_station(settings.load(Path(sys.argv[1]))) as station:\n"
        script += "    print([item.state for item in queue.run(station, only_due=True)])"
        line: list[str | Path] = [*mounts.through, sys.executable, "-c", script, command.settings]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout.split("'")[1::2]

    assert due() == ["stuck"]
    assert due() == []
    plug_in(mounts)
    assert due() == ["receipted"] * 3
