"""A catalogue that is locked, from the future or garbage, and a data folder of somebody else: refused, untouched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.killing import children_of
from tests.e2e.slow_scanner import SCAN_SLOWLY, SLOW
from tests.stations import PLACES, TRAMQUET, Command, hashes, new_station, sha256
from tests.waiting import PATIENCE, eventually

LEDGER = "KH.2007.01"
STRANGER = 54321  # a user that no system has

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(scope="module")
def made_station(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> Command:
    command = new_station(tmp_path_factory.mktemp("made"), scraps, more=SLOW)
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("scan", LEDGER, "--pages", 2)
    return command


@pytest.fixture
def station(made_station: Command, tmp_path: Path) -> Command:
    """A station whose ledger has two pages."""
    return made_station.copy(tmp_path / "station")


def test_catalogue_held_by_another_program_is_told_and_nothing_changes(station: Command) -> None:
    before = station.stored()
    commands = [
        ("ledger", "add", "KH", "2007", "2"),
        ("scan", LEDGER, "--pages", "1"),
        ("entry", "set", LEDGER, "001", "--number", "1", "--date", "2007"),
        ("package", LEDGER),
    ]
    with closing(sqlite3.connect(station.catalogue)) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = [station.start(*words) for words in commands]  # each waits its ten seconds, so all at once
        sentences = [process.communicate(timeout=PATIENCE)[1] for process in waiting]
        assert [process.returncode for process in waiting] == [1] * len(commands)
        other.rollback()
    locked = sentences[:3]
    assert all("held by another program" in sentence and "try again" in sentence for sentence in locked), sentences
    assert station.stored() == before
    assert len(station.scan("scan", LEDGER, "--pages", 1)) == 1


def test_scan_waits_for_a_catalogue_that_others_gave_up(station: Command) -> None:
    with station.start("scan", LEDGER, *SCAN_SLOWLY, "--pages", 3, "--json") as process:
        assert process.stdout
        told = [json.loads(process.stdout.readline())]
        with closing(sqlite3.connect(station.catalogue)) as other:
            other.execute("PRAGMA busy_timeout = 300000")
            other.execute("BEGIN EXCLUSIVE")
            refused = station.start("ledger", "add", "KH", "2007", "2")
            assert "held by another program" in refused.communicate(timeout=PATIENCE)[1]
            other.rollback()
        rest, sentence = process.communicate(timeout=PATIENCE)
    told += map(json.loads, rest.splitlines())
    assert (process.returncode, len(told)) == (0, 3), sentence
    assert not children_of(process.pid)
    pages = station.json("pages", LEDGER)
    assert [page["sha256"] for page in pages[2:]] == [capture["sha256"] for capture in told]
    assert all(sha256(station.data / page["file"]) == page["sha256"] for page in pages)
    assert station.run("verify").stderr == ""


def test_catalogue_from_the_future_is_left_alone(station: Command) -> None:
    with closing(sqlite3.connect(station.catalogue)) as catalogue:
        catalogue.execute("UPDATE alembic_version SET version_num = '9999'")
        catalogue.commit()
    before = station.stored()
    for words in (("ledger", "list"), ("scan", LEDGER)):
        assert "newer version" in station.refused(*words)
    assert station.stored() == before


@pytest.mark.parametrize("content", [b"Day khong phai la danh muc. " * 400, os.urandom(8192)])
def test_catalogue_that_is_garbage_is_told_and_left_for_the_technician(station: Command, content: bytes) -> None:
    for file in station.data.glob("catalogue.sqlite3*"):
        file.unlink()
    station.catalogue.write_bytes(content)
    before = hashes(station.data / "ledgers")
    sentence = station.refused("scan", LEDGER)
    assert "damaged" in sentence
    assert "technician" in sentence
    assert station.catalogue.read_bytes() == content
    assert hashes(station.data / "ledgers") == before


@pytest.fixture
def in_the_open(scraps: Path) -> Iterator[Command]:
    """A station in a folder that every user may enter, its pages too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(scraps, folder / "pages")
        for path in (folder / "pages", *(folder / "pages").iterdir()):
            path.chmod(0o755)
        command = new_station(folder, folder / "pages")
        command.settings.chmod(0o644)
        yield command


def readable_by_all() -> bool:
    """Whether a stranger could start the command at all."""
    command = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", str(TRAMQUET), "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@as_root
def test_another_users_data_folder_is_refused_naming_its_owner(in_the_open: Command) -> None:
    if not readable_by_all():
        pytest.skip("the checkout is for root alone")
    in_the_open.run("ledger", "add", "KH", "2007", "1")
    before = in_the_open.stored()
    through = ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups")
    sentence = in_the_open.refused("ledger", "add", "KH", "2007", "2", through=through)
    assert "belongs to the user root" in sentence
    assert "sudo -u root" in sentence
    assert in_the_open.stored() == before


@as_root
def test_root_leaves_no_file_of_its_own_in_the_services_folder(in_the_open: Command) -> None:
    in_the_open.data.mkdir()
    os.chown(in_the_open.data, STRANGER, STRANGER)
    words = (in_the_open.line("ledger", "add", "KH", "2007", "1"), in_the_open.line("scan", LEDGER, "--pages", "2"))
    done = [
        subprocess.run(line, capture_output=True, text=True, env=in_the_open.env(), timeout=PATIENCE, check=False)
        for line in words
    ]
    everything = list(in_the_open.data.rglob("*"))
    if done[0].returncode == 0:
        assert done[1].returncode == 0, done[1].stderr
        assert len(list(in_the_open.data.rglob("*.jpg"))) == 2
        assert {path.lstat().st_uid for path in everything} == {STRANGER}
    else:  # where Python itself is for root alone, it cannot go on as another user
        assert [command.returncode for command in done] == [1, 1]
        assert all(f"belongs to the user {STRANGER}" in command.stderr for command in done)
        assert everything == []


def test_data_folder_that_cannot_be_made_is_told(tmp_path: Path, scraps: Path) -> None:
    command = new_station(tmp_path, scraps)
    command.data.write_text("a file where the folder should be", encoding="utf-8")
    sentence = command.refused("ledger", "list")
    assert str(command.data) in sentence
    assert command.data.read_text(encoding="utf-8") == "a file where the folder should be"


def test_settings_without_a_scanner_still_list_and_refuse_to_scan(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.settings.write_text(f'[station]\nid = "qt"\ndata = "data"\n{PLACES}', encoding="utf-8")
    command.run("ledger", "add", "KH", "2007", "1")
    assert "[[scanner]]" in command.refused("scan", LEDGER)
    eventually(lambda: command.json("pages", LEDGER) == [])
