"""A catalogue that was lost, replaced, closed or torn is told, and no empty one ever stands in its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from station.catalogue.models import Place
from station.errors import StorageFailed
from tests.e2e.mounting import Mounts, new_mounts
from tests.e2e.slow_scanner import SLOW
from tests.station.daemons import Browser, running
from tests.station.opened_station import OpenedStation, opened_station
from tests.stations import Command, hashes
from tests.waiting import eventually


@pytest.fixture
def station(tmp_path: Path, delivered_folder: Path) -> Command:
    shutil.copytree(delivered_folder, tmp_path / "station")
    return Command(tmp_path / "station", {"TRAMQUET_LANGUAGE": "en"})


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    made = new_mounts()
    yield made
    made.close()


def lose(station: Command, *, leave_empty: bool = False) -> None:
    for file in station.data.glob("catalogue.sqlite3*"):
        file.unlink()
    if leave_empty:
        station.catalogue.touch()


OPENING = [
    ("run",),
    ("ledger", "list"),
    ("user", "add", "Kẻ Lạ", "--role", "technician"),
    ("scan", "KH.2007.01"),
    ("verify",),
    ("verify", "--repair"),
    ("backup", "FILE"),
    ("queue", "run"),
]


@pytest.mark.parametrize("words", OPENING, ids=" ".join)
@pytest.mark.parametrize("empty", [False, True], ids=["gone", "empty"])
def test_no_catalogue_is_made_where_scans_lie(station: Command, words: tuple[str, ...], empty: bool) -> None:
    lose(station, leave_empty=empty)
    before = hashes(station.data)
    said = station.refused(*(station.folder / "none.zip" if word == "FILE" else word for word in words))
    assert said.endswith("[catalogue-lost]")
    assert len(said.splitlines()) == 1
    assert "tramquet restore" in said
    assert "tramquet rebuild" in said
    assert hashes(station.data) == before


def test_doctor_tells_that_the_catalogue_is_lost(station: Command) -> None:
    lose(station)
    said = station.run("doctor", exit_status=1).stdout
    assert "tramquet restore" in said.splitlines()[-1]


def test_backup_comes_back_into_a_data_folder_that_lost_only_its_catalogue(station: Command, tmp_path: Path) -> None:
    """Everything else of the station is still there, and what SQLite left of the old catalogue must not mix in."""
    station.run("backup", tmp_path / "small.zip")
    ledgers = station.json("ledger", "list")
    lose(station, leave_empty=True)
    left = station.catalogue.with_name("catalogue.sqlite3-wal")
    left.write_bytes(b"of the lost one")
    station.run("restore", tmp_path / "small.zip")
    assert station.run("verify").stderr == ""
    assert station.json("ledger", "list") == ledgers
    assert left.with_name("catalogue.sqlite3-wal.left-1").read_bytes() == b"of the lost one"


def test_file_of_another_program_is_refused_untouched(station: Command) -> None:
    lose(station)
    with closing(sqlite3.connect(station.catalogue)) as foreign:
        foreign.execute("CREATE TABLE invoice (id INTEGER)")
    before = hashes(station.data)
    for words in (("ledger", "list"), ("verify",)):
        assert "[catalogue-foreign]" in station.refused(*words)
    assert hashes(station.data) == before


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_commit_into_a_file_that_is_no_longer_there_is_not_told_as_done(desk: OpenedStation, what: str) -> None:
    path = desk.station.catalogue.path
    copy = path.with_name("other")
    copy.write_bytes(path.read_bytes())

    def write() -> None:
        with desk.station.catalogue.writing() as session:
            session.add(Place(code="00001", commune="Xã Mất", province="Tỉnh Mẫu"))
            session.flush()
            path.unlink() if what == "deleted" else copy.replace(path)

    for _ in range(2):
        with pytest.raises(StorageFailed) as failed:
            write()
        assert failed.value.code == "catalogue-gone"
    with pytest.raises(StorageFailed), desk.station.catalogue.reading():
        pass


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_daemon_accepts_nothing_more_once_its_catalogue_is_gone(
    write_settings: Callable[..., Command], tmp_path: Path, what: str
) -> None:
    station = write_settings(None, more=SLOW)
    station.run("ledger", "add", "KH", "2007", "1")
    pin = station.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        browser.send("/ledger/19429/KH.2007.01/scan/start", scanner="slow", source="adf")
        eventually(lambda: len(station.json("pages", "KH.2007.01")) >= 1)
        if what == "deleted":
            station.catalogue.unlink()
        else:
            copy = tmp_path / "copy"
            copy.write_bytes(station.catalogue.read_bytes())
            copy.replace(station.catalogue)
        status, told = daemon.health()
        assert status == 503
        assert told["reason"].endswith("catalogue-gone")
        pages = lambda: sorted(path.name for path in (station.data / "ledgers").rglob("*.jpg"))  # noqa: E731
        eventually(lambda: daemon.get("/metrics")[0] != 200 or b"tramquet_scanning 0" in daemon.get("/metrics")[1])
        accepted = len(pages())
        assert accepted < 10
    if what == "deleted":
        assert "[catalogue-lost]" in station.refused("ledger", "list")


def test_disk_that_became_read_only_is_told_by_healthz_and_doctor(station: Command, mounts: Mounts) -> None:
    with running(station, station.folder, through=mounts.through) as daemon:
        assert daemon.health()[0] == 200
        mounts.read_only(station.data)
        status, told = daemon.health()
        assert (status, told["reason"]) == (503, "catalogue: catalogue-read-only")
        said = station.run("doctor", exit_status=1, through=mounts.through).stdout
        (line,) = [line for line in said.splitlines() if line.startswith("failure  data folder ")]
        assert "read-only" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_catalogue_that_may_not_be_written_is_told(station: Command) -> None:
    station.catalogue.chmod(0o400)
    assert "read-only" in station.run("doctor", exit_status=1).stdout


def test_index_that_lost_an_entry_is_told_by_verify(station: Command) -> None:
    """A quick check does not see it; what is looked up by that index is not found any more."""
    with closing(sqlite3.connect(station.catalogue)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        sql = "CREATE UNIQUE INDEX uq_entry_key ON entry (ledger_id, year, number) WHERE living AND number != '002'"
        connection.execute("DROP INDEX uq_entry_key")
        connection.execute(sql)
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ' AND number != ''002''', '') WHERE type = 'index'"
        )
        connection.commit()
    said = station.refused("verify")
    assert "catalogue: damaged (" in said
    assert "uq_entry_key" in said


def test_row_that_refers_to_nothing_is_told_by_verify(station: Command) -> None:
    with opened_station(station.folder) as desk:
        desk.by_hand("PRAGMA defer_foreign_keys = ON")
    with closing(sqlite3.connect(station.catalogue)) as connection:
        connection.execute("UPDATE session SET ledger_id = 99")
        connection.commit()
    assert "catalogue: damaged (session" in station.refused("verify")
