"""What ``doctor`` says of backups: each line seen well, and seen otherwise because that very thing is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.health.doctor import Verdict
from tests.station.health.test_doctor import at_another_time, by_command, examined, in_mounts
from tests.station.opened_station import opened_station, write_settings
from tests.stations import Command

NIGHTLY = '[backup]\nfolder = "nights"\n'
STICK = NIGHTLY + "stick = true\n"


@pytest.fixture(autouse=True)
def no_search_for_scanners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds, and no backup hangs on it."""
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))


def worked(folder: Path, more: str = NIGHTLY) -> Command:
    """A station with a page, and backups every night."""
    (folder / "nights").mkdir()
    with opened_station(folder, more) as desk:
        desk.lay(desk.ledger())
    return Command(folder, {"TRAMQUET_LANGUAGE": "en"})


def test_a_week_of_work_without_a_backup_is_told(tmp_path: Path) -> None:
    worked(tmp_path, "")
    assert by_command(tmp_path)["backup"]["verdict"] == "ok"
    assert at_another_time(tmp_path, "+8d")["backup"]["verdict"] == "warning"


def test_last_nightly_backup_may_be_two_nights_old_and_no_more(tmp_path: Path) -> None:
    worked(tmp_path).run("nightly")
    assert at_another_time(tmp_path, "+47h")["backup"]["verdict"] == "ok"
    late = at_another_time(tmp_path, "+49h")["backup"]
    assert late["verdict"] == "warning"
    assert "2 days ago" in late["said"]


def test_nightly_backup_that_was_never_made_is_told_after_two_days_of_work(tmp_path: Path) -> None:
    worked(tmp_path)
    assert by_command(tmp_path)["backup"]["verdict"] == "ok"
    late = at_another_time(tmp_path, "+49h")["backup"]
    assert late["verdict"] == "warning"
    assert "no backup yet" in late["said"]


def test_backup_without_masters_does_not_count_where_the_settings_ask_for_them(tmp_path: Path) -> None:
    worked(tmp_path).run("nightly")
    write_settings(tmp_path, NIGHTLY + "masters = true\n")
    assert "no backup yet" in at_another_time(tmp_path, "+49h")["backup"]["said"]


def test_folder_of_the_backups_is_written_to_and_nothing_stays(tmp_path: Path) -> None:
    worked(tmp_path)
    assert examined(tmp_path, NIGHTLY)["backup folder"].verdict == Verdict.OK
    assert list((tmp_path / "nights").iterdir()) == []


def test_folder_of_the_backups_that_is_not_there_is_told(tmp_path: Path) -> None:
    line = examined(tmp_path, NIGHTLY, language="en")["backup folder"]
    assert line.verdict == Verdict.WARNING
    assert str(tmp_path / "nights") in line.said


def test_stick_for_the_backups_that_is_not_plugged_in_is_told(tmp_path: Path) -> None:
    worked(tmp_path, STICK)
    line = examined(tmp_path, STICK, language="en")["backup folder"]
    assert line.verdict == Verdict.WARNING
    assert "no stick is plugged in" in line.said


def test_write_protected_stick_for_the_backups_fails(tmp_path: Path) -> None:
    worked(tmp_path, STICK)
    assert in_mounts("mount -t tmpfs tmpfs nights", tmp_path)["backup folder"]["verdict"] == "ok"
    assert in_mounts("mount -t tmpfs -o ro tmpfs nights", tmp_path)["backup folder"]["verdict"] == "failure"


def test_stick_without_room_for_the_next_backup_fails(tmp_path: Path) -> None:
    worked(tmp_path, STICK)
    line = in_mounts("mount -t tmpfs -o size=64k tmpfs nights", tmp_path)["backup folder"]
    assert line["verdict"] == "failure"
    assert "does not fit" in line["said"]


@pytest.mark.parametrize(("masters", "verdict"), [("false", Verdict.OK), ("true", Verdict.FAILURE)])
def test_room_is_that_for_what_the_backup_is_to_hold(tmp_path: Path, masters: str, verdict: Verdict) -> None:
    worked(tmp_path)
    more = NIGHTLY + f"masters = {masters}\n"
    with opened_station(tmp_path, more) as desk:
        desk.by_hand("UPDATE capture SET bytes = 1000000000000000")
    assert examined(tmp_path, more)["backup folder"].verdict == verdict
