"""How the tests themselves are run: what they wait for, their ports, their division, and which a change asks for."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from station.catalogue import database, migrations
from tests import division, fork_server, ports, touched, waiting
from tests.stations import TRAMQUET, heed_interrupts

TESTS = Path(__file__).parent


def test_wait_takes_any_time_while_there_is_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "STANDSTILL", 0.3)
    looks, steps = count(), count()
    waiting.eventually(lambda: next(looks) > 120, progress=lambda: next(steps), every=0.01)


def test_wait_ends_where_everything_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "STANDSTILL", 0.1)
    with pytest.raises(AssertionError, match="10 pages"):
        waiting.eventually(lambda: False, progress=lambda: "10 pages")


def test_no_port_is_given_to_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_PORTS", [mine := ports.free_port(), other := ports.free_port()])
    script = f"from tests import ports; ports._PORTS = [{mine}, {other}, 19999]; print(ports.free_port())"
    line = [sys.executable, "-c", script]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stdout == "19999\n"


def test_forked_command_is_a_child_of_the_tests_with_streams_world_and_exit_status_of_its_own(tmp_path: Path) -> None:
    line = [str(TRAMQUET), "--config", "none.toml", "doctor"]
    in_english, in_vietnamese = ({**os.environ, "TRAMQUET_LANGUAGE": language} for language in ("en", "vi"))
    done = fork_server.run(line, env=in_english, cwd=tmp_path)
    started = subprocess.run(line, env=in_english, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, started.stdout, started.stderr)
    assert "There is no settings file" in done.stdout
    assert "Không có" in fork_server.run(line, env=in_vietnamese).stdout


def test_forked_command_is_interrupted_and_killed_as_any_other(tmp_path: Path) -> None:
    line = [str(TRAMQUET), "--data", str(tmp_path), "setup"]
    for struck, status in ((signal.SIGINT, 1), (signal.SIGKILL, -signal.SIGKILL)):
        with fork_server.Forked(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as setup:
            assert setup.stdout
            assert setup.stdout.read(1)
            assert f"PPid:\t{os.getpid()}\n" in Path(f"/proc/{setup.pid}/status").read_text()
            setup.send_signal(struck)
            assert setup.wait(waiting.PATIENCE) == status


def test_forked_child_program_leads_a_session_and_shows_a_command_line_of_its_own() -> None:
    line = [sys.executable, "-m", "station.imaging.worker", "--parent", str(os.getpid())]
    with fork_server.Forked(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert os.getsid(child.pid) == child.pid
        assert Path(f"/proc/{child.pid}/cmdline").read_text().rstrip("\0").split("\0") == line
        assert child.communicate(b"")[0] == b'{"event": "ready"}\n'
    assert child.returncode == 0


def test_command_in_a_world_that_strikes_processes_as_they_start_is_started() -> None:
    for world in ({"LD_PRELOAD": "/usr/lib/none.so"}, {"PYTHONPROFILEIMPORTTIME": "1"}):
        done = fork_server.run([str(TRAMQUET), "--version"], env={**os.environ, **world})
        assert done.returncode == 0
        assert "import time:" in done.stderr or "LD_PRELOAD" in done.stderr


def test_ctrl_c_ends_a_whole_run_and_its_check(tmp_path: Path) -> None:
    endless, begun = tmp_path / "test_endless.py", tmp_path / "begun"
    there = f"    begun = pathlib.Path({str(begun)!r})\n    begun.touch()\n"
    endless.write_text(
        f"import pathlib, time\n\ndef test_it():\n{there}    while begun.exists():\n        time.sleep(0.1)\n"
    )
    line = ["script/test", str(endless), "--numprocesses", "1"]
    with subprocess.Popen(
        line,
        cwd=TESTS.parent,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=heed_interrupts,
        text=True,
    ) as whole:
        try:
            waiting.eventually(begun.exists)
            os.killpg(whole.pid, signal.SIGINT)
            whole.communicate(timeout=waiting.PATIENCE)
        finally:
            begun.unlink(missing_ok=True)
    assert whole.returncode == 130


def test_catalogue_that_is_shared_is_the_one_that_the_migrations_make(tmp_path: Path) -> None:
    dumps = []
    for name, last in (("whole", [database.HEAD]), ("step-by-step", ["0001", database.HEAD])):
        engine = database._engine(tmp_path / name)
        for head in last:
            migrations.upgrade(engine.execution_options(writing=database.MIGRATION_PATIENCE), head)
        engine.dispose()
        with sqlite3.connect(tmp_path / name) as catalogue:
            dumps.append(list(catalogue.iterdump()))
        catalogue.close()
    assert dumps[0] == dumps[1]


def test_module_is_known_wherever_its_folder_goes() -> None:
    assert division.module("tests/station/delivery/test_queue.py::test_one[a/b]") == "station/test_queue.py"
    assert division.module("tests/station/test_queue.py") == "station/test_queue.py"


@pytest.mark.parametrize("lane", division.LANES)
def test_modules_of_a_lane_are_there_and_one_worker_has_them_all(lane: str) -> None:
    there = {division.module(f"tests/{file.relative_to(TESTS)}") for file in TESTS.rglob("test_*.py")}
    assert there >= division.LANES[lane]
    assert {division.lane(f"tests/{name}::test") for name in division.LANES[lane]} == {lane}


def test_longest_come_first_and_a_module_stays_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(division, "measured", lambda: {"web/test_a.py": 3.0, "web/test_b.py": 50.0})
    tests = ["tests/web/test_a.py::1", "tests/web/test_b.py::2", "tests/web/test_new.py::1", "tests/web/test_b.py::1"]
    places = division.in_order(tests)
    assert [test.rpartition("/")[2] for test in sorted(tests, key=places.__getitem__)] == [
        *("test_b.py::2", "test_b.py::1", "test_new.py::1", "test_a.py::1")
    ]


def test_change_asks_for_its_own_tests_then_for_those_of_its_room_while_there_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tests = [
        f"tests/{name}"
        for name in (
            "drivers/images/test_masters.py",
            "station/system/test_clock.py",
            "station/daemon/test_change_feed.py",
        )
    ]
    monkeypatch.setattr(touched, "measured", lambda: {"drivers/test_masters.py": 1.0, "station/test_clock.py": 2.0})
    assert touched.choice(["station/daemon/change_feed.py"], tests) == [
        "tests/station/daemon/test_change_feed.py",
        "tests/station/system/test_clock.py",
    ]
    monkeypatch.setattr(touched, "BUDGET", 1.0)
    assert touched.choice(["tests/station/system/test_clock.py"], tests) == ["tests/station/system/test_clock.py"]
