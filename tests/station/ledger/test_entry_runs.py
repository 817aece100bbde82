"""A run is made of what was surely read and raises no doubt; what is accepted is compared with what stands there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import EntryRevision, Event
from station.domain.finding_codes import FindingCode
from station.domain.states import PageState, ScanPurpose, ValueSource
from station.errors import Refused
from station.ledger import entry_runs, ledgers, page_order, pages
from station.ledger.entries import Act
from station.ledger.entry_runs import OpenRow, RunAnswer, RunRow
from station.reading.fields import PageReading
from station.undo import acts
from tests.station.opened_station import WHO, OpenedStation
from tests.station.pages_read import read, reading

LIN = "Lin"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of six pages, of which nothing was read yet."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 6)
    return name


def form(number: int, day: str | None = None, **more: Any) -> PageReading:
    """A page on which entry ``number`` was surely read; its date grows with it."""
    return reading(number=str(number), date=day or f"2007-02-{number:02}", **more)


def read_all(desk: OpenedStation, ledger: str, **other: PageReading) -> None:
    """Let entries 1 to 6 be read on the six pages, but for ``other``."""
    read(desk, ledger, **{f"p{one:03}": form(one) for one in range(1, 7)} | other)


def run(desk: OpenedStation, ledger: str, label: str | None = None, *, behind: bool = False) -> list[RunRow]:
    return entry_runs.next_run(desk.station, ledger, label, behind=behind)


def labels(desk: OpenedStation, ledger: str) -> list[str]:
    return [row.label for row in run(desk, ledger)]


def answer(row: RunRow, **typed: Any) -> RunAnswer:
    said = RunAnswer(row.label, row.image, row.number, row.date, ValueSource.READ)
    return replace(said, **typed, source=ValueSource.TYPED) if typed else said


def accept(desk: OpenedStation, ledger: str, *answers: RunAnswer, who: str = WHO) -> list[OpenRow]:
    return entry_runs.accept(desk.station, Act(ledger, who), answers)


def stored(desk: OpenedStation) -> list[tuple[str, str]]:
    return desk.rows("SELECT number, date FROM entry WHERE living ORDER BY number")


def test_run_is_what_was_surely_read_in_the_order_of_the_pages(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    rows = run(desk, ledger)
    assert [(row.label, row.number, row.date) for row in rows] == [
        (f"{one:03}", f"{one:03}", f"{one:02}/02/2007") for one in range(1, 7)
    ]
    assert len({row.number_place for row in rows} | {row.date_place for row in rows}) == 12


def test_without_a_reading_there_is_no_run(desk: OpenedStation, ledger: str) -> None:
    assert run(desk, ledger) == []


def test_run_has_no_more_rows_than_are_seen_at_once(desk: OpenedStation) -> None:
    name = desk.ledger()
    desk.lay(name, 14)
    read(desk, name, **{f"p{one:03}": form(one) for one in range(1, 15)})
    assert [row.label for row in run(desk, name)] == [f"{one:03}" for one in range(1, 11)]
    assert [row.label for row in run(desk, name, "010", behind=True)] == ["011", "012", "013", "014"]
    assert [row.label for row in run(desk, name, "014")] == ["014"]


@pytest.mark.parametrize(
    "third",
    [
        form(3, likely=("date",)),
        form(3, "1997-02-03"),
        form(3, "2007-02-01"),  # before the entry before
        reading(number="3"),
        reading(date="2007-02-03"),
        replace(form(3), ruled=True),
        PageReading((*form(3).fields, *form(3).fields)),
        form(99),  # further than there are pages
        form(2),  # the number before once more
    ],
    ids=[
        "date-likely",
        "other-year",
        "earlier",
        "no-date",
        "no-number",
        "ruled",
        "two",
        "far",
        "again",
    ],
)
def test_what_is_doubtful_is_no_part_of_a_run(desk: OpenedStation, ledger: str, third: PageReading) -> None:
    read_all(desk, ledger, p003=third)
    rows = labels(desk, ledger)
    assert "003" not in rows
    assert {"001", "004", "005", "006"} <= set(rows)


def test_number_that_is_given_already_is_no_part_of_a_run(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    desk.entry(ledger, "006", "2", "2007-02-20")
    assert "002" not in labels(desk, ledger)


def test_page_that_is_asked_about_is_no_part_of_a_run_until_it_was_answered(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    with desk.station.catalogue.writing() as session:
        own = ledgers.find(session, ledger)
        third = pages.by_label(session, own.id, "003")
        pages.add_finding(session, third.capture, FindingCode.WRONG_LEDGER, found_by="station")
    assert labels(desk, ledger) == ["001", "002", "004", "005", "006"]


def test_entry_that_may_go_on_behind_its_page_is_done_by_itself(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p001=form(1), p003=form(2), p004=form(3), p006=form(4))
    assert labels(desk, ledger) == ["003", "006"]
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.BLANK)
    read(desk, ledger, p005=reading(type="KH", empty=True))
    assert labels(desk, ledger) == ["001", "003", "004", "006"]


def test_run_is_stored_in_one_act_with_the_source_of_each_row(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    first, second, third, *_ = run(desk, ledger)
    assert accept(desk, ledger, answer(first), answer(second, date="9/2/2007"), answer(third, date="10/2/2007")) == []
    assert stored(desk) == [("001", "2007-02-01"), ("002", "2007-02-09"), ("003", "2007-02-10")]
    sources = desk.all(select(EntryRevision.source).order_by(EntryRevision.number))
    assert sources == ["read", "typed", "typed"]
    assert len(desk.all(select(Event.id).where(Event.what == "entry-set"))) == 1
    assert [row.label for row in run(desk, ledger)] == []  # the dates read come before the one typed


def test_undo_takes_back_the_whole_run(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    accept(desk, ledger, *map(answer, run(desk, ledger)))
    (past,) = acts.of_person(desk.station, ledger, who=WHO)
    assert (past.message.code, past.message.facts["numbers"], past.label) == ("did-run", "001, …, 006", "001")
    acts.take_back(desk.station, Act(ledger, WHO, "nhầm"))
    assert stored(desk) == []
    assert len(run(desk, ledger)) == 6


def test_page_that_somebody_named_meanwhile_is_told_and_the_others_are_stored(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    rows = run(desk, ledger)
    desk.entry(ledger, "002", "2", "2007-02-03")
    desk.entry(ledger, "004", "4", "2007-02-04")
    (left,) = accept(desk, ledger, *map(answer, rows), who=LIN)
    assert (left.label, left.why.code) == ("002", "run-page-taken")
    assert [number for number, _ in stored(desk)] == [f"{one:03}" for one in range(1, 7)]
    assert desk.all(select(EntryRevision.who).where(EntryRevision.number == "004")) == [WHO], (
        "as it was said: no mistake"
    )


def test_page_that_was_set_aside_or_scanned_again_meanwhile_is_told(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    rows = run(desk, ledger)
    page_order.set_pages_aside(desk.station, Act(ledger, WHO, "nhầm sổ"), "002")
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="003")
    pages.change(desk.station, ledger, "004", who=WHO, state=PageState.BLANK)
    left = accept(desk, ledger, *map(answer, rows))
    assert [(row.label, row.why.code) for row in left] == [
        ("002", "page-unknown"),
        ("003", "run-page-changed"),
        ("004", "page-holds-none"),
    ]
    assert [number for number, _ in stored(desk)] == ["001", "005", "006"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"number": "x"}, "number-malformed"),
        ({"number": "2a"}, "suffix-without-reason"),
        ({"number": "1"}, "entry-exists"),
        ({"number": "90"}, "doubt-number-far"),
        ({"date": "31/2/2007"}, "date-not-in-calendar"),
        ({"date": "2/2/1997"}, "date-outside"),
        ({"date": "31/1/2007"}, "doubt-date-before"),
    ],
)
def test_row_typed_wrongly_is_told_and_the_others_are_stored(
    desk: OpenedStation, ledger: str, typed: dict[str, str], code: str
) -> None:
    read_all(desk, ledger)
    first, second, third, *_ = run(desk, ledger)
    (left,) = accept(desk, ledger, answer(first), answer(second, **typed), answer(third))
    assert (left.label, left.why.code) == ("002", code)
    assert [number for number, _ in stored(desk)] == ["001", "003"]


def test_run_of_a_ledger_that_is_unknown_is_refused(desk: OpenedStation) -> None:
    with pytest.raises(Refused):
        run(desk, "KH.1990.01")


def test_run_that_was_accepted_in_part_says_which_numbers_it_left_out(desk: OpenedStation, ledger: str) -> None:
    read_all(desk, ledger)
    rows = run(desk, ledger)
    accept(desk, ledger, *(answer(row) for row in rows if int(row.number) != 2))
    (past,) = acts.of_person(desk.station, ledger, who=WHO)
    assert past.message.sentence("vi") == "Đã lưu cùng lúc các trường hợp số 001, …, 006 (trừ 002)."
