"""A ledger goes from one station's stick to another one, whatever is killed on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fork_server import run
from tests.prepared import once
from tests.station.handover.two_stations import OTHER
from tests.station.opened_station import opened_station
from tests.stations import Command, hashes

LEDGER = "KH.2007.01"
FILE = f"ban-giao_{LEDGER}.zip"


@pytest.fixture(scope="session")
def two_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stations, the first of which has a ledger of three pages."""

    def prepare(folder: Path) -> None:
        with opened_station(folder / "first") as desk:
            book = desk.ledger(LEDGER)
            desk.lay(book, 3)
        with opened_station(folder / "other", station=OTHER):
            pass

    return once(tmp_path_factory, "two-stations", prepare)


@pytest.fixture
def first(two_folders: Path, tmp_path: Path) -> Command:
    shutil.copytree(two_folders / "first", tmp_path / "first")
    return Command(tmp_path / "first")


@pytest.fixture
def other(two_folders: Path, tmp_path: Path) -> Callable[[str], Command]:
    """Makes the other station afresh, under a name."""

    def make(name: str) -> Command:
        shutil.copytree(two_folders / "other", tmp_path / name)
        return Command(tmp_path / name)

    return make


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """The stick that goes from one to the other."""
    (tmp_path / "medium").mkdir()
    return tmp_path / "medium"


def killed(command: Command, point: str, *words: object) -> None:
    """Run a command that is killed at a point of its way."""
    done = run(command.line(*words), env=command.env() | {"TRAMQUET_FAULTS": f"{point}:kill"})
    assert done.returncode != 0, f"{point} was not reached"
    assert "Traceback" not in done.stderr, done.stderr


def state(command: Command) -> Any:
    return command.json("ledger", "list")[0]["state"]


def test_killed_anywhere_a_hand_over_is_finished_by_the_same_command(first: Command, medium: Path) -> None:
    words = ("ledger", "hand-over", LEDGER, medium)
    for point in ("read-back", "named"):
        killed(first, point, *words)
        assert (medium / FILE).exists() == (point == "named")
        assert "[ledger-handed-over]" in first.refused("page", LEDGER, "001", "--state", "blank"), point
        assert "it is not finished" in first.run("ledger", "show", LEDGER).stdout
        assert FILE in first.run(*words).stdout
        assert "goes on there" in first.run("ledger", "show", LEDGER).stdout
        first.run("ledger", "hand-over", LEDGER, "--cancel", "--reason", "mất USB")
        assert state(first) == "scanning"
        if point == "named":
            assert "[hand-over-other-file]" in first.refused(*words), "the file of before is another hand-over's"
            assert state(first) == "scanning"
        (medium / FILE).unlink()
    first.run("verify")


def test_killed_anywhere_taking_over_is_finished_by_the_same_command(
    first: Command, other: Callable[[str], Command], medium: Path
) -> None:
    first.run("ledger", "hand-over", LEDGER, medium)
    words = ("ledger", "take-over", medium / FILE)
    for point in ("before-name#2", "before-commit", "committed"):
        station = other(point)
        killed(station, point, *words)
        there = [row["ledger"] for row in station.json("ledger", "list")]
        assert there == ([LEDGER] if point == "committed" else []), point
        station.run(*words)
        assert [page["seq"] for page in station.json("pages", LEDGER)] == ["001", "002", "003"]
        station.run("verify")
        assert list((station.data / "spool").glob(".backup-*")) == []


def test_link_on_the_stick_is_not_followed(
    first: Command, other: Callable[[str], Command], medium: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    (medium / FILE).symlink_to(precious)
    assert "[file-there]" in first.refused("ledger", "hand-over", LEDGER, medium)
    assert state(first) == "scanning"
    (medium / FILE).unlink()
    first.run("ledger", "hand-over", LEDGER, medium)
    (medium / FILE).rename(tmp_path / "real.zip")
    (medium / FILE).symlink_to(tmp_path / "real.zip")
    station = other("other")
    assert "[hand-over-unreadable]" in station.refused("ledger", "take-over", medium / FILE)
    assert "[hand-over-unreadable]" in station.refused("ledger", "take-over", medium / "not-there.zip")
    assert hashes(station.data / "ledgers") == {}
    assert precious.read_bytes() == b"mine"


def test_full_stick_lets_the_ledger_stay(first: Command, medium: Path) -> None:
    first.environment["TRAMQUET_FAULTS"] = "read-back:disk-full"
    assert first.run("ledger", "hand-over", LEDGER, medium, exit_status=1)
    del first.environment["TRAMQUET_FAULTS"]
    assert (state(first), list(medium.iterdir())) == ("scanning", [])


def test_file_bears_the_name_of_its_ledger(first: Command, medium: Path) -> None:
    assert "-malformed]" in first.refused("ledger", "hand-over", "../x", medium)
    assert "[ledger-unknown]" in first.refused("ledger", "hand-over", "KH.2007.09", medium)
    assert list(medium.iterdir()) == []
    first.run("ledger", "hand-over", f"19429:{LEDGER}", medium)
    assert [file.name for file in medium.iterdir()] == [f"ban-giao_19429_{LEDGER}.zip"]


def lost(command: Command, folder: Path) -> None:
    """Let the catalogue be lost with what SQLite keeps beside it."""
    folder.mkdir()
    for file in command.data.glob("catalogue.sqlite3*"):
        file.rename(folder / file.name)


@pytest.mark.parametrize("way", ["restore", "rebuild"])
def test_catalogue_that_knows_of_no_hand_over_learns_it_from_the_ledgers_folder(
    first: Command, other: Callable[[str], Command], medium: Path, tmp_path: Path, way: str
) -> None:
    first.environment["TRAMQUET_LANGUAGE"] = "en"
    first.run("backup", tmp_path / "before.zip")
    with opened_station(first.folder) as desk:
        assert desk.lay(LEDGER, 2) == ["004", "005"]
    pages = first.json("pages", LEDGER)
    first.run("ledger", "hand-over", LEDGER, medium)
    lost(first, tmp_path / "lost")
    words = {"restore": ("restore", tmp_path / "before.zip"), "rebuild": ("rebuild", "--technician", "Lò Văn Thử")}
    assert "goes on there" in first.run(*words[way]).stderr
    assert "[ledger-handed-over]" in first.refused("page", LEDGER, "001", "--state", "blank")
    first.run("verify")
    first.run("verify", "--repair")
    assert state(first) == "handed-over"
    station = other("other")
    station.run("ledger", "take-over", medium / FILE)
    assert [page["seq"] for page in station.json("pages", LEDGER)] == [page["seq"] for page in pages]
    # The paper says that it never arrived: it goes on here, and its pages are there.
    first.run("ledger", "hand-over", LEDGER, "--cancel", "--reason", "thử")
    assert len(first.json("pages", LEDGER)) == len(pages)
    first.run("verify")
    assert not list((first.data / "ledgers").rglob("*.json"))
