"""``tramquet verify`` only reads, whatever the disk allows; ``--repair`` mends, says what, and leaves the rest."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.mounting import Mounts, new_mounts
from tests.station.opened_station import opened_station
from tests.stations import Command

PAGES = "ledgers/19429/KH/2007/KH.2007.01/pages"
#: Adds a line to the log and is killed: the catalogue's newest act lies in its log only.
KILLED = """
import os, sqlite3, sys
catalogue = sqlite3.connect(sys.argv[1])
catalogue.execute("UPDATE place SET commune = 'Xã Vừa Ghi' WHERE code = '19429'")
catalogue.commit()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def station(tmp_path: Path, delivered_folder: Path) -> Command:
    shutil.copytree(delivered_folder, tmp_path / "station")
    return Command(tmp_path / "station", {"TRAMQUET_LANGUAGE": "en"})


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    made = new_mounts()
    yield made
    made.close()


def tree(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Every name below a folder with what it holds, its mode and the time it was written."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


def leave(station: Command) -> None:
    """What a kill and an older backup leave: an open session with a whole sheet, and an image without a row."""
    with opened_station(station.folder) as desk, suppress(KeyboardInterrupt), desk.session("KH.2007.01") as (_, folder):
        shutil.copy(desk.data / PAGES / "KH.2007.01.001.jpg", folder / "0001.jpg")
        raise KeyboardInterrupt
    shutil.copy(station.data / PAGES / "KH.2007.01.002.jpg", station.data / PAGES / "KH.2007.01.009.jpg")


def test_verify_changes_nothing_and_repair_mends_what_was_left(station: Command) -> None:
    leave(station)
    before = tree(station.data)
    said = station.refused("verify")
    assert tree(station.data) == before
    assert said.count("not recorded: ") == 2
    assert f"{PAGES}/KH.2007.01.009.jpg" in said
    mended = station.run("verify", "--repair")
    assert mended.stdout.count("recovered: ") == 2
    assert "closed: 1 interrupted" in mended.stdout
    assert mended.stderr == ""
    assert station.run("verify").stderr == ""


def test_repair_tells_what_only_a_person_can_mend(station: Command) -> None:
    leave(station)
    (station.data / PAGES / "KH.2007.01.003.jpg").unlink()
    done = station.run("verify", "--repair", exit_status=1)
    assert done.stdout.count("recovered: ") == 2
    (left,) = done.stderr.splitlines()
    assert left.startswith(f"missing: {PAGES}/KH.2007.01.003.jpg is in the catalogue and not on the disk; ")


@pytest.mark.parametrize("state", ["at rest", "after a kill", "after a kill, without an index"])
def test_verify_reads_a_data_folder_that_is_mounted_read_only(station: Command, mounts: Mounts, state: str) -> None:
    leave(station)
    if state != "at rest":
        subprocess.run([sys.executable, "-c", KILLED, station.catalogue], check=False)
        assert station.catalogue.with_name("catalogue.sqlite3-wal").stat().st_size
    if state.endswith("index"):
        station.catalogue.with_name("catalogue.sqlite3-shm").unlink()
    before = tree(station.data)
    mounts.read_only(station.data)
    said = station.refused("verify", through=mounts.through)
    assert said.count("not recorded: ") == 2
    assert len(said.splitlines()) == 2
    assert tree(station.data) == before
    assert "[" in station.refused("verify", "--repair", through=mounts.through)


def test_verify_reads_beside_a_station_that_writes(station: Command) -> None:
    holding = sqlite3.connect(station.catalogue, isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")
    holding.execute("UPDATE place SET commune = 'Xã Khác'")
    assert station.run("verify").stderr == ""
    holding.close()


def test_verify_makes_no_station_where_there_is_none(tmp_path: Path, station: Command) -> None:
    shutil.rmtree(station.data)
    assert "[catalogue-none]" in station.refused("verify")
    assert not station.data.exists()


def test_verify_does_not_upgrade_a_catalogue(station: Command) -> None:
    with sqlite3.connect(station.catalogue) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = tree(station.data)
    assert "[catalogue-older]" in station.refused("verify")
    assert tree(station.data) == before


def test_kill_is_no_difference_where_nothing_was_left(station: Command) -> None:
    """A session that was cut off with nothing on the disk is closed by the next start; no page is in question."""
    code = "from tests.station.opened_station import opened_station; from pathlib import Path; import os, sys\n"
    code += "with opened_station(Path(sys.argv[1])) as desk, desk.session('KH.2007.01'): os.kill(os.getpid(), 9)\n"
    world = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", code, station.folder], env=world, check=False)
    assert done.returncode == -signal.SIGKILL
    assert station.run("verify").stderr == ""
    assert "closed: 1" in station.run("verify", "--repair").stdout
