"""What the roll-up says of all stations, held against what was sent, counted by hand."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from station.errors import StorageFailed
from station.ledger import ledgers
from station.province import overview, rollup, rollup_tables
from station.province.overview import DOUBTS, Overview
from station.province.rollup import Row
from station.receiver.receipts import LEDGER
from station.receiver.stores.folder import FolderStore
from tests.station.opened_station import OpenedStation
from tests.station.province.received import BESIDE, HERE, NOW, OTHER, STATION, TODAY, Received, manifest, report
from tests.stations import sha256

LIST = f"""Mã xã;Xã;Huyện cũ;Tỉnh;Số trường hợp;Mã trạm
{HERE};Xã Thử Nghiệm;Huyện Ví Dụ;Tỉnh Mẫu;20;{STATION}
{BESIDE};Xã Bên Cạnh;Huyện Ví Dụ;Tỉnh Mẫu;1.000;{OTHER}
"""
#: No query may need more than standard SQL: Spark and Trino know none of these.
NOT_STANDARD = re.compile(
    r"\b(QUALIFY|PIVOT|EXCLUDE|ASOF|STRUCT|UNNEST|LIST|DATE_DIFF|STRPTIME|ARG_MAX|LIMIT)\b|::|\[", re.I
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks sees what there is now."""
    monkeypatch.setattr(rollup, "FRESH", 0.0)


def seen(received: Received, communes: str | None = None, **more: Any) -> Overview:
    with received.rollup(communes, **more).tables(now=NOW) as tables:
        return overview.of_province(tables)


def doubts(received: Received, communes: str | None = None) -> dict[str, list[Row]]:
    with received.rollup(communes).tables(now=NOW) as tables:
        return overview.doubts(tables)


def rows(received: Received, query: str, *values: str, **more: Any) -> list[Row]:
    with received.rollup(**more).tables(now=NOW) as tables:
        return tables.rows(query, *values)


def test_real_packages_of_a_real_station_are_counted(desk: OpenedStation, received: Received) -> None:
    store = FolderStore(received.store)
    for number in (1, 2):
        made = desk.package(desk.whole(f"KH.2007.{number:02d}", count=3, closing_pages=3, closing_entries=3))
        for file in made.files:
            with file.open("rb") as source:
                store.keep(sha256(file), source)
            own = desk.station.settings.station.id
            received.receipt(sha256(file), file.stat().st_size, file.name, own, NOW)
    whole = seen(received).totals
    assert (whole["ledgers"], whole["arrived"], whole["total"]) == (2, 6, 6)
    told = rows(received, "ledgers", HERE)
    assert [(one["ledger"], one["entries"], one["is_whole"], one["totals"]) for one in told] == [
        ("KH.2007.01", 3, True, "met"),
        ("KH.2007.02", 3, True, "met"),
    ]
    assert set(doubts(received)) == {"entry_twice"}, "both books have the numbers 1 to 3 of 2007"


def test_progress_goes_by_communes_districts_and_classes(received: Received) -> None:
    received.package(manifest(numbers=[str(number) for number in range(1, 11)]))
    received.package(manifest(OTHER, BESIDE, numbers=("1",)))
    overall = seen(received, LIST)
    assert [(one.row["commune"], one.row["done"], one.row["total"], one.percent) for one in overall.communes] == [
        ("Xã Bên Cạnh", 1, 1000, 0),
        ("Xã Thử Nghiệm", 10, 20, 50),
    ]
    (district,) = overall.districts
    assert (district.row["district"], district.row["done"], district.row["total"]) == ("Huyện Ví Dụ", 11, 1020)
    assert [(grade.sentence("en"), count) for grade, count in overall.classes if grade] == [
        ("from 50 %", 1),
        ("under 10 %", 1),
    ]
    assert (overall.progress.done, overall.progress.percent) == (11, 1)


def test_commune_is_done_only_when_all_of_it_is_here(received: Received) -> None:
    received.package(manifest(numbers=[str(number) for number in range(1, 21)]))
    assert [grade.sentence("en") for grade, _ in seen(received, LIST.replace("1.000", "")).classes if grade] == ["done"]
    received.day(report(places={HERE: {"total": 20, "named": 20, "unstated": 1}}))
    grades = seen(received).classes
    assert [grade.sentence("en") for grade, _ in grades if grade] == ["from 50 %"], "a ledger still states no total"


def test_highest_revision_holds_also_where_an_old_one_comes_again_later(received: Received) -> None:
    received.package(manifest(revision=2, numbers=("1", "2")), NOW - timedelta(hours=2))
    received.package(manifest(revision=1, numbers=("1", "2", "3", "4")), NOW)
    assert [one["number"] for one in rows(received, "entries", HERE, "KH.2007.01")] == ["1", "2"]
    assert [one["revision"] for one in rows(received, "revisions", HERE, "KH.2007.01")] == [1, 2], "nothing is lost"


def test_entries_count_when_their_archive_is_here(received: Received) -> None:
    told = manifest()
    received.take(told, "manifest.json")
    assert seen(received).totals["arrived"] == 0
    assert [one["ledger"] for one in doubts(received)["archive_missing"]] == ["KH.2007.01"]
    received.package(told)
    assert seen(received).totals["arrived"] == 3
    assert "archive_missing" not in doubts(received)


def test_ledger_that_two_stations_delivered_is_told_and_counts_once(received: Received) -> None:
    received.package(manifest())
    received.package(manifest(OTHER, numbers=("1", "2", "3", "4")))
    assert seen(received).totals["arrived"] == 4
    (told,) = doubts(received)["ledger_of_two_stations"]
    assert (told["ledger"], told["station"], told["entries"], told["other_station"], told["other_entries"]) == (
        *("KH.2007.01", STATION, 3),
        *(OTHER, 4),
    )


def came(state: str, revision: int = 1, **more: str) -> dict[str, Any]:
    """What a manifest says of a hand-over by the first station."""
    return {"hand_overs": [{"from": STATION, "code": "0" * 16, "state": state, "revision": revision, **more}]}


def test_ledger_that_was_handed_over_is_no_doubt_and_counts_where_it_goes_on(received: Received) -> None:
    received.package(manifest(partial=True, numbers=("1", "2")))
    received.package(manifest(OTHER, revision=2, numbers=("1", "2", "3"), **came("taken")))
    assert "ledger_of_two_stations" not in doubts(received)
    whole = seen(received)
    assert (whole.totals["arrived"], whole.totals["total"], whole.totals["ledgers"]) == (3, 3, 1)


def test_station_that_delivers_what_it_handed_over_is_told_with_its_reason(received: Received) -> None:
    """A catalogue that was put back, or a ledger that was taken back though it had arrived: later packages say so."""
    received.package(manifest(revision=2, numbers=("1", "2"), **came("cancelled", reason="=<b>mất USB</b>")))
    received.package(manifest(OTHER, revision=2, numbers=("1", "2", "3"), **came("taken")))
    (told,) = doubts(received)["ledger_of_two_stations"]
    assert (told["station"], told["other_station"], told["taken_back"]) == (STATION, OTHER, "=<b>mất USB</b>")


def test_entry_that_stands_in_two_ledgers_is_told(received: Received) -> None:
    received.package(manifest(numbers=("1", "2", "3")))
    received.package(manifest(OTHER, ledger="KH.2007.02", numbers=("3", "4")))
    received.package(manifest(ledger="KS.2007.01", numbers=("1", "2")))
    received.package(manifest(place=BESIDE, ledger="KH.2007.03", numbers=("1", "2")))
    told = doubts(received)["entry_twice"]
    assert [(one["ledger"], one["other_ledger"], one["entries"], one["example"]) for one in told] == [
        ("KH.2007.01", "KH.2007.02", 1, "3")
    ]


def test_book_that_is_registered_in_two_communes_is_told(received: Received) -> None:
    many = [str(number) for number in range(1, 9)]
    received.package(manifest(numbers=many))
    received.package(manifest(OTHER, BESIDE, numbers=many))
    (told,) = doubts(received)["ledger_of_two_communes"]
    assert (told["place"], told["other_place"], told["entries"]) == (HERE, BESIDE, 8)


def test_totals_that_differ_are_told_at_the_ledger_and_at_the_station(received: Received) -> None:
    received.package(manifest(expected=5))
    received.day(report(places={HERE: {"total": 5, "named": 5, "delivered": 5}}))
    told = doubts(received)
    assert [(one["entries_expected"], one["entries"]) for one in told["totals_differ"]] == [(5, 3)]
    assert [(one["delivered"], one["arrived"]) for one in told["delivered_differ"]] == [(5, 3)]


def test_two_contents_of_one_revision_are_told_and_both_kept(received: Received) -> None:
    received.package(manifest(numbers=("1", "2")))
    received.package(manifest(numbers=("1", "3"), software="tramquet 0.2.1"))
    assert [one["manifests"] for one in doubts(received)["revision_twice"]] == [2]
    assert len(rows(received, "revisions", HERE, "KH.2007.01")) == 2


def test_two_machines_with_one_id_are_told_and_a_restart_is_none(received: Received) -> None:
    for ago, run in ((5, "a" * 16), (4, "b" * 16), (3, "b" * 16), (2, "c" * 16)):
        received.heard(run=run, ago=ago)
    assert "two_machines" not in doubts(received)
    received.heard(run="b" * 16, ago=1)
    assert [one["station"] for one in doubts(received)["two_machines"]] == [STATION]


def test_clock_that_is_off_is_told(received: Received) -> None:
    received.heard(at=NOW - timedelta(minutes=4))
    assert "clock_off" not in doubts(received)
    received.heard(OTHER, at=datetime(2061, 3, 2, tzinfo=NOW.tzinfo))
    assert [one["station"] for one in doubts(received)["clock_off"]] == [OTHER]


@pytest.mark.parametrize("day", [date(2061, 3, 2), date(1970, 1, 1)])
def test_report_of_an_impossible_day_is_told_and_not_counted(received: Received, day: date) -> None:
    received.day(report(places={HERE: {"total": 10, "named": 3}}))
    received.day(report(day=day, places={HERE: {"total": 99, "named": 99, "today": 99}}), NOW + timedelta(minutes=1))
    assert seen(received, done="named").totals["done"] == 3
    assert [one["report_day"] for one in doubts(received)["day_impossible"]] == [day]


def test_manifest_of_another_version_is_told_and_stays_in_the_store(received: Received) -> None:
    hashes = [received.package(manifest(format=number)) for number in (0, 2)]
    hashes += [received.take(b"{" * 100_000, "manifest.json"), received.take({"format": 1}, "manifest.json")]
    hashes += [received.take({"day": "2026-03-02"}, "bao-cao_x_2026-03-02_r1.json")]
    received.receipt("f" * 64, 2**40, "manifest.json", STATION, NOW)
    received.receipt("e" * 64, 3, "manifest.json", STATION, NOW)
    reasons = {one["sha256"]: one["reason"] for one in doubts(received)["unread"]}
    assert [reasons[one] for one in hashes] == ["manifest-older", "manifest-newer", *["not-understood"] * 3]
    assert (reasons["f" * 64], reasons["e" * 64]) == ("too-large", "not-in-store")
    assert all((received.store / one[:2] / one).exists() for one in hashes)


def test_file_under_another_stations_name_is_told(received: Received) -> None:
    told = manifest()
    received.take(told, "manifest.json", station=OTHER)
    assert [(one["sender"], one["station"]) for one in doubts(received)["other_name"]] == [(OTHER, STATION)]


def test_station_is_silent_after_its_hours_or_when_it_never_spoke(received: Received) -> None:
    received.heard(ago=23)
    received.heard("qt-la-09", ago=25)
    told = rows(received, "stations", communes=LIST)
    assert {one["station"]: one["is_silent"] for one in told} == {STATION: False, OTHER: True, "qt-la-09": True}
    assert [one["station"] for one in doubts(received, LIST)["not_listed"]] == ["qt-la-09"]


def test_forecast_goes_by_the_last_whole_days(received: Received) -> None:
    for back in range(1, 8):
        day = TODAY - timedelta(days=back)
        received.day(report(day=day, places={HERE: {"total": 170, "named": 100, "today": 10}}))
    progress = seen(received, done="named").progress
    assert (progress.done, progress.total, progress.forecast.pace) == (100, 170, 10.0)
    assert progress.forecast.earliest == progress.forecast.latest == TODAY + timedelta(days=7)
    assert list(progress.daily.values())[-2:] == [10, 0]


def test_newer_revision_of_a_day_takes_the_place_of_the_older(received: Received) -> None:
    yesterday = TODAY - timedelta(days=1)
    received.day(report(day=yesterday, places={HERE: {"today": 10}}))
    received.day(report(day=yesterday, revision=2, places={HERE: {"today": 7}}))
    assert list(seen(received, done="named").progress.daily.values())[-2:] == [7, 0]


def test_names_of_people_do_not_come_into_the_rollup(received: Received) -> None:
    received.package(manifest())
    received.day(report())
    seen(received)
    assert b"Nguy" not in (received.folder / "rollup" / rollup_tables.FILE).read_bytes()


def test_who_closed_a_ledger_with_a_reason_is_known_and_nobody_else(received: Received) -> None:
    received.package(manifest("a", ledger="KH.2006.01", closed={"by": "Lê Thị Lan", "reason": "trang 4 bị dính"}))
    received.package(manifest("a", ledger="KH.2007.01", totals="unstated", expected=None, closed=None))
    long = {"by": "L" * 300, "reason": "dính " * 1000}
    received.package(manifest("a", ledger="KH.2008.01", closed=long))
    older = manifest("a", ledger="KH.2009.01")
    assert "closed" not in older
    received.package(older)
    told = rows(received, "ledgers", HERE)
    assert [(one["closed_by"], one["closed_reason"], one["totals"]) for one in told] == [
        ("Lê Thị Lan", "trang 4 bị dính", "met"),
        (None, None, "unstated"),
        (long["by"][:200], long["reason"][:1000], "met"),
        (None, None, "met"),
    ]
    assert [one["closed_by"] for one in rows(received, "revisions", HERE, "KH.2006.01")] == ["Lê Thị Lan"]
    received.package(manifest("a", ledger="KH.2006.01", revision=2, closed=None))
    assert rows(received, "ledgers", HERE)[0]["closed_reason"] is None, "it was completed since"


def test_ledger_that_a_station_closed_with_a_reason_says_so_here(desk: OpenedStation, received: Received) -> None:
    name = desk.ledger()
    desk.lay(name, 3)
    desk.entry(name, "001", "1", "2007-01-15")
    ledgers.close(desk.station, name, who="Lê Thị Lan", reason="trang 4 bị dính")
    store = FolderStore(received.store)
    for file in desk.package(name).files:
        with file.open("rb") as source:
            store.keep(sha256(file), source)
        received.receipt(sha256(file), file.stat().st_size, file.name, desk.station.settings.station.id, NOW)
    (told,) = rows(received, "ledgers", HERE)
    assert (told["closed_by"], told["closed_reason"]) == ("Lê Thị Lan", "trang 4 bị dính")
    assert (told["totals"], told["is_partial"]) == ("unstated", False)


def test_names_that_would_break_sql_are_names(received: Received) -> None:
    evil = "'); DROP TABLE receipt; --"
    received.package(manifest(place="1", **{}) | {"place": {"code": "1", "commune": evil}})
    received.take({}, evil, station=evil)
    assert [one.row["commune"] for one in seen(received).communes] == [evil]
    assert rows(received, "ledgers", evil) == []
    assert seen(received).totals["arrived"] == 3


def test_what_came_since_is_there_the_next_time_and_nothing_twice(received: Received) -> None:
    received.package(manifest())
    received.heard(ago=1)
    assert seen(received).totals["arrived"] == seen(received).totals["arrived"] == 3
    received.package(manifest(ledger="KH.2008.01"))
    received.heard()
    assert seen(received).totals["arrived"] == 6
    assert len(rows(received, "stations")) == 1


def test_damaged_rollup_is_made_anew(received: Received) -> None:
    received.package(manifest())
    seen(received)
    file = received.folder / "rollup" / rollup_tables.FILE
    file.write_bytes(b"\0" * file.stat().st_size)
    assert seen(received).totals["arrived"] == 3


def test_rollup_of_another_shape_is_made_anew(received: Received) -> None:
    received.package(manifest())
    seen(received)
    with rollup_tables.open_tables(received.folder / "rollup") as connection:
        connection.execute("UPDATE shape SET sha256 = 'older'")
    assert seen(received).totals["arrived"] == 3


def test_receipts_that_were_put_back_from_a_backup_are_what_counts(received: Received) -> None:
    received.package(manifest())
    received.package(manifest(ledger="KH.2008.01"))
    assert seen(received).totals["arrived"] == 6
    with contextlib.closing(sqlite3.connect(received.store / LEDGER)) as ledger, ledger:
        ledger.execute("DELETE FROM receipt WHERE rowid > 2")
    assert seen(received).totals["arrived"] == 3


def test_trouble_of_who_looks_is_not_told_as_the_rollups(received: Received) -> None:
    with pytest.raises(BrokenPipeError), received.rollup().tables(now=NOW):
        raise BrokenPipeError


def test_rollup_that_another_program_holds_is_left_to_it(received: Received) -> None:
    received.package(manifest())
    seen(received)
    file = received.folder / "rollup" / rollup_tables.FILE
    program = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    line = [sys.executable, "-c", program, str(file)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        before = file.stat().st_ino
        with pytest.raises(StorageFailed, match="lock"):
            seen(received)
        assert file.stat().st_ino == before
        other.communicate("\n")
    assert seen(received).totals["arrived"] == 3


def test_rollup_that_cannot_be_written_is_told(received: Received) -> None:
    (received.folder / "rollup").write_text("a file where a folder should be")
    with pytest.raises(StorageFailed, match="roll-up"):
        seen(received)


def test_store_without_receipts_is_told(received: Received) -> None:
    (received.store / LEDGER).unlink()
    with pytest.raises(StorageFailed, match="receipts"):
        seen(received)


@pytest.mark.parametrize(
    "query", sorted(Path(rollup_tables.__file__).with_name("sql").glob("*.sql")), ids=lambda file: file.stem
)
def test_query_is_plain_standard_sql(query: Path) -> None:
    text = re.sub(r"--.*", "", query.read_text(encoding="utf-8"))
    assert not NOT_STANDARD.search(text)


def test_every_doubt_has_its_query_and_every_such_query_is_asked() -> None:
    files = Path(rollup_tables.__file__).with_name("sql").glob("doubt_*.sql")
    assert {file.stem.removeprefix("doubt_") for file in files} == set(DOUBTS)
