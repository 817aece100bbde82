"""Deliveries that wait on purpose: a person paused, the hours are over, the line is shared, the server is away."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from station.domain.service_hours import Hours
from station.errors import Refused, SettingsRefused
from station.settings import load
from tests.delivery.bad_line import BadLine
from tests.delivery.province import Province
from tests.delivery.queued import new_station, queue_files
from tests.waiting import PATIENCE, eventually

MB = 1024 * 1024


def test_a_pause_holds_within_a_piece_and_resuming_goes_on_from_there(node_province: Province, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(20 * MB)
    with BadLine(node_province.port) as line:
        station = new_station(tmp_path / "station", node_province, files=line.port, limit_kbit=30_000)
        queue_files(station, content)
        running = station.start("queue", "run", "--until-empty")
        eventually(lambda: line.carried > 3 * MB)
        station.run("queue", "pause")
        paused_at = line.carried
        _, said = running.communicate(timeout=PATIENCE)
        assert (running.returncode, "[queue-paused]" in said) == (1, True)
        assert line.carried - paused_at < 8 * MB
        (item,) = station.json("queue", "list")
        assert item["state"] == "queued"
        assert 0 < item["bytes_sent"] <= line.carried
        station.run("queue", "resume")
        station.run("queue", "run", "--until-empty")
    assert line.carried - len(content) < 100 * 2048
    assert len(node_province.rows()) == 1


def test_the_bandwidth_limit_holds(node_province: Province, tmp_path: Path) -> None:
    station = new_station(tmp_path / "station", node_province, limit_kbit=2000)
    queue_files(station, bytes(1_000_000))
    started = time.monotonic()
    station.run("queue", "run")
    # A megabyte at 2 Mbit/s is four seconds, of which the first block is free.
    assert time.monotonic() - started > 3.5
    assert [item["state"] for item in station.json("queue", "list")] == ["receipted"]


def test_outside_its_hours_a_destination_is_left_alone(node_province: Province, tmp_path: Path) -> None:
    now = datetime.now()
    shut = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    station = new_station(tmp_path / "station", node_province, hours=shut)
    queue_files(station, b"sheet")
    assert "[destination-hours]" in station.refused("queue", "run", "--until-empty")
    (item,) = station.json("queue", "list")
    assert (item["state"], shut in item["error"]) == ("waiting", True)
    running = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    station.settings.write_text(station.settings.read_text().replace(shut, running))
    station.run("queue", "run", "--until-empty")
    assert len(node_province.rows()) == 1


def test_until_empty_waits_for_a_server_that_comes_back(node_province: Province, tmp_path: Path) -> None:
    station = new_station(tmp_path / "station", node_province)
    queue_files(station, b"sheet", b"manifest")
    node_province.kill("receiver")
    running = station.start("queue", "run", "--until-empty")
    eventually(lambda: [item["state"] for item in station.json("queue", "list")] == ["waiting", "queued"])
    node_province.start_receiver()
    assert running.wait(PATIENCE) == 0
    running.communicate()
    assert [item["state"] for item in station.json("queue", "list")] == ["receipted", "receipted"]


@pytest.mark.parametrize(
    ("text", "moment", "covered", "opens"),
    [
        ("18:00-06:00", "2026-01-15T17:59", False, "2026-01-15T18:00"),
        ("18:00-06:00", "2026-01-15T18:00", True, "2026-01-16T18:00"),
        ("18:00-06:00", "2026-01-16T05:59", True, "2026-01-16T18:00"),
        ("18:00-06:00", "2026-01-16T06:00", False, "2026-01-16T18:00"),
        ("12:00-13:30", "2026-01-15T13:30", False, "2026-01-16T12:00"),
        ("12:00-13:30", "2026-01-15T13:29", True, "2026-01-16T12:00"),
    ],
)
def test_hours_may_go_over_midnight(text: str, moment: str, covered: bool, opens: str) -> None:
    hours, now = Hours.parse(text), datetime.fromisoformat(moment)
    assert hours.cover(now) is covered
    assert hours.opens_after(now) == datetime.fromisoformat(opens)


@pytest.mark.parametrize("text", ["18-06", "24:00-06:00", "18:00", "06:00-06:00", "18:00-06:00 "])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Hours.parse(text)


def test_mistakes_in_these_settings_are_told(tmp_path: Path) -> None:
    station = new_station(tmp_path, Province(tmp_path / "nobody"), hours="18:00-06:00", limit_kbit=500)
    assert load(station.settings).destinations
    text = station.settings.read_text().replace("18:00-06:00", "night").replace("500", "1")
    station.settings.write_text(text)
    with pytest.raises(SettingsRefused) as refused:
        load(station.settings)
    said = str(refused.value.facts["mistakes"])
    assert 'hours: "night" are no hours of the day' in said
    assert "limit_kbit: must be at least 16." in said
