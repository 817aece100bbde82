"""A backup that is not what the station made is told before anything is touched; a second PC goes on all the same."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from station.catalogue import log_head, station_key
from station.catalogue.station_key import Key
from station.upkeep import backup
from tests.stations import Command, hashes


@pytest.fixture
def full(tmp_path: Path, delivered_folder: Path) -> Command:
    shutil.copytree(delivered_folder, tmp_path / "old")
    return Command(tmp_path / "old", {"TRAMQUET_LANGUAGE": "en"})


@pytest.fixture
def saved(full: Command, tmp_path: Path) -> Path:
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    return tmp_path / "all.zip"


def pc(full: Command, *, key: str | None = None) -> Command:
    """Another PC, on which nothing is yet but perhaps the key."""
    folder = full.folder.parent / "new"
    folder.mkdir()
    (folder / "stick").mkdir()
    if key is not None:
        (folder / "station.key").write_text(key)
    return Command(folder, dict(full.environment))


def key_of(station: Command) -> str:
    return (station.folder / "station.key").read_text()


def forge(file: Path, *statements: str, told: Callable[[dict[str, object]], object] = lambda _: None) -> None:
    """Change the catalogue in a backup, and all hashes in its manifest, as somebody would who has the stick."""
    with zipfile.ZipFile(file) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    copy = file.with_name("forged.sqlite3")
    copy.write_bytes(members[backup.CATALOGUE])
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    members[backup.CATALOGUE] = copy.read_bytes()
    manifest = json.loads(members[backup.MANIFEST])
    for entry in manifest["files"]:
        content = members[entry["name"]]
        entry["bytes"], entry["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    told(manifest)
    members[backup.MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in members.items():
            pack.writestr(name, content)


DATE = "UPDATE entry SET date = '2007-12-31' WHERE number = '002'"
USER = "INSERT INTO user (name, role, active, created_at) SELECT 'Hoa', 'technician', 1, min(at) FROM event"


def test_backup_is_proven_on_a_pc_where_the_key_was_entered(full: Command, saved: Path) -> None:
    other = pc(full, key=key_of(full))
    done = other.run("restore", saved)
    assert done.stderr == ""
    assert other.run("verify").stderr == ""
    with closing(sqlite3.connect(other.catalogue)) as catalogue:
        (facts,) = catalogue.execute("SELECT facts FROM event WHERE what = 'restored'").fetchone()
    assert json.loads(facts)["proven"] is True


def test_second_pc_without_the_key_goes_on_with_one_of_its_own_and_says_so(full: Command, saved: Path) -> None:
    other = pc(full)
    said = other.run("restore", saved).stderr
    assert said.startswith("This PC had no key of the station")
    assert len(said.splitlines()) == 1
    assert key_of(other) != key_of(full)
    other.run("ledger", "add", "KS", "2008", 1)
    assert other.run("verify").stderr == ""


@pytest.mark.parametrize("statement", [DATE, USER, "DELETE FROM event WHERE id = (SELECT max(id) FROM event)"])
def test_backup_changed_on_the_stick_is_refused_where_the_key_is(full: Command, saved: Path, statement: str) -> None:
    forge(saved, statement)
    other = pc(full, key=key_of(full))
    before = hashes(other.folder)
    said = other.refused("restore", saved)
    assert said.endswith("[backup-doubtful]")
    assert len(said.splitlines()) == 1
    assert "was changed after the station sealed it" in said
    assert hashes(other.folder) == before
    assert not other.data.exists()


@pytest.mark.parametrize(("statement", "named"), [(DATE, "entry 2007/002 of 19429:KH.2007.01"), (USER, "Hoa")])
def test_row_changed_in_a_backup_is_found_without_the_key_by_the_log(
    full: Command, saved: Path, statement: str, named: str
) -> None:
    forge(saved, statement)
    other = pc(full)
    said = other.refused("restore", saved)
    assert "[backup-doubtful]" in said
    assert named in said
    assert list(other.folder.iterdir()) == [other.stick]


def test_who_knows_why_may_bring_it_back_and_is_told_what_it_is(full: Command, saved: Path) -> None:
    forge(saved, DATE)
    other = pc(full, key=key_of(full))
    said = other.run("restore", saved, "--unproven").stderr
    assert "was changed after the station sealed it" in said
    assert "entry 2007/002" in said
    assert "entry 2007/002" in other.refused("verify")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE TRIGGER planted AFTER INSERT ON event BEGIN DELETE FROM user; END", "trigger planted"),
        ("CREATE VIEW planted AS SELECT * FROM user", "view planted"),
        ("CREATE TABLE planted (id INTEGER)", "table planted"),
        ("CREATE VIRTUAL TABLE planted USING fts5(text)", "table planted"),
        ("CREATE INDEX planted ON user (role)", "index planted"),
        ("DROP INDEX uq_entry_key", "index uq_entry_key"),
        ("ALTER TABLE user ADD COLUMN planted VARCHAR", "table user"),
        ("DROP TABLE receipt", "table receipt"),
    ],
)
def test_foreign_part_of_a_catalogue_is_never_brought_back(
    full: Command, saved: Path, statement: str, named: str
) -> None:
    forge(saved, statement)
    other = pc(full)
    for words in (("restore", saved), ("restore", saved, "--unproven")):
        said = other.refused(*words)
        assert said.endswith("[backup-foreign-parts]")
        assert named in said
    assert list(other.folder.iterdir()) == [other.stick]


def test_foreign_trigger_in_the_living_catalogue_is_told_by_verify(full: Command) -> None:
    with closing(sqlite3.connect(full.catalogue)) as catalogue:
        catalogue.execute("CREATE TRIGGER planted AFTER INSERT ON event BEGIN DELETE FROM user; END")
    assert "catalogue: trigger planted is not as this station made it" in full.refused("verify")


def test_torn_catalogue_in_a_backup_is_refused(full: Command, saved: Path) -> None:
    torn = "UPDATE sqlite_master SET sql = replace(sql, 'WHERE living', '') WHERE name = 'uq_entry_key'"
    forge(saved, "UPDATE entry SET living = 0 WHERE number = '002'", torn)
    assert "[backup-catalogue-damaged]" in pc(full).refused("restore", saved, "--unproven")


def test_reference_to_nothing_in_a_backup_is_refused(full: Command, saved: Path) -> None:
    forge(saved, "UPDATE session SET ledger_id = 99")
    assert "[backup-catalogue-damaged]" in pc(full).refused("restore", saved, "--unproven")


def test_backup_of_another_key_takes_an_explicit_word(full: Command, saved: Path) -> None:
    other = pc(full, key=f"{Key.new().printed()}\n")
    before = key_of(other)
    assert "sealed by another key" in other.refused("restore", saved)
    assert not other.data.exists()
    assert "sealed by another key" in other.run("restore", saved, "--unproven").stderr
    assert key_of(other) == before
    assert other.run("verify").stderr == ""


def test_backup_whose_seal_was_taken_off_takes_an_explicit_word(full: Command, saved: Path) -> None:
    forge(saved, told=lambda manifest: manifest.pop("seal"))
    other = pc(full, key=key_of(full))
    assert "bears no seal" in other.refused("restore", saved)
    other.run("restore", saved, "--unproven")
    assert other.run("verify").stderr == ""


def test_key_is_in_no_backup(full: Command, saved: Path) -> None:
    key = Key.parse(key_of(full))
    content = saved.read_bytes()
    assert key.printed().encode() not in content
    assert key.secret not in content


def nightly(full: Command) -> Path:
    target = full.folder / "nights"
    target.mkdir()
    full.settings.write_text(f'{full.settings.read_text()}\n[backup]\nfolder = "{target}"\n')
    full.run("nightly")
    (made,) = target.iterdir()
    return made


def test_log_put_back_together_with_its_kept_end_is_told_by_the_nightly_backup(full: Command, tmp_path: Path) -> None:
    """Somebody who copied catalogue and end, and puts both back when the act to be hidden is done."""
    shutil.copytree(full.data, tmp_path / "before")
    full.run("user", "add", "Hoa", "--role", "technician")
    made = nightly(full)
    for name in (full.catalogue.name, log_head.NAME):
        shutil.copy(tmp_path / "before" / name, full.data / name)
    assert str(made) in full.refused("verify")


def test_backup_brought_back_explains_that_newer_ones_know_more(full: Command, saved: Path) -> None:
    full.run("ledger", "add", "KS", "2008", 1)
    nightly(full)
    for file in full.data.glob("catalogue.sqlite3*"):
        file.unlink()
    full.run("restore", saved)
    assert full.run("verify").stderr == ""


def test_key_reads_back_what_was_stored(tmp_path: Path) -> None:
    station_key.store(tmp_path / "k", key := Key.new())
    assert station_key.read(tmp_path / "k") == key
