"""Number and date of the next entry as they were read, in the order of those around; a person's word comes first."""

from __future__ import annotations

import pytest

from station.ledger import entry_defaults, ledgers, pages
from station.ledger.entry_defaults import EntryProposal
from station.reading.fields import Field, FieldKind, Grade, PageReading
from tests.station.opened_station import OpenedStation
from tests.station.pages_read import read, reading


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of six pages."""
    name = desk.ledger()
    desk.lay(name, 6)
    return name


def row(kind: FieldKind, text: str, down: int, grade: Grade = Grade.SURE, **also: float) -> Field:
    """A value in its row, with what else may stand there."""
    alone = {text: 0.0, **{name.removeprefix("n"): agreement for name, agreement in also.items()}}
    return Field(kind, text, 0.995, grade, (2, down, 8, down + 4), alone)


def form(number: str, day: str = "2007-02-04", grade: Grade = Grade.SURE, **also: float) -> PageReading:
    return PageReading.sorted_out([row(FieldKind.NUMBER, number, 2, grade, **also), *reading(date=day).fields])


def proposed(desk: OpenedStation, ledger: str, label: str) -> EntryProposal:
    with desk.station.catalogue.reading() as session:
        own = ledgers.find(session, ledger)
        return entry_defaults.propose(session, own, pages.by_label(session, own.id, label))


def number(desk: OpenedStation, ledger: str, label: str) -> tuple[str, Grade]:
    proposal = proposed(desk, ledger, label)
    return proposal.number, proposal.number_grade


def test_without_a_reading_the_register_runs_on(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "7", "2007-01-15")
    proposal = proposed(desk, ledger, "002")
    assert (proposal.number, proposal.date, proposal.source) == ("008", "/1/2007", None)


def test_number_and_date_that_were_read_stand_in_the_form(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p001=form("11"), p002=form("12", "2007-02-05"))
    proposal = proposed(desk, ledger, "001")
    assert (proposal.number, proposal.number_grade) == ("011", Grade.SURE)
    assert (proposal.date, proposal.date_grade, proposal.source) == ("04/02/2007", Grade.SURE, "read")
    assert proposal.numbers[2007] == "011"


def test_what_was_entered_before_decides_between_two_readings(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p002=form("17", grade=Grade.NONE, n11=-0.7))
    assert number(desk, ledger, "002") == ("001", Grade.NONE), "alone it is nothing to tell"
    desk.entry(ledger, "001", "10", "2007-01-15")
    assert number(desk, ledger, "002") == ("011", Grade.SURE)


def test_leaf_that_was_left_out_is_not_hidden_by_the_number_expected(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "10", "2007-01-15")
    read(desk, ledger, p002=form("13"), p003=form("14"), p004=form("15"))
    assert number(desk, ledger, "002") == ("013", Grade.SURE)


def test_odd_number_that_nothing_bears_out_is_proposed_only(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "10", "2007-01-15")
    read(desk, ledger, p002=form("90"), p003=form("12"), p004=form("13"))
    assert number(desk, ledger, "002") == ("090", Grade.LIKELY)


def test_ruled_page_gives_one_row_after_the_other_and_the_day_in_its_month(desk: OpenedStation, ledger: str) -> None:
    rows = [row(FieldKind.NUMBER, str(41 + one), 4 * one) for one in range(4)]
    days = [row(FieldKind.DATE, day, 4 * one) for one, day in enumerate(("3", "3", "25", "2"))]
    read(desk, ledger, p001=PageReading.sorted_out([*rows, *days], ruled=True))
    first = proposed(desk, ledger, "001")
    assert (first.number, first.date_grade) == ("041", Grade.NONE), "of the month nobody said anything"
    desk.entry(ledger, "001", "41", "2007-03-03")
    desk.entry(ledger, "001", "42", "2007-03-03")
    third = proposed(desk, ledger, "001")
    assert (third.number, third.number_grade) == ("043", Grade.SURE)
    assert (third.date, third.date_grade) == ("25/03/2007", Grade.LIKELY)
    desk.entry(ledger, "001", "43", "2007-03-25")
    assert proposed(desk, ledger, "001").date == "/3/2007", "the month has changed, and nobody knows to which"


@pytest.mark.parametrize(
    ("day", "date", "grade"),
    [
        ("2007-01-10", "10/01/2007", Grade.LIKELY),  # before the entry before
        ("1997-02-04", "/1/2007", Grade.NONE),  # of no year of this ledger
    ],
)
def test_date_that_cannot_be_is_not_sure(desk: OpenedStation, ledger: str, day: str, date: str, grade: Grade) -> None:
    desk.entry(ledger, "001", "10", "2007-01-15")
    read(desk, ledger, p002=form("11", day))
    proposal = proposed(desk, ledger, "002")
    assert (proposal.date, proposal.date_grade) == (date, grade)
