"""The nightly backup: made where the settings say, the oldest of its own go, and it never fills the PC's own disk."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from station.storage import locks
from tests.station.planting import folder as a_folder
from tests.station.planting import link, pipe
from tests.stations import Command, new_station
from tests.waiting import eventually

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
needs_faketime = pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")


@pytest.fixture
def command(drawn: Path, tmp_path: Path) -> Command:
    """A station that keeps three nightly backups."""
    for folder in ("station", "nights"):
        (tmp_path / folder).mkdir()
    command = new_station(tmp_path / "station", drawn)
    with command.settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[backup]\nfolder = "{tmp_path / "nights"}"\nkeep = 3\n')
    command.run("ledger", "add", "KH", 2007, 1)
    return command


def nights(command: Command) -> list[str]:
    return sorted(path.name for path in (command.folder.parent / "nights").iterdir())


def test_station_without_such_settings_does_nothing(drawn: Path, tmp_path: Path) -> None:
    done = new_station(tmp_path, drawn).run("nightly")
    assert done.stdout + done.stderr == ""


def test_newest_backups_stay_and_files_of_others_are_left_alone(command: Command) -> None:
    folder = command.folder.parent / "nights"
    own, others = "tramquet-qt-thu-01-2025010{}-210000.zip", ["ảnh.zip", "tramquet-qt-khac-20250101-210000.zip"]
    for name in [own.format(day) for day in range(1, 6)] + others:
        (folder / name).write_bytes(b"")
    (folder / f"{own.format(3)}.2").write_bytes(b"")  # of a backup larger than FAT takes
    said = command.run("nightly").stdout
    made = next(name for name in nights(command) if name in said)
    assert nights(command) == sorted([own.format(4), own.format(5), made, *others])
    empty = Command(command.folder.parent / "new")
    empty.folder.mkdir()
    empty.run("--data", empty.data, "restore", folder / made)
    assert [one["ledger"] for one in Command(empty.folder).json("--data", empty.data, "ledger", "list")] == [
        "KH.2007.01"
    ]


@needs_faketime
def test_nights_go_in_the_order_they_were_made_whatever_the_clock_said(command: Command) -> None:
    """After 2031 the battery is empty and the PC begins in 1970; by their dates the newest would go."""
    made = []
    for date in ("2026-05-01", "2031-05-01", "1970-01-01", "1970-01-01", "2026-05-02"):
        command.environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"@{date} 08:30:00"}
        said = command.run("nightly").stdout
        made += [name for name in nights(command) if name in said]
        assert nights(command) == sorted(made[-3:])
    assert len(set(made)) == 5


def test_what_is_called_like_a_night_and_is_none_takes_no_nights_place(command: Command) -> None:
    folder = command.folder.parent / "nights"
    own = "tramquet-qt-thu-01-2025010{}-210000.zip"
    for day in (1, 2):
        (folder / own.format(day)).write_bytes(b"")
    for day, plant in enumerate((link, pipe, a_folder), start=3):
        plant(folder / own.format(day), command.catalogue)
    pipe(folder / ".abcdefgh.part", command.catalogue)
    link(folder / ".abcdefgi.part", command.catalogue)
    before = nights(command)
    said = command.run("nightly").stdout
    made = next(name for name in nights(command) if name in said)
    assert nights(command) == sorted([*before, made]), "two true ones and the new one are three"
    command.run("nightly")
    assert own.format(1) not in nights(command)
    assert command.json("ledger", "list")


def test_backup_that_lacks_a_lost_page_lets_no_older_one_go(command: Command) -> None:
    folder = command.folder.parent / "nights"
    older = [f"tramquet-qt-thu-01-2025010{day}-210000.zip" for day in range(1, 6)]
    for name in older:
        (folder / name).write_bytes(b"")
    command.scan("scan", "KH.2007.01", "--pages", 1)
    next((command.data / "ledgers").rglob("*.jpg")).unlink()
    with command.settings.open("a", encoding="utf-8") as file:
        file.write("masters = true\n")
    assert "KH.2007.01.001" in command.refused("nightly")
    assert set(older) < set(nights(command))


def test_folder_that_is_not_there_is_told(command: Command) -> None:
    (command.folder.parent / "nights").rmdir()
    assert "The backup was not made: the folder" in command.refused("nightly")


def test_without_its_stick_nothing_is_written(command: Command) -> None:
    with command.settings.open("a", encoding="utf-8") as file:
        file.write("stick = true\n")
    assert "no stick is plugged in" in command.refused("nightly")
    assert nights(command) == []


def test_what_a_power_cut_left_goes_and_what_is_being_written_stays(command: Command) -> None:
    folder, held = command.folder.parent / "nights", command.data / "spool" / "locks"
    with command.settings.open("a", encoding="utf-8") as file:
        file.write("masters = true\n")
    with locks.hold(held / "derive", wait=True):  # a backup with masters waits for it
        cut_off = command.start("nightly")
        eventually(lambda: is_held(held / "upkeep"))
        (nameless,) = nights(command)
        assert "[upkeep-busy]" in command.refused("nightly")
        assert nights(command) == [nameless], "the first one still writes it"
        writing = Path(f"/proc/{cut_off.pid}/task/{cut_off.pid}/children").read_text().split()
        for process in (*map(int, writing), cut_off.pid):
            os.kill(process, signal.SIGKILL)
        cut_off.communicate()
    others = ["ảnh.zip.2", ".ảnh.part", "tramquet-qt-khac-20250101-210000.zip.2"]
    for name in (*others, "tramquet-qt-thu-01-20250101-210000.zip.2"):
        (folder / name).write_bytes(b"")
    said = command.run("nightly").stdout
    assert nights(command) == sorted([*others, next(name for name in nights(command) if name in said)])


def is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with locks.hold(lock, wait=False) as mine:
        return not mine
