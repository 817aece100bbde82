"""Before an entry is stored, what is often a slip of the finger is asked; what runs on is not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Entry
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.ledger import entry_doubts, pages
from station.ledger.entry_doubts import Printed
from tests.station.opened_station import WHO, OpenedStation


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Four pages, of which the second has number 12 of 20 January 2007 and is page 8."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 4)
    desk.entry(name, "002", "12", "2007-01-20")
    pages.give_number(desk.station, name, "002", "8", who=WHO)
    return name


def asked(desk: OpenedStation, ledger: str, label: str, number: str, date: str, **more: object) -> list[str]:
    said = entry_doubts.doubts(
        desk.station,
        ledger,
        label,
        EntryNumber.parse(number),
        PartialDate.parse(date),
        **more,  # type: ignore[arg-type]
    )
    return [doubt.code for doubt in said]


@pytest.mark.parametrize(
    ("number", "date", "told"),
    [
        ("13", "2007-01-20", []),
        ("13", "2007-02-01", []),
        ("12a", "2007-01-21", []),
        ("16", "2007-02-01", []),
        ("17", "2007-02-01", ["doubt-number-far"]),
        ("11", "2007-02-01", ["doubt-number-below"]),
        ("13", "2007-01-19", ["doubt-month-kept"]),
        ("13", "2006-12-31", ["doubt-date-before"]),
        ("13", "2007-01", []),
        ("13", "2007", []),
        ("13", "unknown", []),
        ("1", "2008-01-02", []),
        ("11", "2007-01-02", ["doubt-number-below", "doubt-month-kept"]),
    ],
)
def test_what_goes_back_or_leaps_is_asked(
    desk: OpenedStation, ledger: str, number: str, date: str, told: list[str]
) -> None:
    assert asked(desk, ledger, "003", number, date) == told


def test_only_entries_of_pages_before_are_compared(desk: OpenedStation, ledger: str) -> None:
    assert asked(desk, ledger, "001", "1", "2007-01-01") == []


def test_correction_is_compared_with_the_pages_before_and_asks_nothing_of_what_stays(
    desk: OpenedStation, ledger: str
) -> None:
    desk.entry(ledger, "003", "5", "2007-01-03")
    (mine,) = desk.all(select(Entry.id).where(Entry.number == "005"))
    assert asked(desk, ledger, "003", "5", "2007-01-03", entry_id=mine) == []
    assert asked(desk, ledger, "003", "6", "2007-01-03", entry_id=mine) == ["doubt-number-below", "doubt-month-kept"]
    assert asked(desk, ledger, "003", "13", "2007-01-23", entry_id=mine) == []


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("9", []),
        ("12", []),
        ("13", ["doubt-printed-far"]),
        ("8", ["doubt-printed-below"]),
        ("3", ["doubt-printed-below"]),
        ("8b", []),
    ],
)
def test_printed_number_that_goes_back_or_leaps_is_asked(
    desk: OpenedStation, ledger: str, printed: str, told: list[str]
) -> None:
    assert asked(desk, ledger, "003", "13", "2007-02-01", printed=Printed("003", printed)) == told


def test_printed_number_that_stands_already_is_not_asked_again(desk: OpenedStation, ledger: str) -> None:
    pages.give_number(desk.station, ledger, "003", "3", who=WHO)
    assert asked(desk, ledger, "003", "13", "2007-02-01", printed=Printed("003", "3")) == []
