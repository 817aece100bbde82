"""A ledger that was handed over stands still: nobody goes on with it here, until a person takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, HandOver
from station.delivery import queue as delivery_queue
from station.domain.checks import CheckVerdict
from station.domain.states import PackageKind, PageState
from station.errors import Refused, StorageFailed
from station.handover import handing_over
from station.ledger import (
    closing_totals,
    entries,
    ledger_data,
    ledger_paper,
    ledgers,
    page_checks,
    page_order,
    pages,
    practice,
    responsibility,
)
from station.ledger.entries import Act
from station.packaging import manifest
from station.reports import plan
from station.review import questions
from station.rows import entry_rows
from station.scanning import folder_intake, page_transfer
from station.undo import acts
from station.upkeep import backup, verify
from station.views import history, listings
from tests.station.handover.two_stations import give, write
from tests.station.opened_station import WHO, OpenedStation
from tests.stations import hashes


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def elsewhere(desk: OpenedStation, book: str) -> str | None:
    notice = listings.ledger_head(desk.station, book).elsewhere
    return notice.code if notice else None


def test_nothing_is_done_in_a_ledger_that_goes_on_elsewhere(desk: OpenedStation, book: str) -> None:
    desk.ledger("KH.2007.02")
    desk.lay("KH.2007.02")
    station, act = desk.station, Act(book, WHO, "thử")
    upload = folder_intake.of_ledger(station, book).id
    attempts: dict[str, Callable[[], object]] = {
        "files": lambda: folder_intake.choose(station, upload, book, who=WHO),
        "state": lambda: pages.change(station, book, "003", who=WHO, state=PageState.BLANK),
        "turn": lambda: pages.change(station, book, "003", who=WHO, rotate=90),
        "order": lambda: page_order.move(station, book, "001", "003", who=WHO),
        "aside": lambda: page_order.set_pages_aside(station, act, "003"),
        "out": lambda: page_transfer.move(station, act, "003", "KH.2007.02"),
        "in": lambda: page_transfer.move(station, Act("KH.2007.02", WHO), "001", book),
        "number": lambda: desk.entry(book, "003", "2", "2007-01-16"),
        "remove": lambda: entries.remove(station, act, "1", None),
        "row": lambda: entry_rows.set_values(station, act, "1", None, {"chongHoTen": "Một"}),
        "check": lambda: page_checks.judge(station, act, "003", CheckVerdict.RIGHT),
        "totals": lambda: closing_totals.state(station, book, pages=3, entries=1, who=WHO),
        "paper": lambda: ledger_paper.declare(station, book, "A3", who=WHO),
        "person": lambda: responsibility.give(station, book, None, who=WHO),
        "correct": lambda: ledger_data.correct(station, book, who=WHO, last_year=2009),
        "close": lambda: ledgers.close(station, book, who=WHO, reason="thử"),
        "reopen": lambda: ledgers.reopen(station, book, who=WHO),
        "undo": lambda: acts.take_back(station, act),
        "package": lambda: desk.package(book),
        "masters": lambda: desk.package(book, PackageKind.MASTERS),
    }
    desk.by_hand("UPDATE ledger SET responsible = ?", WHO)
    handing_over.begin(station, book, who=WHO)
    stands, rows = hashes(desk.data / "ledgers"), listings.page_rows(station, book)
    said = {name: refusal(attempt) for name, attempt in attempts.items()}
    assert said == dict.fromkeys(said, "ledger-handed-over")
    assert (hashes(desk.data / "ledgers"), listings.page_rows(station, book)) == (stands, rows)


def test_ledger_that_was_given_is_told_and_no_work_waits_in_it(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    asked = "SELECT id, 'blur', 'station', '2026-01-15T08:30:00+00:00' FROM capture LIMIT 1"
    desk.by_hand(f"INSERT INTO finding (capture_id, code, found_by, found_at) {asked}")
    assert questions.rows(desk.station, None, "vi")
    departure = give(desk, book, tmp_path / "book.zip")
    assert desk.state(book) == "handed-over"
    assert elsewhere(desk, book) == "hand-over-given"
    assert desk.one(select(HandOver.code)) == departure.code
    assert questions.rows(desk.station, None, "vi") == []
    now = plan.of_station(desk.station)
    assert (now.waits, now.to_do) == ([], [])
    told = [line.words.code for line in history.of_ledger(desk.station, book, 1, 50).rows]
    assert told[:2] == ["past-ledger-handed-over", "past-hand-over-begun"]
    assert verify.verify(desk.station) == []


def test_what_is_under_way_is_finished_first(desk: OpenedStation, book: str) -> None:
    def going(ledger: str = book) -> str:
        return refusal(lambda: handing_over.begin(desk.station, ledger, who=WHO))

    with desk.session(book):
        assert going() == "ledger-scanned-now"
    desk.by_hand("UPDATE session SET fed = 9")
    assert going() == "hand-over-sheets-wait"
    desk.by_hand("UPDATE session SET fed = NULL")
    upload = folder_intake.of_ledger(desk.station, book).path
    upload.mkdir(parents=True)
    (upload / "page.jpg").write_bytes(b"x")
    assert going() == "hand-over-sheets-wait"
    (upload / "page.jpg").unlink()
    desk.package(book)
    assert going() == "hand-over-package", "it has not arrived"
    assert going(desk.ledger("KH.2007.02")) == "hand-over-empty"
    assert going(practice.start(desk.station, who=WHO)) == "practice-stays"
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    assert handing_over.begin(desk.station, book, who=WHO).is_new


def test_delivered_ledger_stays(delivered: OpenedStation) -> None:
    assert refusal(lambda: handing_over.begin(delivered.station, "KH.2007.01", who=WHO)) == "hand-over-delivered"


def test_file_that_cannot_be_written_lets_the_ledger_stay(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    """A page that is gone or changed is not handed over as if it were there."""
    (page,) = desk.data.rglob("KH.2007.01.002.jpg")
    content = page.read_bytes()
    for code, damage in (("file-changed", lambda: page.write_bytes(b"x")), ("file-missing", page.unlink)):
        damage()
        departure = handing_over.begin(desk.station, book, who=WHO)
        with pytest.raises(StorageFailed) as failed:
            write(desk, departure, tmp_path / f"{code}.zip")
        assert failed.value.code == code
        handing_over.withdraw(desk.station, departure, who=WHO)
        assert (desk.state(book), elsewhere(desk, book)) == ("scanning", None)
    page.write_bytes(content)
    assert desk.lay(book) == ["004"]
    assert verify.verify(desk.station) == []


def test_hand_over_that_was_cut_off_goes_on_by_its_code(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    first = handing_over.begin(desk.station, book, who=WHO)
    assert elsewhere(desk, book) == "hand-over-cut-off"
    again = handing_over.begin(desk.station, book, who=WHO)
    assert (again.code, again.is_new) == (first.code, False)
    write(desk, again, tmp_path / "book.zip")
    assert elsewhere(desk, book) == "hand-over-cut-off", "its file has no name yet"
    handing_over.complete(desk.station, book, who=WHO)
    handing_over.withdraw(desk.station, first, who=WHO)
    assert elsewhere(desk, book) == "hand-over-given", "what was given is not withdrawn"
    assert give(desk, book, tmp_path / "second.zip").code == first.code, "a stick may be lost"


def test_only_a_whole_file_of_this_hand_over_counts(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    departure = handing_over.begin(desk.station, book, who=WHO)
    write(desk, departure, tmp_path / "book.zip")
    handing_over.take_back(desk.station, book, reason="thử", who=WHO)
    handing_over.begin(desk.station, book, who=WHO)
    with (tmp_path / "book.zip").open("rb") as old:
        assert refusal(lambda: handing_over.prove(desk.station, book, old)) == "hand-over-other-file"


def test_ledger_that_is_taken_back_goes_on_and_every_package_tells_why(
    desk: OpenedStation, book: str, tmp_path: Path
) -> None:
    departure = give(desk, book, tmp_path / "book.zip")
    back = handing_over.take_back
    assert refusal(lambda: back(desk.station, book, reason=" ", who=WHO)) == "hand-over-no-reason"
    assert back(desk.station, book, reason="mất\nUSB", who=WHO) == "19429:KH.2007.01"
    assert refusal(lambda: back(desk.station, book, reason="thử", who=WHO)) == "hand-over-not-given"
    assert (desk.state(book), desk.lay(book)) == ("scanning", ["004"])
    made = desk.package(book)
    told = json.loads(next(file for file in made.files if file.name == manifest.NAME).read_text(encoding="utf-8"))
    own = {"from": "qt-thu-01", "code": departure.code, "state": "cancelled", "revision": 0, "reason": "mất USB"}
    assert told["hand_overs"] == [own]
    assert desk.one(select(Event.facts).where(Event.what == "hand-over-cancelled"))["reason"] == "mất USB"
    assert verify.verify(desk.station) == []


def test_packaged_ledger_that_is_taken_back_is_due_again(desk: OpenedStation, tmp_path: Path) -> None:
    book = desk.whole()
    desk.by_hand("DELETE FROM delivery")
    assert desk.package(book).revision == 1
    desk.by_hand("DELETE FROM delivery")  # a station without a destination
    give(desk, book, tmp_path / "book.zip")
    assert desk.one(select(HandOver.revision)) == 1
    handing_over.take_back(desk.station, book, reason="thử", who=WHO)
    assert desk.state(book) == "indexed"
    assert desk.package(book).revision == 2


def test_one_saves_files_at_a_time(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    departure = handing_over.begin(desk.station, book, who=WHO)
    with backup.exclusive_upkeep(desk.station):
        assert refusal(lambda: write(desk, departure, tmp_path / "book.zip")) == "upkeep-busy"
