"""How the tests themselves are run: what they wait for, their ports, their division, and which a change asks for."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests import division, ports, touched, waiting

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
