"""Each line of ``doctor``, seen well where all is well and seen failing because the very thing is broken."""

from __future__ import annotations

import contextlib
import grp
import http.server
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from station import settings
from station.health import doctor
from station.health.doctor import Line, Verdict, endpoints
from station.reading import weight_files
from station.scanning import scanner_factory
from tests.delivery.province import Kind, Province
from tests.e2e.mounting import new_mounts
from tests.e2e.strace_reading import needs_strace
from tests.fork_server import run
from tests.station import another_user
from tests.station.daemons import running
from tests.station.opened_station import STICK, opened_station, write_settings
from tests.stations import new_station
from tests.waiting import PATIENCE

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
SCANNER = '[[scanner]]\nid = "sim"\ndriver = "simulated"\npages = "{pages}"\n'


def examined(folder: Path, more: str = STICK, *, language: str = "vi") -> dict[str, Line]:
    """The lines by their subject, in the order told."""
    lines = doctor.examine(settings.load(write_settings(folder, more)), language)
    told = {line.subject: line for line in lines}
    assert len(told) == len(lines)
    return told


def by_command(folder: Path, *through: str, **environment: str) -> dict[str, dict[str, str]]:
    """The same by the command, ``through`` another one that changes its world, or with more in its environment."""
    tramquet = str(Path(sys.executable).with_name("tramquet"))
    command = [*through, tramquet, "--config", str(folder / "station.toml"), "doctor", "--json"]
    done = run(command, env={**os.environ, "TRAMQUET_LANGUAGE": "en", **environment}, cwd=folder)
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("mounting is not allowed here")
    assert done.stdout, done.stderr
    return {line["subject"]: line for line in json.loads(done.stdout)}


def in_mounts(script: str, folder: Path) -> dict[str, dict[str, str]]:
    """The same where ``script`` mounted what only this process sees."""
    return by_command(folder, "unshare", "-m", "sh", "-c", f'({script}) || exit 77; exec "$@"', "sh")


def at_another_time(folder: Path, offset: str) -> dict[str, dict[str, str]]:
    """The same on a PC whose clock is wrong: a day and hour, or so far from now."""
    if FAKETIME is None:
        pytest.skip("libfaketime is missing")
    wrong = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": offset}
    return by_command(folder, **wrong)


def test_station_where_all_is_well_has_a_line_for_each_thing_and_no_failure(tmp_path: Path, drawn: Path) -> None:
    told = examined(tmp_path, STICK + SCANNER.format(pages=drawn))
    assert [subject for subject in told if not subject.startswith("rights")] == [
        "versions",
        "processor",
        "clock",
        "reader",
        "ownership",
        "disk",
        "sync",
        "catalogue",
        "key",
        "sane",
        "scanner sim",
        "destination stick",
        "web page",
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


@pytest.mark.parametrize("mode", [0o666, 0o660])
def test_settings_file_that_others_can_write_is_told_with_the_command_that_closes_it(tmp_path: Path, mode: int) -> None:
    file = write_settings(tmp_path)
    assert "settings file" not in by_command(tmp_path)
    file.chmod(mode)
    line = by_command(tmp_path)["settings file"]
    assert line["verdict"] == "warning"
    command = line["said"].partition("sudo ")[2]
    subprocess.run(command, shell=True, check=True)
    assert "settings file" not in by_command(tmp_path)


@pytest.mark.parametrize("name", [".", "ledgers", "catalogue.sqlite3"])
def test_data_that_others_can_write_is_told_with_the_command_that_closes_it(tmp_path: Path, name: str) -> None:
    assert "data rights" not in examined(tmp_path)
    path = tmp_path / "data" / name
    path.chmod(path.stat().st_mode | 0o022)
    line = examined(tmp_path)["data rights"]
    assert line.verdict == Verdict.WARNING
    subprocess.run(line.said.partition("sudo ")[2], shell=True, check=True)
    assert "data rights" not in examined(tmp_path)


def test_reader_without_its_weights_is_a_warning_that_tells_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examined(tmp_path)["reader"].verdict == Verdict.OK
    monkeypatch.setattr(weight_files, "FOLDER", tmp_path / "nowhere")
    told = examined(tmp_path, language="en")["reader"]
    assert told.verdict == Verdict.WARNING
    assert "install the station's package again" in told.said


def test_reader_that_is_switched_off_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight_files, "FOLDER", tmp_path / "nowhere")
    told = examined(tmp_path, STICK + "[reading]\nenabled = false\n", language="en")["reader"]
    assert (told.verdict, "switched off" in told.said) == (Verdict.OK, True)


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


def test_scanner_that_jams_at_the_first_line_fails(tmp_path: Path, drawn: Path) -> None:
    settings_text = SCANNER.format(pages=drawn) + 'faults = ["1:jammed"]\n'
    assert examined(tmp_path, settings_text)["scanner sim"].verdict == Verdict.FAILURE


def test_feeder_without_paper_is_no_failure_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    line = examined(tmp_path, SCANNER.format(pages=tmp_path / "empty"), language="en")["scanner sim"]
    assert line.verdict == Verdict.OK
    assert "empty" in line.said


def test_scanner_that_somebody_uses_now_is_told(tmp_path: Path, drawn: Path) -> None:
    with opened_station(tmp_path, SCANNER.format(pages=drawn)) as desk:
        station = desk.station
        with scanner_factory.open_scanner(station, station.settings.scanner()):
            assert examined(tmp_path, SCANNER.format(pages=drawn))["scanner sim"].verdict == Verdict.WARNING


def test_what_was_read_to_try_the_scanner_is_not_fed_and_leaves_nothing(tmp_path: Path, drawn: Path) -> None:
    examined(tmp_path, SCANNER.format(pages=drawn))
    assert [file for file in (tmp_path / "data").rglob("*") if file.suffix in (".jpg", ".tif", ".part")] == []
    with opened_station(tmp_path, SCANNER.format(pages=drawn)) as desk:
        assert desk.one_row("SELECT count(*) FROM session") == 0


def test_libsane_that_cannot_be_loaded_fails(tmp_path: Path) -> None:
    library = next(Path("/usr/lib").glob("*/libsane.so.1"), None)
    if library is None:
        pytest.skip("libsane lies elsewhere")
    write_settings(tmp_path)
    told = in_mounts(f"mount --bind /dev/null {library}", tmp_path)
    assert told["sane"]["verdict"] == "failure"
    assert "libsane1" in told["sane"]["said"]
    assert "python3-sane" not in told["sane"]["said"], "the station brings its own"
    assert by_command(tmp_path)["sane"]["verdict"] == "ok"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    yield from another_user.folder()


def test_usb_scanner_that_the_stations_user_may_not_open_is_told_with_its_group(open_folder: Path) -> None:
    words, environment = another_user.world()
    with opened_station(open_folder) as desk:
        data = desk.data
    another_user.give_away(data)
    group = grp.getgrgid(7).gr_name
    known = "mkdir -p /run/udev && mount -t tmpfs tmpfs /run/udev && mkdir /run/udev/data"
    known += " && echo E:libsane_matched=yes > /run/udev/data/c189:3 && mkdir -p /dev/bus/usb"
    plugged = "mount -t tmpfs -o dev,mode=755 tmpfs /dev/bus/usb && mkdir /dev/bus/usb/001"
    plugged += " && mknod -m 660 /dev/bus/usb/001/004 c 189 3"

    def rights(given: str) -> dict[str, dict[str, str]]:
        # A station that was opened in this process has left a stricter umask than udev's.
        script = f'umask 022; ({known} && {plugged} && {given} /dev/bus/usb/001/004) || exit 77; exec "$@"'
        line = ["unshare", "-m", "sh", "-c", script, "sh", *words, "--config", str(open_folder / "station.toml")]
        done = subprocess.run(
            [*line, "doctor", "--json"], capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False
        )
        if done.returncode == 77 or "unshare failed" in done.stderr:
            pytest.skip("mounting is not allowed here")
        return {told["subject"]: told for told in json.loads(done.stdout)}

    told = rights(f"chgrp {group}")
    assert "rights 001/004" in told, [one for one in told.values() if one["subject"].startswith("rights")]
    line = told["rights 001/004"]
    assert line["verdict"] == "failure"
    assert f"usermod -aG {group} nobody" in line["said"]
    assert rights(f"chown {another_user.NOBODY}")["rights"]["verdict"] == "ok"
    # A group that is hidden from the service looks like nobody's: the station's user must be another one then.
    for path in (data, *data.rglob("*")):
        os.chown(path, 1, 1)
    for dangerous in ("chgrp root", "chgrp 65534", "chmod 600"):
        said = rights(dangerous)["rights 001/004"]["said"]
        assert "usermod" not in said, "who joins root's group may do anything"
        assert "plug it in again" in said


def test_watched_folder_that_is_missing_fails(tmp_path: Path) -> None:
    watched = '[[scanner]]\nid = "drop"\ndriver = "folder"\npath = "drop"\n'
    assert examined(tmp_path, watched)["scanner drop"].verdict == Verdict.FAILURE
    (tmp_path / "drop").mkdir()
    assert examined(tmp_path, watched)["scanner drop"].verdict == Verdict.OK


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


@needs_strace
def test_disk_that_takes_long_to_confirm_is_told(tmp_path: Path) -> None:
    with opened_station(tmp_path):
        pass
    slow = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync:delay_enter=230000")
    assert by_command(tmp_path, *slow)["sync"]["verdict"] == "warning"


def test_processor_of_before_2009_fails(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("model name\t: Old One\nflags\t\t: fpu sse sse2 pni ssse3 cx16 lahf_lm\n")
    write_settings(tmp_path)
    line = in_mounts("mount --bind cpuinfo /proc/cpuinfo", tmp_path)["processor"]
    assert line["verdict"] == ("failure" if platform.machine() == "x86_64" else "ok")
    assert "Old One" in line["said"]


def test_processor_without_avx2_reads_fewer_regions(tmp_path: Path) -> None:
    flags = "fpu sse sse2 pni ssse3 cx16 lahf_lm popcnt sse4_1 sse4_2 avx"
    (tmp_path / "cpuinfo").write_text(f"model name\t: Old One\nflags\t\t: {flags}\n")
    write_settings(tmp_path)
    told = in_mounts("mount --bind cpuinfo /proc/cpuinfo", tmp_path)
    assert (told["processor"]["verdict"], told["reader"]["verdict"]) == ("ok", "ok")
    assert ("AVX2" in told["reader"]["said"]) == (platform.machine() == "x86_64")


def test_libraries_that_end_on_an_old_processor_end_the_command_with_the_same_sentence(tmp_path: Path) -> None:
    """numpy refuses to load where the processor lacks what its wheels were built for."""
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy/__init__.py").write_text("raise RuntimeError('built with baseline optimizations: (X86_V2)')\n")
    (tmp_path / "cpuinfo").write_text("model name\t: Old One\nflags\t\t: fpu sse sse2\n")
    script = 'mount --bind cpuinfo /proc/cpuinfo || exit 77; exec "$@"'
    command = ["unshare", "-m", "sh", "-c", script, "sh", str(Path(sys.executable).with_name("tramquet")), "doctor"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "TRAMQUET_LANGUAGE": "en"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=tmp_path, env=env)
    if done.returncode == 77 or "unshare failed" in done.stderr or platform.machine() != "x86_64":
        pytest.skip("mounting is not allowed here")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Old One" in done.stderr


def test_clock_of_1970_fails(tmp_path: Path) -> None:
    with opened_station(tmp_path):
        pass
    line = at_another_time(tmp_path, "@1970-01-05 08:30:00")["clock"]
    assert line["verdict"] == "failure"
    assert "1970" in line["said"]


def test_clock_that_is_behind_the_newest_line_of_the_log_is_told(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.ledger()
    assert at_another_time(tmp_path, "-1h")["clock"]["verdict"] == "warning"
    assert by_command(tmp_path)["clock"]["verdict"] == "ok"


def test_clock_of_2031_is_told_unless_the_network_set_it(tmp_path: Path) -> None:
    with opened_station(tmp_path):
        pass
    line = at_another_time(tmp_path, "@2031-03-05 08:30:00")["clock"]
    assert line["verdict"] == "warning"
    assert "2031" in line["said"]
    with opened_station(tmp_path) as desk:
        desk.ledger()
    line = at_another_time(tmp_path, "+300d")["clock"]
    assert line["verdict"] == "warning"
    assert "long after the last work" in line["said"]
    assert at_another_time(tmp_path, "+100d")["clock"]["verdict"] == "ok", "a station may rest for a while"
    synced = "mkdir -p /run/systemd/timesync && touch /run/systemd/timesync/synchronized"
    script = f'(mount -t tmpfs tmpfs /run && {synced}) || exit 77; exec "$@"'
    wrong = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+300d"}
    assert by_command(tmp_path, "unshare", "-m", "sh", "-c", script, "sh", **wrong)["clock"]["verdict"] == "ok"


def test_files_of_another_user_in_the_data_folder_fail_with_the_command_that_gives_them_back(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    with opened_station(tmp_path) as desk:
        desk.lay(desk.ledger())
        ledgers, data = desk.station.folders.ledgers, desk.data
    assert examined(tmp_path)["ownership"].verdict == Verdict.OK
    os.chown(ledgers, another_user.NOBODY, another_user.NOBODY)
    line = examined(tmp_path, language="en")["ownership"]
    assert line.verdict == Verdict.FAILURE
    assert str(ledgers) in line.said
    assert f"chown -R root: {data}" in line.said


def test_disk_that_became_read_only_is_told_as_that(tmp_path: Path) -> None:
    with opened_station(tmp_path):
        pass
    line = in_mounts("mount --bind data data && mount -o remount,bind,ro data", tmp_path)["data folder"]
    assert line["verdict"] == "failure"
    assert "read-only" in line["said"]
    assert "rw" in line["said"]


def test_database_of_another_program_in_the_catalogue_s_place_is_told_as_that_and_left_alone(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        path = desk.station.catalogue.path
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as foreign, foreign:
        foreign.execute("CREATE TABLE songs (title)")
    line = examined(tmp_path, language="en")["data folder"]
    assert line.verdict == Verdict.FAILURE
    assert "another program" in line.said
    with contextlib.closing(sqlite3.connect(path)) as foreign:
        assert foreign.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def as_nobody(folder: Path, **environment: str) -> dict[str, dict[str, str]]:
    """What doctor says where the station's user asks, who is not root."""
    words, own = another_user.world()
    user = ("setpriv", f"--reuid={another_user.NOBODY}", f"--regid={another_user.NOBODY}", "--clear-groups")
    line = [*user, *words, "--config", str(folder / "station.toml"), "doctor", "--json"]
    asked = {**own, **environment}
    done = subprocess.run(line, capture_output=True, text=True, env=asked, timeout=PATIENCE, check=False)
    assert done.stdout, done.stderr
    return {told["subject"]: told for told in json.loads(done.stdout)}


def test_settings_that_the_stations_user_may_not_read_are_told_with_the_command_that_lets_it(open_folder: Path) -> None:
    another_user.world()
    file = write_settings(open_folder)
    file.chmod(0o600)
    line = as_nobody(open_folder)["settings"]
    assert line["verdict"] == "failure"
    assert "cannot be read by the user nobody" in line["said"]
    assert f"chmod 640 {file}" in line["said"]


def test_catalogue_that_belongs_to_another_user_is_told_with_the_command_that_gives_it_back(open_folder: Path) -> None:
    another_user.world()
    with opened_station(open_folder) as desk:
        path = desk.station.catalogue.path
    another_user.give_away(desk.data)
    os.chown(path, 0, 0)
    (open_folder / "station.toml").chmod(0o644)
    line = as_nobody(open_folder)["data folder"]
    assert line["verdict"] == "failure"
    assert "belongs to the user root, so the station (nobody) cannot write it; nothing was changed" in line["said"]
    assert f"chown nobody: {path}" in line["said"]


def test_token_that_cannot_be_read_is_named_by_its_place_in_the_settings(open_folder: Path) -> None:
    """The copy that systemd hands over lies where nobody would look for it."""
    another_user.world()
    token, handed = open_folder / "token", open_folder / "credentials"
    token.write_text("secret")
    token.chmod(0o600)
    handed.mkdir()
    handed.chmod(0o755)
    line = '[[destination]]\nid = "line"\nkind = "tus"\nurl = "http://127.0.0.1:9/files"\n'
    line += f'receipts = "http://127.0.0.1:9/receipts"\ntoken_file = "{token}"\n'
    with opened_station(open_folder, line) as desk:
        pass
    another_user.give_away(desk.data)
    (open_folder / "station.toml").chmod(0o644)
    for copy in (None, b"two words"):
        if copy is not None:
            (handed / "token").write_bytes(copy)
            (handed / "token").chmod(0o640)
            os.chown(handed / "token", another_user.NOBODY, another_user.NOBODY)
        told = as_nobody(open_folder, CREDENTIALS_DIRECTORY=str(handed))["destination line"]
        assert told["verdict"] == "failure"
        assert str(token) in told["said"]
        assert str(handed) not in told["said"]


def test_row_that_refers_to_nothing_fails(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.lay(desk.ledger())
        path = desk.station.catalogue.path
    with contextlib.closing(sqlite3.connect(path)) as stranger, stranger:
        stranger.execute("UPDATE page SET ledger_id = 999")
    line = examined(tmp_path, language="en")["catalogue"]
    assert line.verdict == Verdict.FAILURE
    assert "table page" in line.said


def test_log_that_was_changed_by_hand_fails(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.ledger()
        desk.by_hand("UPDATE event SET who = 'somebody else'")
    line = examined(tmp_path, language="en")["catalogue"]
    assert line.verdict == Verdict.FAILURE
    assert "log" in line.said


def test_province_that_refuses_the_token_fails_and_one_out_of_reach_is_told(tmp_path: Path) -> None:
    if Kind.NODE.missing:
        pytest.skip(Kind.NODE.missing)
    province = Province(tmp_path / "province", token="right")
    token = tmp_path / "token"
    token.touch(mode=0o600)
    line = f'[[destination]]\nid = "p"\nkind = "tus"\nurl = "http://127.0.0.1:{province.files}/files"\n'
    line += f'receipts = "http://127.0.0.1:{province.receipts}/receipts"\ntoken_file = "{token}"\n'
    try:
        province.start()
        token.write_text("right")
        assert examined(tmp_path, line)["destination p"].verdict == Verdict.OK
        token.write_text("expired")
        assert examined(tmp_path, line)["destination p"].verdict == Verdict.FAILURE
    finally:
        province.stop()
    assert examined(tmp_path, line)["destination p"].verdict == Verdict.WARNING


def test_page_of_a_running_station_answers_and_one_that_was_not_restarted_after_an_upgrade_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = new_station(tmp_path, None)
    with running(command, tmp_path):
        read = settings.load(command.settings)
        told = {line.subject: line for line in doctor.examine(read, "en")}
        assert told["web page"].verdict == Verdict.OK
        monkeypatch.setattr(endpoints, "version", lambda _: "99.0")
        told = {line.subject: line for line in doctor.examine(read, "en")}
        assert told["web page"].verdict == Verdict.WARNING
    told = {line.subject: line for line in doctor.examine(read, "en")}
    assert told["web page"].verdict == Verdict.WARNING
    assert "systemctl start" in told["web page"].said


def test_page_of_a_station_without_room_on_its_disk_fails(tmp_path: Path) -> None:
    mounts = new_mounts()
    try:
        command = new_station(tmp_path, None)
        mounts.tmpfs(command.data, 12 * 1024**2)
        with running(command, tmp_path, through=mounts.through):
            line = by_command(tmp_path, *mounts.through)["web page"]
    finally:
        mounts.close()
    assert line["verdict"] == "failure"
    assert "disk" in line["said"]


def test_another_program_on_the_pages_port_fails(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        line = examined(tmp_path, f"[web]\nport = {other.server_port}\n")["web page"]
        other.shutdown()
        thread.join()
    assert line.verdict == Verdict.FAILURE


def test_catalogue_with_a_torn_page_fails(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
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
    *_, line = examined(tmp_path).values()
    assert line.subject == "data folder"
    assert line.verdict == Verdict.FAILURE
    assert "catalogue.sqlite3" in line.said


def test_data_folder_that_is_a_file_is_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    *_, line = examined(tmp_path).values()
    assert line.subject == "data folder"
    assert line.verdict == Verdict.FAILURE
    assert str(tmp_path / "data") in line.said


def test_command_ends_with_1_exactly_when_a_line_fails(tmp_path: Path) -> None:
    write_settings(tmp_path)
    command: list[str | Path] = [
        *(Path(sys.executable).with_name("tramquet"), "--config", tmp_path / "station.toml", "doctor")
    ]
    assert subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    (tmp_path / "data/catalogue.sqlite3").write_bytes(b"no database" * 1000)
    assert subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 1
