"""A backup is whole or refused; what it brings back is the station as it was."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from station.catalogue import database
from station.errors import StorageFailed
from station.storage import deterministic_zip, locks, proven_archive, split_file
from station.upkeep import backup, restore
from tests.e2e.mounting import Mounts, new_mounts
from tests.station import another_user
from tests.station.opened_station import OpenedStation, opened_station
from tests.stations import Command, hashes
from tests.waiting import PATIENCE


@pytest.fixture
def full(tmp_path: Path, delivered_folder: Path) -> Command:
    """A station with a ledger that was packaged and delivered, by the command."""
    shutil.copytree(delivered_folder, tmp_path / "old")
    return Command(tmp_path / "old", {"TRAMQUET_LANGUAGE": "en"})


def new_pc(full: Command) -> Command:
    """Another PC, on which nothing is yet, not even settings."""
    folder = full.folder.parent / "new"
    folder.mkdir()
    return Command(folder, dict(full.environment))


def test_backup_with_masters_brings_the_whole_station_to_another_pc(full: Command, tmp_path: Path) -> None:
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    other = new_pc(full)
    other.stick.mkdir()
    other.run("restore", tmp_path / "all.zip")
    other.run("verify")
    assert hashes(other.data / "ledgers") == hashes(full.data / "ledgers")
    assert other.json("ledger", "list") == full.json("ledger", "list")
    assert other.json("queue", "list") == full.json("queue", "list")
    assert other.settings.read_text() == full.settings.read_text()
    assert other.settings.stat().st_mode & 0o777 == 0o640


def test_backup_without_masters_brings_the_catalogue_back_to_the_pages_that_are_still_there(
    full: Command, tmp_path: Path
) -> None:
    full.run("backup", tmp_path / "small.zip")
    full.run("ledger", "add", "KS", "2008", "1")
    full.catalogue.write_bytes(b"torn")
    for file in full.data.glob("catalogue.sqlite3-*"):
        file.unlink()
    (full.data / "ledgers").rename(tmp_path / "ledgers")
    shutil.rmtree(full.data)
    full.data.mkdir()
    (tmp_path / "ledgers").rename(full.data / "ledgers")
    full.run("restore", tmp_path / "small.zip")
    full.run("verify")
    assert [row["ledger"] for row in full.json("ledger", "list")] == ["KH.2007.01"]


def test_backup_names_every_byte_and_the_version_that_made_it(full: Command, tmp_path: Path) -> None:
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    with zipfile.ZipFile(tmp_path / "all.zip") as pack:
        told = json.loads(pack.read(backup.MANIFEST))
        assert {entry["name"] for entry in told["files"]} == set(pack.namelist()) - {backup.MANIFEST}
    assert told["software"].startswith("tramquet ")
    assert told["catalogue"] == database.HEAD
    assert (tmp_path / "all.zip").stat().st_mode & 0o777 == 0o600


def test_backup_holds_no_token(full: Command, tmp_path: Path) -> None:
    (full.folder / "token").write_text("very-secret-token")
    (full.folder / "token").chmod(0o600)
    text = '\n[[destination]]\nid = "p"\nkind = "tus"\nurl = "http://127.0.0.1:9/f"\n'
    text += 'receipts = "http://127.0.0.1:9/r"\ntoken_file = "token"\n'
    full.settings.write_text(full.settings.read_text() + text)
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    assert b"very-secret-token" not in (tmp_path / "all.zip").read_bytes()


def test_backup_is_never_written_over_a_file(full: Command, tmp_path: Path) -> None:
    (tmp_path / "there.zip").write_bytes(b"mine")
    assert "[file-there]" in full.refused("backup", tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_bytes() == b"mine"


@pytest.mark.parametrize("word", ["backup", "support"])
def test_file_for_a_person_is_not_written_over_a_link(full: Command, tmp_path: Path, word: str) -> None:
    """Root writes it, and the stick's former owner could have laid the link."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "below").mkdir(parents=True)
    (tmp_path / "stick").symlink_to(elsewhere)
    for way in ("stick/all.zip", "stick/below/all.zip"):
        said = full.refused(word, tmp_path / way)
        assert "[file-over-link]" in said
        assert str(elsewhere) in said, "the true path is told, for whoever means it"
    for name, target in (("there.zip", full.catalogue), ("dangling.zip", elsewhere / "new")):
        (tmp_path / name).symlink_to(target)
        assert "[file-there]" in full.refused(word, tmp_path / name)
    assert hashes(elsewhere) == {}
    assert full.json("ledger", "list")


def test_backup_is_consistent_while_the_station_works(full: Command, tmp_path: Path) -> None:
    """A writer that never pauses: whatever moment the backup took, its references and its log hold."""
    with opened_station(full.folder) as desk:
        desk.ledger("KS.2008.01")
        process = full.start("backup", tmp_path / "live.zip", "--with-masters")
        laid = 0
        while process.poll() is None:
            desk.lay("KS.2008.01")
            laid += 1
        assert process.returncode == 0, process.communicate()[1]
        process.communicate()
    assert laid > 1
    other = new_pc(full)
    other.run("restore", tmp_path / "live.zip")
    other.run("verify")


def test_lost_page_is_told_and_everything_else_is_saved(full: Command, tmp_path: Path) -> None:
    lost = next((full.data / "ledgers").rglob("KH.2007.01.002.jpg"))
    lost.unlink()
    done = full.run("backup", tmp_path / "rest.zip", "--with-masters", exit_status=1)
    assert lost.name in done.stderr
    assert "Traceback" not in done.stderr
    other = new_pc(full)
    other.run("restore", tmp_path / "rest.zip")
    assert lost.name in other.refused("verify")


def test_page_with_other_bytes_is_told_and_saved_as_it_is(full: Command, tmp_path: Path) -> None:
    page = next((full.data / "ledgers").rglob("KH.2007.01.002.jpg"))
    page.write_bytes(one_bit_changed(page.read_bytes()))
    done = full.run("backup", tmp_path / "rest.zip", "--with-masters", exit_status=1)
    assert page.name in done.stderr
    with zipfile.ZipFile(tmp_path / "rest.zip") as pack:
        assert pack.read(f"data/{page.relative_to(full.data)}") == page.read_bytes(), "all that there is of it"


def test_damaged_catalogue_is_not_saved_over_the_good_backups(full: Command, tmp_path: Path) -> None:
    with closing(sqlite3.connect(full.catalogue)) as stranger:
        (root,) = stranger.execute("SELECT rootpage FROM sqlite_master WHERE name = 'capture'").fetchone()
        stranger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with full.catalogue.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))
    assert "[backup-no-snapshot]" in full.refused("backup", tmp_path / "bad.zip")
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".*.part")) == []


@pytest.fixture
def mounts() -> Mounts:
    return new_mounts()


def test_stick_that_is_too_small_is_refused_and_nothing_stays_on_it(full: Command, mounts: Mounts) -> None:
    try:
        mounts.tmpfs(full.stick, 64 * 1024)
        said = full.refused("backup", full.stick / "all.zip", through=mounts.through)
        assert "[backup-no-room]" in said
        assert list(mounts.seen(full.stick).iterdir()) == []
    finally:
        mounts.close()


@pytest.mark.parametrize("damage", ["half", "bit", "not a backup", "empty", "manifest"])
def test_backup_that_is_not_whole_is_refused_in_one_sentence_and_nothing_is_touched(
    full: Command, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "all.zip"
    full.run("backup", file, "--with-masters")
    content = file.read_bytes()
    if damage == "half":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        file.write_bytes(content[:50000] + bytes([content[50000] ^ 1]) + content[50001:])
    elif damage == "empty":
        file.write_bytes(b"")
    else:
        with zipfile.ZipFile(file, "w") as pack:
            pack.writestr("readme.txt" if damage == "not a backup" else backup.MANIFEST, "{")
    other = new_pc(full)
    said = other.refused("restore", file)
    assert said.count("\n") == 0
    assert "nothing was changed" in said
    assert list(other.folder.iterdir()) == []


def test_backup_of_a_newer_station_is_refused(full: Command, tmp_path: Path) -> None:
    full.run("backup", tmp_path / "new.zip")
    changed(tmp_path / "new.zip", catalogue="0999")
    assert "[backup-newer]" in new_pc(full).refused("restore", tmp_path / "new.zip")


@pytest.mark.parametrize(
    "name",
    ["data/ledgers/../../evil", "data/ledgers/..", "data/web-secret", "data/spool/x", "/etc/evil", "ledgers/x", "evil"],
)
def test_backup_whose_names_lead_outside_is_refused(full: Command, tmp_path: Path, name: str) -> None:
    full.run("backup", tmp_path / "evil.zip")
    content = b"evil"
    entry = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    changed(tmp_path / "evil.zip", files=lambda files: [*files, entry])
    with zipfile.ZipFile(tmp_path / "evil.zip", "a") as pack:
        pack.writestr(name, content)  # all that the manifest names is there
    other = new_pc(full)
    assert "[backup-none]" in other.refused("restore", tmp_path / "evil.zip")
    assert list(other.folder.iterdir()) == []


def changed(file: Path, **told: object) -> None:
    """Write the manifest of a backup anew."""
    with zipfile.ZipFile(file) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(members[backup.MANIFEST])
    for key, value in told.items():
        manifest[key] = value(manifest[key]) if callable(value) else value
    members[backup.MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in members.items():
            pack.writestr(name, content)


def test_living_station_is_never_restored_over(full: Command, tmp_path: Path) -> None:
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    before = full.stored()
    assert "[restore-not-empty]" in full.refused("restore", tmp_path / "all.zip")
    assert full.stored() == before


def test_backup_of_another_station_is_refused(full: Command, tmp_path: Path) -> None:
    full.run("backup", tmp_path / "all.zip")
    other = new_pc(full)
    other.settings.write_text(full.settings.read_text().replace("qt-thu-01", "qt-thu-02"))
    assert "[backup-of-another]" in other.refused("restore", tmp_path / "all.zip")
    assert not other.data.exists()


def test_restore_that_was_killed_is_begun_again(full: Command, tmp_path: Path) -> None:
    """Killed before the catalogue's name: the pages stand there, and there is no station yet."""
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    other = new_pc(full)
    part = next((full.data / "ledgers").rglob("KH.2007.01.001.jpg"))
    there = other.data / part.relative_to(full.data)
    there.parent.mkdir(parents=True)
    shutil.copy(part, there)
    other.run("restore", tmp_path / "all.zip")
    other.run("verify")


def one_bit_changed(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


@pytest.mark.parametrize("change", [lambda _: b"something else", one_bit_changed], ids=["all", "one bit"])
def test_pages_that_differ_from_the_backup_stop_the_restore_before_anything_is_written(
    full: Command, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    other = new_pc(full)
    page = next((full.data / "ledgers").rglob("KH.2007.01.001.jpg")).relative_to(full.data)
    (other.data / page).parent.mkdir(parents=True)
    (other.data / page).write_bytes(change((full.data / page).read_bytes()))
    assert "[restore-other-bytes]" in other.refused("restore", tmp_path / "all.zip")
    assert [file for file in other.data.rglob("*") if file.is_file()] == [other.data / page]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    yield from another_user.folder()


def test_root_saves_a_station_of_another_user_to_a_stick_that_only_root_may_use(
    full: Command, open_folder: Path
) -> None:
    words, environment = another_user.world()
    station = full.copy(open_folder / "station")
    station.folder.chmod(0o755)
    another_user.give_away(station.data)
    stick = open_folder / "closed"
    stick.mkdir(mode=0o700)
    line: list[str | Path] = [*words, "--config", station.settings, "backup", stick / "all.zip", "--with-masters"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert (stick / "all.zip").stat().st_size > 0
    assert {path.stat().st_uid for path in station.data.rglob("*")} == {another_user.NOBODY}
    shutil.rmtree(station.data)
    station.data.mkdir(mode=0o700)
    another_user.give_away(station.data)
    restored = subprocess.run(
        [*line[:-3], "restore", stick / "all.zip"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE,
        check=False,
    )
    assert restored.returncode == 0, restored.stderr
    assert {path.stat().st_uid for path in station.data.rglob("*")} == {another_user.NOBODY}


@pytest.mark.parametrize("bad", ["stick", "disk"])
def test_page_that_goes_bad_between_proof_and_restoring_is_not_restored(
    full: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    """A stick that reads differently the second time, a disk that keeps something else: told, no station made."""
    full.run("backup", tmp_path / "all.zip", "--with-masters")
    copy = shutil.copyfileobj

    def worn(source: Any, target: Any, length: int = 0) -> None:
        copy(source, target, length)
        if source.name.endswith("KH.2007.01.002.jpg"):
            target.seek(100)
            target.write(b"?")

    with split_file.open_pieces(tmp_path / "all.zip") as file:
        found = restore.read(file)
        data = tmp_path / "new"
        restore.check(found, data, found.station)
        if bad == "disk":
            monkeypatch.setattr(shutil, "copyfileobj", worn)
        else:
            with zipfile.ZipFile(tmp_path / "all.zip") as pack:
                page = next(one for one in pack.infolist() if one.filename.endswith("KH.2007.01.002.jpg"))
            content = bytearray((tmp_path / "all.zip").read_bytes())
            content[page.header_offset + page.file_size // 2] ^= 1
            (tmp_path / "all.zip").write_bytes(content)
        with pytest.raises(StorageFailed) as failed:
            restore.restore(found, data)
    assert failed.value.code == "backup-not-read-back"
    assert "KH.2007.01.002.jpg" in failed.value.sentence("vi")
    assert list(data.rglob("KH.2007.01.002.jpg")) == []
    assert list(data.rglob("*.part")) == []
    assert not (data / "catalogue.sqlite3").exists(), "begun again, it goes on from here"


def test_derived_documents_are_held_still_while_a_backup_is_made(
    delivered: OpenedStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the one kind of file that is made anew under its old name: the daemon waits."""
    free: list[bool] = []
    add = proven_archive.add_file

    def asked(*given: Any) -> Any:
        with locks.hold(delivered.station.folders.locks / "derive", wait=False) as mine:
            free.append(mine)
        return add(*given)

    monkeypatch.setattr(proven_archive, "add_file", asked)
    for masters in (True, False):
        free.clear()
        with (tmp_path / f"{masters}.zip").open("x+b") as file:
            target = split_file.Pieces(tmp_path / f"{masters}.zip", [file.fileno()], split_file.LIMIT, lambda: -1)
            backup.make(delivered.station, b"", target, masters=masters, who="thử")
        assert set(free) == {not masters}


def test_backup_is_read_back_from_the_medium(
    delivered: OpenedStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synced, and the system's memory of it dropped, before it is read: else the proof is of the memory."""
    done: list[str] = []
    sync, advise, verify = os.fsync, os.posix_fadvise, deterministic_zip.verify_zip
    path = tmp_path / "backup.zip"

    def ours(descriptor: int) -> bool:
        return Path(f"/proc/self/fd/{descriptor}").readlink() == path

    monkeypatch.setattr(os, "fsync", lambda fd: (ours(fd) and done.append("synced"), sync(fd))[1])
    monkeypatch.setattr(
        os, "posix_fadvise", lambda fd, *how: (ours(fd) and done.append("dropped"), advise(fd, *how))[1]
    )
    monkeypatch.setattr(deterministic_zip, "verify_zip", lambda *given: (done.append("read"), verify(*given))[1])
    with path.open("x+b") as file:
        target = split_file.Pieces(path, [file.fileno()], split_file.LIMIT, lambda: -1)
        backup.make(delivered.station, b"", target, masters=False, who="thử")
    assert done == ["synced", "dropped", "read"]
