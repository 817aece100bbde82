"""A new version goes on when the stations that have it are well, and stops with their names where one is not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from station.errors import Refused
from station.province import overview, rollout, settings
from station.province.repository import Repository
from station.province.rollout import Rollout, Standing
from station.province.rollup import Rollup
from station.province.stages import Stage
from tests.station.province.received import NOW, Received

OLD, NEW = "0.2.0", "0.3.0"
STAGES = {"qt-01": Stage.FIRST, "qt-02": Stage.FIRST, "qt-03": Stage.HALF, "qt-04": Stage.ALL}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """What it offers is what lies in its folders: the new version to the first tenth, the old one to all."""
    repository = Repository(tmp_path / "repository", tmp_path / "no-key")
    for suite, version in (("bookworm-all", OLD), ("trixie-first", OLD), ("bookworm-first", NEW)):
        (repository.folder / suite).mkdir(parents=True)
        (repository.folder / suite / f"tramquet_{version}+deb12_amd64.deb").touch()
    return repository


def looked_at(received: Received, repository: Repository, hours: float = 4.0) -> Rollout:
    with received.rollup().tables(now=NOW) as tables:
        found = rollout.under_way(tables, repository=repository, stages=STAGES, proven_hours=hours)
    assert found is not None
    return found


def heard(
    received: Received, station: str, version: str = NEW, since: float = 6.0, ago: float = 0.5, **more: Any
) -> None:
    """Have words of a station with that version, from so many hours ago until then."""
    for hours in (since, ago):
        received.heard(station, ago=hours, version=version, **more)


def standings(found: Rollout) -> dict[str, Standing]:
    return {one.station: one.standing for one in found.stations}


def test_version_with_which_all_of_the_first_tenth_are_well_goes_on(received: Received, repository: Repository) -> None:
    for station in ("qt-01", "qt-02"):
        heard(received, station, health=("disk-little",))
    found = looked_at(received, repository)
    assert (found.version, found.stage, found.well) == (NEW, Stage.FIRST, 2)
    assert rollout.next_stage(found) is Stage.HALF
    assert "2 stations are well with it, 0 not. It may go on" in found.summary().sentence("en")


@pytest.mark.parametrize(
    ("version", "since", "ago", "health", "standing"),
    [
        (NEW, 60, 30, (), Standing.SILENT),
        (OLD, 60, 30, (), Standing.SILENT),
        (NEW, 6, 0, ("fault-loop",), Standing.UNWELL),
        (NEW, 6, 3, (), Standing.UNPROVEN),
        (OLD, 6, 0, (), Standing.WAITING),
    ],
)
def test_one_station_that_is_not_well_with_it_stops_it_by_its_name(
    received: Received,
    repository: Repository,
    version: str,
    since: float,
    ago: float,
    health: tuple[str, ...],
    standing: Standing,
) -> None:
    heard(received, "qt-01")
    heard(received, "qt-02", version, since, ago, health=health)
    found = looked_at(received, repository)
    assert standings(found) == {"qt-01": Standing.WELL, "qt-02": standing}
    with pytest.raises(Refused) as refused:
        rollout.next_stage(found)
    assert refused.value.code == "release-held"
    for language in ("en", "vi"):
        said = refused.value.sentence(language)
        assert "qt-02: " in said
        assert "qt-01" not in said
    assert "It stops here" in found.summary().sentence("en")


def test_station_that_was_never_heard_is_silent(received: Received, repository: Repository) -> None:
    heard(received, "qt-01")
    assert standings(looked_at(received, repository))["qt-02"] is Standing.SILENT


def test_upgrade_that_broke_every_station_goes_no_further_whoever_is_left_out(
    received: Received, repository: Repository
) -> None:
    for station in ("qt-01", "qt-02"):
        heard(received, station, OLD, 40, 30)
    with pytest.raises(Refused) as refused:
        rollout.next_stage(looked_at(received, repository), ("qt-01", "qt-02"))
    assert refused.value.code == "release-nowhere-well"


def test_station_that_is_known_to_be_off_holds_up_nothing(received: Received, repository: Repository) -> None:
    heard(received, "qt-01")
    found = looked_at(received, repository)
    assert rollout.next_stage(found, ("qt-02",)) is Stage.HALF
    with pytest.raises(Refused, match="qt-04"):
        rollout.next_stage(found, ("qt-02", "qt-04"))


def test_each_stage_asks_for_all_stations_until_then(received: Received, repository: Repository) -> None:
    for station in STAGES:
        heard(received, station, OLD if station == "qt-04" else NEW)
    (repository.folder / "bookworm-half").mkdir()
    (repository.folder / "bookworm-half" / f"tramquet_{NEW}+deb12_amd64.deb").touch()
    found = looked_at(received, repository)
    assert (found.stage, list(standings(found))) == (Stage.HALF, ["qt-01", "qt-02", "qt-03"])
    assert rollout.next_stage(found) is Stage.ALL
    (repository.folder / "bookworm-all" / f"tramquet_{NEW}+deb12_amd64.deb").touch()
    everywhere = looked_at(received, repository)
    assert (everywhere.well, everywhere.summary().code) == (3, "release-state-end")
    with pytest.raises(Refused) as refused:
        rollout.next_stage(everywhere)
    assert refused.value.code == "release-everywhere"


def test_sheet_without_a_station_of_the_first_stage_is_told() -> None:
    with pytest.raises(Refused, match="Đợt"):
        rollout.next_stage(Rollout(NEW, Stage.FIRST, ()))


def test_station_of_another_version_than_the_repository_offers_is_doubtful(
    received: Received, repository: Repository
) -> None:
    for station, version in (("qt-01", NEW), ("qt-02", OLD), ("qt-03", "0.1.0"), ("qt-04", "0.1.0")):
        received.heard(station, version=version)
    file = received.settings()
    more = f'[release]\nrepository = "{repository.folder}"\naddress = "https://tinh.example/apt"\nsigning = "gnupg"\n'
    file.write_text(file.read_text() + more)
    with Rollup(settings.load(file)).tables(now=NOW) as tables:
        found = overview.doubts(tables)["version_off"]
    assert [(row["station"], row["expected"]) for row in found] == [("qt-03", OLD), ("qt-04", OLD)]


def test_without_a_repository_the_commonest_version_is_the_one_that_should_run(received: Received) -> None:
    for station, version in (("qt-01", NEW), ("qt-02", NEW), ("qt-03", OLD)):
        received.heard(station, version=version)
    with received.rollup().tables(now=NOW + timedelta(minutes=1)) as tables:
        assert [row["station"] for row in overview.doubts(tables)["version_off"]] == ["qt-03"]
        shown = {row["station"]: row["expected"] for row in tables.rows("stations")}
    assert shown == {"qt-01": None, "qt-02": None, "qt-03": NEW}
