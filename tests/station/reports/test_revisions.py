"""Each day's report is made once, at its hour, also for days without a station; what changed goes out once more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, ReportRevision
from station.delivery import queue as delivery_queue
from station.errors import Refused
from station.ledger import page_order
from station.ledger.entries import Act
from station.reports import revisions, sending
from station.system import clock
from station.upkeep import verify
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.station.reports.acting import done_at, here

EVENING = here("2026-03-02T18:05")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station that reports at six in the evening, to its stick."""
    with opened_station(tmp_path, f"{STICK}\n[report]\nhour = 18\n") as ready:
        ready.ledger()
        yield ready


@pytest.fixture(autouse=True)
def right_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evenings of these tests are what the PC's clock says, and nobody doubts it."""
    monkeypatch.setattr(clock, "trouble", lambda station: None)


def made(desk: OpenedStation, now: datetime) -> list[str]:
    return [name.removeprefix("bao-cao_qt-thu-01_") for name in revisions.make_due(desk.station, now)]


def send(desk: OpenedStation) -> list[str]:
    return [f"{sent.day} r{sent.revision} {sent.state}" for sent in sending.send(desk.station, "stick", only_due=False)]


def arrived(desk: OpenedStation) -> dict[str, Any]:
    """What lies at the destination, by file name."""
    files = sorted((desk.stick / "qt-thu-01" / "reports").rglob("*"))
    return {
        file.name.removeprefix("bao-cao_qt-thu-01_"): json.loads(file.read_text()) for file in files if file.is_file()
    }


def test_report_is_made_at_its_hour_and_once(desk: OpenedStation) -> None:
    assert made(desk, here("2026-03-02T17:59")) == ["2026-03-01_r1.json"]
    assert made(desk, EVENING) == ["2026-03-02_r1.json"]
    assert made(desk, EVENING + timedelta(hours=3)) == []
    assert made(desk, here("2026-03-03T17:59")) == []


def test_three_days_offline_and_then_each_days_report_arrives_once(desk: OpenedStation) -> None:
    away = desk.stick.with_name("away")
    desk.stick.rename(away)
    for number in range(3):
        day = EVENING + timedelta(days=number)
        with done_at(desk, day - timedelta(hours=4), WHO):
            desk.lay("KH.2007.01", number + 1)
        assert len(made(desk, day)) == 1
        assert send(desk) == ["2026-03-02 r1 stuck"], "the oldest is tried, the others wait for it"
    away.rename(desk.stick)
    assert send(desk) == [f"2026-03-0{day} r1 receipted" for day in (2, 3, 4)]
    assert send(desk) == []
    assert made(desk, EVENING + timedelta(days=2, hours=1)) == []
    assert {name: one["places"][0]["pages"]["scanned"] for name, one in arrived(desk).items()} == {
        "2026-03-02_r1.json": 1,
        "2026-03-03_r1.json": 2,
        "2026-03-04_r1.json": 3,
    }
    rows = desk.rows("SELECT sha256, state, store FROM report_revision ORDER BY day")
    assert [state for _, state, _ in rows] == ["receipted"] * 3
    assert all((desk.stick / store).exists() for _, _, store in rows)


def test_station_that_was_off_for_days_reports_each_of_them(desk: OpenedStation) -> None:
    made(desk, EVENING)
    assert made(desk, EVENING + timedelta(days=3)) == [f"2026-03-0{day}_r1.json" for day in (3, 4, 5)]
    assert len(made(desk, EVENING + timedelta(days=400))) == revisions.MOST_DAYS


def test_work_after_the_hour_and_corrections_go_out_as_a_revision_with_the_next_report(desk: OpenedStation) -> None:
    with done_at(desk, EVENING - timedelta(hours=4), WHO):
        desk.lay("KH.2007.01", 2)
    made(desk, EVENING)
    with done_at(desk, EVENING + timedelta(hours=2), WHO):
        desk.lay("KH.2007.01")
    assert made(desk, EVENING + timedelta(hours=3)) == []
    assert made(desk, EVENING + timedelta(days=1)) == ["2026-03-02_r2.json", "2026-03-03_r1.json"]
    page_order.set_pages_aside(desk.station, Act("KH.2007.01", WHO, "thử"), "001")
    assert made(desk, EVENING + timedelta(days=2)) == ["2026-03-02_r3.json", "2026-03-04_r1.json"]
    send(desk)
    told = arrived(desk)
    assert [told[f"2026-03-02_r{n}.json"]["places"][0]["pages"]["scanned"] for n in (1, 2, 3)] == [2, 3, 2]
    first = desk.one(
        select(ReportRevision.sha256).where(ReportRevision.revision == 1, ReportRevision.day == date(2026, 3, 2))
    )
    assert told["2026-03-02_r2.json"]["supersedes"] == first
    assert told["2026-03-02_r1.json"]["supersedes"] is None


def test_what_only_stands_otherwise_by_now_is_no_correction(desk: OpenedStation) -> None:
    with done_at(desk, EVENING - timedelta(hours=4), WHO):
        desk.lay("KH.2007.01", 2)
    made(desk, EVENING)
    with done_at(desk, EVENING + timedelta(hours=20), WHO):
        desk.entry("KH.2007.01", "001", "1", "2007-01-15")
    assert made(desk, EVENING + timedelta(days=1)) == ["2026-03-03_r1.json"]


def test_wrong_clock_makes_no_report(desk: OpenedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "trouble", lambda station: object())
    assert made(desk, EVENING) == []


def test_name_that_left_the_station_is_not_given_again(desk: OpenedStation) -> None:
    made(desk, EVENING)
    desk.by_hand("DELETE FROM report_revision")
    assert made(desk, EVENING) == ["2026-03-02_r2.json"]


def test_pause_holds_reports_too(desk: OpenedStation) -> None:
    made(desk, EVENING)
    delivery_queue.pause(desk.station, True, who=WHO)
    with pytest.raises(Refused, match="paused"):
        send(desk)
    delivery_queue.pause(desk.station, False, who=WHO)
    assert send(desk) == ["2026-03-02 r1 receipted"]


def test_trouble_is_told_and_tried_again_later(desk: OpenedStation) -> None:
    made(desk, EVENING)
    shutil.rmtree(desk.stick)
    send(desk)
    (told,) = sending.of_days(desk.station, date(2026, 3, 2), date(2026, 3, 2))
    assert told.trouble is not None
    assert told.trouble.code == "destination-missing"
    assert list(sending.send(desk.station, "stick")) == [], "not before its time"
    desk.by_hand("UPDATE report_revision SET next_try_at = ?", datetime.now(UTC).isoformat(timespec="microseconds"))
    desk.stick.mkdir()
    assert [sent.state for sent in sending.send(desk.station, "stick")] == ["receipted"]


def test_station_without_an_hour_sends_nothing(tmp_path: Path) -> None:
    with opened_station(tmp_path / "quiet") as quiet:
        assert revisions.make_due(quiet.station, EVENING) == []
        assert revisions.destination(quiet.station) is None


def test_report_takes_the_end_of_the_log_along_and_verify_misses_that_line(desk: OpenedStation) -> None:
    (name,) = made(desk, EVENING)
    assert send(desk) == ["2026-03-02 r1 receipted"]
    head = arrived(desk)[name]["event_head"]
    assert head in desk.all(select(Event.hash))
    assert verify.verify(desk.station) == []
    desk.by_hand("DELETE FROM event WHERE hash = ?", head)
    told = [(one.code, one.facts.get("subject")) for one in verify.verify(desk.station)]
    assert ("verify-log", desk.one(select(ReportRevision.file))) in told
