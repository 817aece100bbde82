"""Every few minutes the province hears how a station is: by the real daemon, the real receiver and the line between."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from station import context, settings
from station.context import Station
from station.daemon.heartbeat_service import HeartbeatService
from station.health import heartbeat
from station.receiver import heartbeats
from station.receiver.heartbeats import Heartbeat, HeartbeatsRead
from station.receiver.tokens import Tokens
from station.settings.tables import TusDestination
from tests.delivery.backings import Backing, heartbeats_of
from tests.delivery.province import Kind, Province
from tests.delivery.queued import new_station, queue_files
from tests.station.daemons import running
from tests.stations import Command
from tests.waiting import PATIENCE, eventually

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
#: All that a heartbeat may say.
SAID = {"format", "station", "run", "version", "at", "health", "free_bytes", "total_bytes", "waiting", "stuck"}
SAID |= {"paused", "oldest_unsent", "backup_at"}


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    """A receiver with a token for each of two stations; nothing is uploaded."""
    province = Province(tmp_path / "province", station_tokens={"qt-thu-01": "one", "qt-thu-02": "two"})
    province.start_receiver()
    try:
        yield province
    finally:
        province.stop()


@pytest.fixture
def command(tmp_path: Path, province: Province) -> Command:
    """The first of these stations, with its own token."""
    return of_station(tmp_path, province, "one")


def of_station(folder: Path, province: Province, token: str) -> Command:
    file = folder / "token"
    file.write_text(token)
    file.chmod(0o600)
    return new_station(folder / "station", province, token_file=str(file))


def kept(province: Province, columns: str = "*", table: str = "heartbeat") -> list[Any]:
    with contextlib.closing(sqlite3.connect(province.store / heartbeats.FILE)) as file:
        return file.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()


def told(**more: Any) -> dict[str, Any]:
    said = {"format": 1, "station": "qt-thu-01", "run": "a" * 16, "version": "0.2.0", "at": NOW.isoformat()}
    return {**said, "free_bytes": 1, "total_bytes": 2, "waiting": 0, "stuck": 0, **more}


def post(province: Province, said: object, token: str = "one") -> int:
    url, headers = f"{province.destination().receipts}/heartbeat", {"Authorization": f"Bearer {token}"}
    return requests.post(url, json=said, headers=headers, timeout=PATIENCE).status_code


def sender(command: Command) -> contextlib.AbstractContextManager[Station]:
    return context.open_station(settings.load(command.settings))


def line_of(station: Station) -> TusDestination:
    destination = station.settings.destinations[0]
    assert isinstance(destination, TusDestination)
    return destination


def test_daemon_says_how_it_is_and_nothing_of_people(command: Command, province: Province, tmp_path: Path) -> None:
    queue_files(command, b"one", b"two")
    with running(command, tmp_path):
        eventually(lambda: bool(kept(province)))
    columns = "station, waiting + stuck, paused, free_bytes > 0, total_bytes > free_bytes, oldest_unsent IS NOT NULL"
    assert kept(province, columns)[0] == ("qt-thu-01", 2, 0, 1, 1, 1)
    with sender(command) as station:
        assert heartbeat.content(station, "a" * 16, None).keys() == SAID


def test_what_is_wrong_is_told_by_a_code(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with sender(command) as station:
        monkeypatch.setattr("station.storage.disk_space.LITTLE", 2**60)
        content = heartbeat.content(station, "a" * 16, "deliver to province: mistake")
        assert content["health"] == ["fault-loop", "disk-little"]
        assert "catalogue" in heartbeat.content(station, "a" * 16, "catalogue: catalogue-locked")["health"][0]
        Heartbeat.model_validate(content)


def test_dead_line_is_no_trouble_of_the_daemon(command: Command, province: Province) -> None:
    province.stop()
    with sender(command) as station:
        service = HeartbeatService(station, line_of(station), lambda: None)
        assert 0 < service.turn() <= 60
        assert heartbeat.send(station, line_of(station), "a" * 16, None) is not None


def test_mistake_of_ours_in_a_heartbeat_ends_no_daemon(command: Command) -> None:
    def mistaken() -> str:
        raise ZeroDivisionError

    with sender(command) as station:
        assert HeartbeatService(station, line_of(station), mistaken).turn() > 0


def test_heartbeat_goes_once_in_its_time_whatever_news_there_is(command: Command, province: Province) -> None:
    with sender(command) as station:
        service = HeartbeatService(station, line_of(station), lambda: None)
        for _ in range(3):
            service.turn()
    assert len(kept(province)) == 1


def test_station_that_takes_another_ones_name_is_refused_and_noted(province: Province, tmp_path: Path) -> None:
    liar = of_station(tmp_path, province, "two")
    with sender(liar) as station:
        said = heartbeat.send(station, line_of(station), "a" * 16, None)
        assert said is not None
        assert said.code == "tus-token-refused"
    assert kept(province) == []
    assert kept(province, "station, owner, count", "refusal") == [("qt-thu-01", "qt-thu-02", 1)]


def test_token_that_was_taken_out_of_the_file_opens_nothing_any_more(province: Province) -> None:
    assert post(province, told()) == 204
    file = province.folder / "station-tokens"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("qt-thu-01")))
    assert post(province, told()) == 401
    file.write_text("half a line")
    assert post(province, told(station="qt-thu-02"), "two") == 204, "what cannot be read leaves what was read before"


@pytest.mark.parametrize(
    "more",
    [
        {"station": "<script>"},
        {"station": "qt-thu-01\n"},
        {"run": "'; DROP TABLE heartbeat; --"},
        {"version": "=cmd|' /C calc'!A0"},
        {"at": "soon"},
        {"at": "9999-12-31T23:59:59-12:00"},
        {"at": "2026-03-02T08:00:00"},
        {"free_bytes": -1},
        {"waiting": 2**80},
        {"health": ["<b>"]},
        {"health": ["a"] * 21},
        {"format": 0},
    ],
)
def test_what_is_no_heartbeat_is_refused_and_nothing_kept(province: Province, more: dict[str, Any]) -> None:
    assert post(province, told(**more)) == 400
    assert kept(province) == []


def test_newer_station_is_heard_by_what_is_understood_of_it(province: Province) -> None:
    assert post(province, told(format=2, person="Nguyễn Văn Thử", fans=3)) == 204
    assert "Nguyễn" not in str(kept(province))


def test_clock_of_1970_or_2061_is_kept_beside_the_time_at_which_it_was_heard(province: Province) -> None:
    assert post(province, told(at="1970-01-01T00:00:09+00:00")) == 204
    assert post(province, told(at="2061-03-02T08:00:00+07:00", run="b" * 16)) == 204
    moments = kept(province, "at, received_at")
    assert [at[:4] for at, _ in moments] == ["1970", "2061"]
    assert {received[:2] for _, received in moments} == {"20"}


def test_history_of_a_station_ends_somewhere_and_a_quick_one_takes_its_own_place(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "KEPT", 3)
    monkeypatch.setattr(heartbeats, "MOST_STATIONS", 2)
    store, waiting = heartbeats_of(backing), heartbeats.COLUMNS.index("waiting")

    def numbers(station: str) -> list[int]:
        rows = [row[1:] for row in HeartbeatsRead(backing.receipts).after(0)]
        return [row[waiting] for row in rows if row[0] == station]

    for number in range(5):
        assert store.keep(Heartbeat.model_validate(told(waiting=number)), NOW + timedelta(minutes=15 * number))
    assert store.keep(Heartbeat.model_validate(told(station="qt-thu-02")), NOW)
    assert not store.keep(Heartbeat.model_validate(told(station="qt-thu-03")), NOW)
    assert numbers("qt-thu-01") == [2, 3, 4]
    store.keep(Heartbeat.model_validate(told(waiting=9)), NOW + timedelta(minutes=60, seconds=5))
    assert numbers("qt-thu-01") == [2, 3, 9]
    store.keep(Heartbeat.model_validate(told(waiting=7, run="b" * 16)), NOW + timedelta(minutes=60, seconds=6))
    assert numbers("qt-thu-01") == [3, 9, 7], "of two programs with one name each is heard"


def test_refusals_are_counted_and_the_oldest_end_somewhere(backing: Backing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "KEPT_REFUSALS", 2)
    store = heartbeats_of(backing)
    for number, station in enumerate(("qt-thu-01", "qt-thu-02", "qt-thu-01", "qt-thu-03")):
        store.refuse(station, "qt-thu-09", NOW + timedelta(minutes=number))
    refusals = HeartbeatsRead(backing.receipts).refusals()
    assert sorted(tuple(row[:3]) for row in refusals) == [("qt-thu-01", "qt-thu-09", 2), ("qt-thu-03", "qt-thu-09", 1)]


def test_heartbeat_that_takes_anothers_place_has_a_number_of_its_own(backing: Backing) -> None:
    """By its number the roll-up knows what it has read."""
    store, read = heartbeats_of(backing), HeartbeatsRead(backing.receipts)
    store.keep(Heartbeat.model_validate(told()), NOW)
    (_, first) = read.numbers()
    store.keep(Heartbeat.model_validate(told(waiting=5)), NOW + timedelta(seconds=5))
    assert [row[1 + heartbeats.COLUMNS.index("waiting")] for row in read.after(first)] == [5]


def test_receipts_are_answered_with_a_stations_own_token(province: Province) -> None:
    url = f"{province.destination().receipts}/{'0' * 64}"
    assert requests.get(url, headers={"Authorization": "Bearer two"}, timeout=PATIENCE).status_code == 404
    assert requests.get(url, headers={"Authorization": "Bearer three"}, timeout=PATIENCE).status_code == 401


@pytest.mark.parametrize("line", ["qt-thu-01", "qt-thu-01 secret", "<b> " + "0" * 64, f"a {'0' * 64}\nb {'0' * 64}"])
def test_file_of_tokens_that_cannot_be_meant_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# the stations\n{line}\n")
    words = ("receive", "--spool", tmp_path / "spool", "--store", tmp_path / "store", "--station-tokens", file)
    assert "[receive-tokens]" in Command(tmp_path).run(*words, exit_status=1).stderr


def test_nobody_is_known_where_there_is_no_token() -> None:
    assert Tokens().owner("") == ""


def test_upload_under_another_ones_name_does_not_pass_the_web_server(tmp_path: Path) -> None:
    if Kind.NGINX.missing:
        pytest.skip(Kind.NGINX.missing)
    tokens = {"qt-thu-01": "one", "qt-thu-02": "two"}
    province = Province(tmp_path / "province", Kind.NGINX, station_tokens=tokens)
    province.start()
    try:
        for token, state in (("two", "stuck"), ("one", "receipted")):
            (folder := tmp_path / token).mkdir()
            command = of_station(folder, province, token)
            queue_files(command, b"a package")
            command.run("queue", "run", exit_status=int(state == "stuck"))
            (told,) = command.json("queue", "list")
            assert told["state"] == state, told
        assert kept(province, "station, owner", "refusal") == [("qt-thu-01", "qt-thu-02")]
        assert len(province.rows()) == 1
    finally:
        province.stop()
