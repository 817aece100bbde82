"""Gaps are found while the book is still on the table: each kind, by itself, and none where all is there."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from station.catalogue.models import Closing
from station.domain.states import PageState
from station.ledger import entries, pages
from station.ledger.entries import Act
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation


def gaps(desk: OpenedStation, ledger: str) -> list[str]:
    return [gap.code for gap in listings.gaps(desk.station, ledger)]


def test_ledger_without_a_page_is_not_whole(desk: OpenedStation) -> None:
    assert gaps(desk, desk.ledger()) == ["gap-no-pages"]


def test_ledger_with_every_page_and_entry_has_no_gap(desk: OpenedStation) -> None:
    assert gaps(desk, desk.whole(closing_pages=3, closing_entries=3)) == []


@pytest.mark.parametrize("stated", [2, 4])
def test_pages_are_counted_against_the_closing_page(desk: OpenedStation, stated: int) -> None:
    ledger = desk.ledger(closing_pages=stated)
    for number, label in enumerate(desk.lay(ledger, 3), start=1):
        desk.entry(ledger, label, str(number), "2007")
    (gap,) = listings.gaps(desk.station, ledger)
    assert gap.code == "gap-pages"
    assert str(stated) in gap.sentence("vi")
    assert "3" in gap.sentence("vi")


def test_covers_are_not_among_the_pages_that_the_closing_page_counts(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=1)
    desk.lay(ledger, 3)
    desk.entry(ledger, "002", "1", "2007")
    for cover in ("001", "003"):
        pages.change(desk.station, ledger, cover, who=WHO, state=PageState.COVER)
    assert gaps(desk, ledger) == []


def test_blank_pages_are_counted(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=2)
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "2007")
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.BLANK)
    assert gaps(desk, ledger) == []


def test_unsorted_pages_are_named_and_many_are_counted(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 10)
    (gap,) = listings.gaps(desk.station, ledger)
    assert gap.code == "gap-unsorted"
    assert "001, 002, 003, 004, 005, 006, 007, 008 (+2)" in gap.sentence("vi")


def test_entry_page_without_an_entry_is_named(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "2007")
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.ENTRY)
    (gap,) = listings.gaps(desk.station, ledger)
    assert gap.code == "gap-no-entry"
    assert "002" in gap.sentence("vi")


@pytest.mark.parametrize("stated", [1, 3])
def test_entries_are_counted_against_the_closing_page(desk: OpenedStation, stated: int) -> None:
    ledger = desk.ledger(closing_entries=stated)
    desk.lay(ledger, 2)
    for number, label in enumerate(("001", "002"), start=1):
        desk.entry(ledger, label, str(number), "2007")
    assert gaps(desk, ledger) == ["gap-entries"]


def test_missing_numbers_are_named_by_year(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2008)
    desk.lay(ledger)
    for number, date in (("5", "2007"), ("8", "2007"), ("1", "2008"), ("2", "2008")):
        desk.entry(ledger, "001", number, date)
    (gap,) = listings.gaps(desk.station, ledger)
    assert gap.code == "gap-numbers"
    assert "006, 007" in gap.sentence("vi")
    assert "2007" in gap.sentence("vi")


def test_many_gaps_are_counted_and_the_first_ones_told_year_by_year(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2008)
    desk.lay(ledger)
    for number in range(1, 40, 3):
        desk.entry(ledger, "001", str(number), "2007")
    desk.entry(ledger, "001", "4a", "2007", suffix_reason="hai lần số 4")
    for other in ("7", "9"):
        desk.entry(ledger, "001", other, "2008")
    told = [(gap.facts["year"], gap.facts["count"], gap.facts["labels"]) for gap in listings.gaps(desk.station, ledger)]
    assert told == [(2007, 24, "002, 003, 005, 006, 008, 009, 011, 012 (+16)"), (2008, 1, "008")]


def test_number_that_stands_twice_on_paper_leaves_no_gap(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    desk.entry(ledger, "001", "1", "2007")
    desk.entry(ledger, "001", "2a", "2007", suffix_reason="hai lần số 2")
    desk.entry(ledger, "001", "3", "2007")
    assert gaps(desk, ledger) == []


def test_closings_of_several_years_are_added_up(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2008, closing_pages=2, closing_entries=1)
    desk.lay(ledger, 5)
    with desk.station.catalogue.writing() as session:
        session.add(Closing(ledger_id=desk.ledger_id(ledger), year=2007, pages=3, entries=None))
    row = listings.ledger_row(desk.station, ledger)
    assert (row.pages_expected, row.entries_expected) == (5, 1)
    with desk.station.catalogue.writing() as session:
        session.execute(update(Closing).values(pages=None, entries=None))
    row = listings.ledger_row(desk.station, ledger)
    assert (row.pages_expected, row.entries_expected) == (None, None)


def test_number_of_an_entry_that_was_removed_is_a_gap(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    for number, label in enumerate(desk.lay(ledger, 3), start=1):
        desk.entry(ledger, label, str(number), "2007")
    entries.remove(desk.station, Act(ledger, WHO, "nhầm"), "2", None)
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.BLANK)
    (gap,) = listings.gaps(desk.station, ledger)
    assert (gap.code, gap.facts["labels"]) == ("gap-numbers", "002")
    desk.entry(ledger, "003", "2", "2007")  # two entries on one page
    assert gaps(desk, ledger) == []


def test_removed_entry_is_none_of_those_that_the_closing_page_counts(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_entries=2)
    for number, label in enumerate(desk.lay(ledger, 3), start=1):
        desk.entry(ledger, label, str(number), "2007")
    assert gaps(desk, ledger) == ["gap-entries"]
    entries.remove(desk.station, Act(ledger, WHO, "nhầm"), "3", None)
    pages.change(desk.station, ledger, "003", who=WHO, state=PageState.BLANK)
    assert gaps(desk, ledger) == []


def test_numbers_run_from_the_first_that_was_given(desk: OpenedStation) -> None:
    """A second book of a year goes on where the first one ended."""
    ledger = desk.ledger()
    for number, label in enumerate(desk.lay(ledger, 2), start=151):
        desk.entry(ledger, label, str(number), "2007")
    assert gaps(desk, ledger) == []


def test_number_of_another_year_fills_no_gap(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2008)
    desk.lay(ledger, 3)
    for label, number, date in (("001", "1", "2007"), ("002", "3", "2007"), ("003", "2", "2008")):
        desk.entry(ledger, label, number, date)
    (gap,) = listings.gaps(desk.station, ledger)
    assert (gap.code, gap.facts["year"], gap.facts["labels"]) == ("gap-numbers", 2007, "002")
