"""Each line of ``doctor``, seen well where all is well and seen failing because the very thing is broken."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desk import STICK, opened, write_settings

from station import doctor, settings
from station.doctor import Line, Verdict

SCANNER = '[[scanner]]\nid = "sim"\ndriver = "simulated"\npages = "{pages}"\n'


def examined(folder: Path, more: str = STICK, *, language: str = "vi") -> dict[str, Line]:
    """The lines by their subject, in the order told."""
    lines = doctor.examine(settings.load(write_settings(folder, more)), language)
    told = {line.subject: line for line in lines}
    assert len(told) == len(lines)
    return told


def in_mounts(script: str, folder: Path) -> dict[str, dict[str, str]]:
    """The same by the command, where ``script`` mounted what only this process sees."""
    command = [
        str(Path(sys.executable).with_name("tramquet")),
        "--config",
        str(folder / "station.toml"),
        "doctor",
        "--json",
    ]
    whole = f"({script}) || exit 77; exec {shlex.join(command)}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", whole], capture_output=True, text=True, timeout=60, check=False, cwd=folder
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("mounting is not allowed here")
    assert done.stdout, done.stderr
    return {line["subject"]: line for line in json.loads(done.stdout)}


def test_station_where_all_is_well_has_a_line_for_each_thing_and_no_failure(tmp_path: Path, drawn: Path) -> None:
    told = examined(tmp_path, STICK + SCANNER.format(pages=drawn))
    assert list(told) == [
        "versions",
        "clock",
        "disk",
        "sync",
        "catalogue",
        "scanner sim",
        "destination stick",
    ]
    assert {line.subject for line in told.values() if line.verdict == Verdict.FAILURE} == set()
    assert all(told[subject].verdict == Verdict.OK for subject in ("clock", "catalogue", "scanner sim"))
    assert told["destination stick"].verdict == Verdict.OK
    assert list((tmp_path / "stick").iterdir()) == [], "what was tried leaves nothing"
    assert not any(file.name.startswith(".probe") for file in (tmp_path / "data").rglob("*"))


def test_words_are_those_of_the_language_asked_for(tmp_path: Path) -> None:
    vietnamese, english = examined(tmp_path), examined(tmp_path, language="en")
    assert "nguyên vẹn" in vietnamese["catalogue"].said
    assert "whole" in english["catalogue"].said


def test_settings_without_a_scanner_are_told(tmp_path: Path) -> None:
    assert examined(tmp_path)["scanner"].verdict == Verdict.WARNING


def test_scanner_whose_pages_are_gone_fails(tmp_path: Path, drawn: Path) -> None:
    pages = tmp_path / "pages"
    shutil.copytree(drawn, pages)
    assert examined(tmp_path, SCANNER.format(pages=pages))["scanner sim"].verdict == Verdict.OK
    shutil.rmtree(pages)
    line = examined(tmp_path, SCANNER.format(pages=pages))["scanner sim"]
    assert line.verdict == Verdict.FAILURE


def test_scanner_that_sane_does_not_know_fails_and_the_others_are_still_told(tmp_path: Path) -> None:
    scanners = '[[scanner]]\nid = "{0}"\ndriver = "sane"\ndevice = "{1}"\n'
    told = examined(tmp_path, scanners.format("gone", "test:7") + scanners.format("glass", "test:0"))
    assert told["scanner gone"].verdict == Verdict.FAILURE
    assert told["scanner glass"].verdict == Verdict.OK


def test_watched_folder_is_told_not_to_be_scanned(tmp_path: Path) -> None:
    told = examined(tmp_path, '[[scanner]]\nid = "drop"\ndriver = "folder"\npath = "drop"\n')
    assert told["scanner drop"].verdict == Verdict.WARNING


def test_settings_without_a_destination_are_told(tmp_path: Path) -> None:
    assert examined(tmp_path, "")["destination"].verdict == Verdict.WARNING


def test_stick_that_is_not_plugged_in_is_told_with_its_path(tmp_path: Path) -> None:
    line = examined(tmp_path, STICK.replace('"stick"\n', '"away"\n', 2).replace('id = "away"', 'id = "stick"'))
    told = line["destination stick"]
    assert told.verdict == Verdict.WARNING
    assert str(tmp_path / "away") in told.said


def test_write_protected_stick_fails(tmp_path: Path) -> None:
    write_settings(tmp_path)
    told = in_mounts("mount -t tmpfs -o ro tmpfs stick", tmp_path)
    assert told["destination stick"]["verdict"] == "failure"
    assert in_mounts("true", tmp_path)["destination stick"]["verdict"] == "ok"


def test_stick_without_any_room_fails(tmp_path: Path) -> None:
    write_settings(tmp_path)
    told = in_mounts("mount -t tmpfs -o size=4k tmpfs stick && head -c 4096 /dev/zero > stick/full", tmp_path)
    assert told["destination stick"]["verdict"] == "failure"


def test_small_disk_is_told(tmp_path: Path) -> None:
    write_settings(tmp_path)
    told = in_mounts("mkdir -p data && mount -t tmpfs -o size=64m,mode=700 tmpfs data", tmp_path)
    assert told["disk"]["verdict"] == "warning"


def test_disk_slower_than_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SLOW_SYNC", 0.0)
    assert examined(tmp_path)["sync"].verdict == Verdict.WARNING


def test_clock_before_this_software_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "EARLIEST_YEAR", 3000)
    line = examined(tmp_path)["clock"]
    assert line.verdict == Verdict.FAILURE


def test_catalogue_with_a_torn_page_fails(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        desk.whole()
        root = desk.one_row("SELECT rootpage FROM sqlite_master WHERE name = 'capture'")
        path = desk.station.catalogue.path
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))
    told = examined(tmp_path)
    assert told["catalogue"].verdict == Verdict.FAILURE
    assert "scanner" in told, "what does not need it is told all the same"


def test_catalogue_that_is_none_is_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/catalogue.sqlite3").write_bytes(b"no database" * 1000)
    (line,) = examined(tmp_path).values()
    assert line.verdict == Verdict.FAILURE
    assert "catalogue.sqlite3" in line.said


def test_data_folder_that_is_a_file_is_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    (line,) = examined(tmp_path).values()
    assert line.verdict == Verdict.FAILURE
    assert str(tmp_path / "data") in line.said


def test_command_ends_with_1_exactly_when_a_line_fails(tmp_path: Path) -> None:
    write_settings(tmp_path)
    command = [Path(sys.executable).with_name("tramquet"), "--config", tmp_path / "station.toml", "doctor"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    (tmp_path / "data/catalogue.sqlite3").write_bytes(b"no database" * 1000)
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 1
