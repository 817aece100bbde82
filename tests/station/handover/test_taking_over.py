"""What one station handed over goes on at the other where it stood, and each name is used once in the end."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture
from station.delivery import queue as delivery_queue
from station.domain.report_columns import ReportColumn
from station.domain.states import PackageKind, ScanPurpose
from station.errors import Refused, StorageFailed
from station.ledger import ledgers
from station.ledger.entries import Act
from station.ledger.hand_over_markers import NAME
from station.reports import counts, days
from station.reports.days import Period
from station.storage import disk_space, durable
from station.undo import acts
from station.upkeep import master_retention, verify
from station.views import history, listings
from tests.station.handover.two_stations import OTHER, give, take
from tests.station.opened_station import WHO, OpenedStation, contents, opened_station
from tests.stations import hashes

LEDGER = "19429:KH.2007.01"


def labels(desk: OpenedStation, book: str) -> list[str]:
    return [row.seq for row in listings.page_rows(desk.station, book)]


def told(package: tuple[Path, ...]) -> dict[str, Any]:
    """What the manifest among a package's files says."""
    content: dict[str, Any] = json.loads(package[-1].read_text(encoding="utf-8"))
    return content


def test_six_pages_of_two_stations_have_six_names_and_one_package(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    departure = give(desk, book, tmp_path / "book.zip")
    arrival = take(other, tmp_path / "book.zip")
    assert (arrival.ledger, arrival.station, arrival.images, arrival.is_new) == (LEDGER, "qt-thu-01", 3, True)
    assert other.lay(book, 3) == ["004", "005", "006"]
    other.entry(book, "003-006", "2", "2007-01-16")
    ledgers.close(other.station, book, who=WHO)
    masters = other.package(book, PackageKind.MASTERS)
    pages = told(masters.files)["pages"]
    names = [page["name"] for page in pages]
    assert (len(names), len(set(names))) == (6, 6)
    assert [page["seq"] for page in pages] == labels(other, book) == [f"{number:03d}" for number in range(1, 7)]
    came = {"from": "qt-thu-01", "code": departure.code, "state": "taken", "revision": 0}
    assert told(other.package(book).files)["hand_overs"] == [came]
    at_both = [{row.file for row in listings.page_rows(one.station, book)} for one in (desk, other)]
    assert at_both[0] < at_both[1], "what the first one has, the other has under the same name"
    assert verify.verify(desk.station) == []
    assert verify.verify(other.station) == []


def test_taking_over_once_more_changes_nothing(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    departure = give(desk, book, tmp_path / "book.zip")
    give(desk, book, tmp_path / "again.zip")
    take(other, tmp_path / "book.zip")
    other.lay(book)
    before = contents(other.data)
    for name in ("book.zip", "again.zip"):
        arrival = take(other, tmp_path / name)
        assert (arrival.code, arrival.is_new) == (departure.code, False)
    assert contents(other.data) == before


def test_labels_that_were_ever_given_are_not_given_again(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    """Inserts, retakes and pages that were set aside have their labels there, too."""
    desk.lay(book, purpose=ScanPurpose.INSERT, anchor="001")
    desk.lay(book, purpose=ScanPurpose.RETAKE, anchor="002")
    give(desk, book, tmp_path / "book.zip")
    take(other, tmp_path / "book.zip")
    other.lay(book, purpose=ScanPurpose.INSERT, anchor="001")
    other.lay(book, purpose=ScanPurpose.RETAKE, anchor="002")
    files = [Path(file).name for file in other.all(select(Capture.file).order_by(Capture.counter))]
    assert files[3:] == [f"KH.2007.01.{name}.jpg" for name in ("001a", "002.r2", "001b", "002.r3")]
    assert verify.verify(other.station) == []


def test_revisions_of_packages_go_on_and_stand_on_those_before(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    first = desk.package(book)
    desk.package(book, PackageKind.MASTERS)
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    give(desk, book, tmp_path / "book.zip")
    take(other, tmp_path / "book.zip")
    assert verify.verify(other.station) == []
    second = other.package(book)
    assert (first.revision, second.revision) == (1, 2)
    came = told(second.files)
    assert came["supersedes"] == {"revision": 1, "manifest_sha256": durable.sha256_of(first.files[-1])}
    assert came["hand_overs"][0]["revision"] == 1
    assert verify.verify(other.station) == []


def test_masters_wait_for_the_receipts_of_the_station_that_has_them(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    """The other station's package of masters was received, and says nothing of what lies here."""
    ledgers.close(desk.station, book, who=WHO, reason="thử")
    desk.package(book, PackageKind.MASTERS)
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    give(desk, book, tmp_path / "book.zip")
    take(other, tmp_path / "book.zip")
    other.by_hand("UPDATE ledger SET state = 'delivered'")
    retention = other.station.settings.retention.model_copy(update={"masters_after_days": 0})
    other.station = replace(other.station, settings=other.station.settings.model_copy(update={"retention": retention}))
    (outcome,) = master_retention.free(other.station, who=WHO)
    assert (outcome.bytes, outcome.reason and outcome.reason.code) == (0, "retention-not-delivered")


def test_history_comes_along_and_nobody_takes_back_what_another_station_did(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    give(desk, book, tmp_path / "book.zip")
    take(other, tmp_path / "book.zip")
    told_there = [(one.station, one.words.code) for one in history.of_ledger(other.station, book, 1, 50).rows]
    assert told_there[:3] == [
        (None, "past-ledger-taken-over"),
        ("qt-thu-01", "past-hand-over-begun"),
        ("qt-thu-01", "did-entry-set"),
    ]
    parts = [history.of_ledger(other.station, book, number, 2).rows for number in (1, 2, 3)]
    assert [(one.station, one.words.code) for part in parts for one in part] == told_there
    assert [one.words.code for one in history.of_ledger(other.station, book, 1, 50, page="002").rows][-1:] == [
        "past-capture-accepted"
    ]
    assert acts.of_person(other.station, book, who=WHO) == []
    other.by_hand("UPDATE carried_line SET who = 'ai khác' WHERE position = 2")
    assert [one.code for one in verify.verify(other.station)] == ["verify-history"]


def test_each_station_reports_its_own_work(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    today = Period(days.today(), days.today())

    def scanned(one: OpenedStation) -> tuple[float, ...]:
        with one.station.catalogue.reading() as session:
            works = counts.scanned_and_named(session, today).values()
        figures = (ReportColumn.PAGES_SCANNED, ReportColumn.ENTRIES_NAMED)
        return tuple(sum(work.figures[figure] for work in works) for figure in figures)

    give(desk, book, tmp_path / "book.zip")
    take(other, tmp_path / "book.zip")
    other.lay(book)
    other.entry(book, "003-004", "2", "2007-01-16")
    assert (scanned(desk), scanned(other)) == ((3, 1), (1, 1))
    give(other, book, tmp_path / "back.zip")
    take(desk, tmp_path / "back.zip")
    assert (scanned(desk), scanned(other)) == ((3, 1), (1, 1)), "it came back, and nobody else's work with it"
    desk.lay(book, 2)
    desk.entry(book, "005", "3", "2007-01-17")
    assert (scanned(desk), scanned(other)) == ((5, 2), (1, 1))


def test_ledger_that_is_on_the_list_only_makes_room(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    give(desk, book, tmp_path / "book.zip")
    other.ledger(closing_pages=9)
    take(other, tmp_path / "book.zip")
    assert labels(other, book) == ["001", "002", "003"]
    assert verify.verify(other.station) == []


def test_ledger_with_pages_of_its_own_is_not_touched(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    give(desk, book, tmp_path / "book.zip")
    other.lay(other.ledger())
    before = contents(other.data / "ledgers"), other.one_row("SELECT max(id) FROM event")
    for one, code in ((other, "hand-over-ledger-here"), (desk, "hand-over-own")):
        with pytest.raises(Refused) as refused:
            take(one, tmp_path / "book.zip")
        assert refused.value.code == code
    assert (contents(other.data / "ledgers"), other.one_row("SELECT max(id) FROM event")) == before


def test_place_that_the_settings_do_not_know_is_told(desk: OpenedStation, other: OpenedStation, tmp_path: Path) -> None:
    book = desk.ledger(place="19430")
    desk.lay(book)
    give(desk, book, tmp_path / "book.zip")
    one_place = other.station.settings.model_copy(update={"places": other.station.settings.places[:1]})
    other.station = replace(other.station, settings=one_place)
    with pytest.raises(Refused) as refused:
        take(other, tmp_path / "book.zip")
    assert refused.value.code == "place-unknown"
    assert hashes(other.data / "ledgers") == {}


def test_disk_without_room_takes_nothing(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(desk, book, tmp_path / "book.zip")
    monkeypatch.setattr(disk_space, "free_bytes", lambda path: disk_space.RESERVE + 100)
    with pytest.raises(StorageFailed) as failed:
        take(other, tmp_path / "book.zip")
    assert failed.value.code == "backup-no-room"
    assert hashes(other.data / "ledgers") == {}


def test_foreign_file_under_a_page_s_name_is_not_replaced(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path
) -> None:
    give(desk, book, tmp_path / "book.zip")
    page = other.station.folders.ledger("19429", book) / "pages" / "KH.2007.01.002.jpg"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"mine")
    with pytest.raises(Refused) as refused:
        take(other, tmp_path / "book.zip")
    assert refused.value.code == "hand-over-other-bytes"
    assert [(file.name, file.read_bytes()) for file in page.parent.iterdir()] == [(page.name, b"mine")]


def test_ledger_may_go_on_to_a_third_station(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path, empty_data: Path
) -> None:
    give(desk, book, tmp_path / "book.zip")
    take(other, tmp_path / "book.zip")
    other.lay(book)
    give(other, book, tmp_path / "on.zip")
    shutil.copytree(empty_data, tmp_path / "third" / "data")
    with opened_station(tmp_path / "third", station="qt-thu-03") as third:
        assert take(third, tmp_path / "on.zip").images == 4
        assert third.lay(book) == ["005"]
        came = told(third.package(book).files)["hand_overs"]
        assert [(one["from"], one["state"]) for one in came] == [("qt-thu-01", "taken"), (OTHER, "taken")]
        stations = {one.station for one in history.of_ledger(third.station, book, 1, 50).rows}
        assert stations == {None, "qt-thu-01", OTHER}
        assert verify.verify(third.station) == []


def test_ledger_may_come_back(desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path) -> None:
    """What it left behind makes room for what comes; what was sent from here stays, with its receipts."""
    first = desk.package(book)
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    give(desk, book, tmp_path / "there.zip")
    take(other, tmp_path / "there.zip")
    other.lay(book)
    other.entry(book, "003-004", "2", "2007-01-16")
    other.package(book)
    assert {item.state for item in delivery_queue.run(other.station)} == {"receipted"}
    receipts = "SELECT receipt.sha256, name FROM receipt JOIN delivery ON delivery.id = delivery_id"
    receipts += " JOIN package_file ON package_file.id = file_id ORDER BY receipt.id"
    sent, masters = desk.rows(receipts), hashes(desk.data / "ledgers")
    give(other, book, tmp_path / "back.zip")
    arrival = take(desk, tmp_path / "back.zip")
    assert (arrival.images, arrival.is_new, desk.state(book)) == (4, True, "scanning")
    assert take(desk, tmp_path / "back.zip").is_new is False
    assert desk.rows(receipts) == sent
    after = hashes(desk.data / "ledgers")
    kept = {name: digest for name, digest in masters.items() if "/entries/" not in name and Path(name).name != NAME}
    assert {name: after[name] for name in kept} == kept
    assert verify.verify(desk.station) == []
    assert acts.of_person(desk.station, book, who=WHO) == []
    with pytest.raises(Refused):
        acts.take_back(desk.station, Act(book, WHO))
    assert desk.lay(book) == ["005"]
    again = desk.package(book)
    assert (first.revision, again.revision) == (1, 3)
    came = told(again.files)["hand_overs"]
    assert [(one["from"], one["state"], one["revision"]) for one in came] == [
        ("qt-thu-01", "taken", 1),
        (OTHER, "taken", 2),
    ]
    lines = [(one.station, one.words.code) for one in history.of_ledger(desk.station, book, 1, 99).rows]
    assert len(lines) == len([one for one in lines if one[0] in (None, OTHER)]), "its own lines are told once"
    assert verify.verify(desk.station) == []
    assert verify.verify(other.station) == []


class Killed(BaseException):
    """The program ends here."""


def test_whatever_is_cut_off_is_gone_on_with(
    desk: OpenedStation, other: OpenedStation, book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at each sync of a file or of a folder, one further each time; in the end the same command finishes it."""
    give(desk, book, tmp_path / "book.zip")
    sync, left = os.fsync, 0

    def cut(descriptor: int) -> None:
        nonlocal left
        if (left := left - 1) < 0:
            raise Killed
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", cut)
    cuts = 0
    while True:
        left = cuts
        try:
            arrival = take(other, tmp_path / "book.zip")
        except Killed:
            cuts += 1
            assert other.all(select(Capture.id)) == [], "nothing of it counts"
        else:
            break
    assert cuts >= 2, "there are syncs on the way"
    assert (arrival.images, labels(other, book)) == (3, ["001", "002", "003"])
    assert verify.verify(other.station) == []
