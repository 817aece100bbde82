"""Entries in a real catalogue: numbers and dates change in every way people need, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from station.catalogue.models import Entry, EntryPage, EntryRevision, Event, Page
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState, ScanPurpose, ValueSource
from station.errors import Refused
from station.ledger import entries, ledgers, pages
from station.ledger.entries import Act
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of 2007 and 2008 with six pages."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 6)
    return name


def told(desk: OpenedStation, ledger: str) -> list[tuple[str, str, list[str]]]:
    return [(row.number, row.date, row.pages) for row in listings.entry_rows(desk.station, ledger)]


def states(desk: OpenedStation) -> list[str]:
    return desk.all(select(Page.state).order_by(Page.order))


def refusal(ledger: str, desk: OpenedStation, act: object, *arguments: object, **named: object) -> str:
    """The code an act is refused with; nothing in the catalogue may have changed by it."""
    before = told(desk, ledger), states(desk), desk.one(select(func.count(EntryRevision.id)))
    with pytest.raises(Refused) as refused:
        act(desk.station, Act(ledger, WHO), *arguments, **named)  # type: ignore[operator]
    assert (told(desk, ledger), states(desk), desk.one(select(func.count(EntryRevision.id)))) == before
    return refused.value.code


def test_known_number_takes_other_pages_and_the_old_ones_are_unsorted_again(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001-003", "1", "2007-01-15")
    desk.entry(ledger, "003,004", "001", "2007-01-16")
    assert told(desk, ledger) == [("001", "2007-01-16", ["003", "004"])]
    assert states(desk) == ["unsorted", "unsorted", "entry", "entry", "unsorted", "unsorted"]
    kept = desk.all(select(EntryRevision.pages).order_by(EntryRevision.revision))
    assert kept == [["001", "002", "003"], ["003", "004"]]


def test_pages_stand_in_the_order_they_were_said(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "003,001", "1", "2007")
    desk.entry(ledger, "001,003,002", "1", "2007")
    assert told(desk, ledger) == [("001", "2007", ["001", "003", "002"])]


def test_page_shared_by_two_entries_stays_an_entry_page_until_both_let_go(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001,002", "1", "2007")
    desk.entry(ledger, "002,003", "2", "2007")
    entries.remove(desk.station, Act(ledger, WHO), "1", None)
    assert states(desk)[:3] == ["unsorted", "entry", "entry"]
    entries.remove(desk.station, Act(ledger, WHO), "2", None)
    assert states(desk)[:3] == ["unsorted", "unsorted", "unsorted"]


def test_correction_page_stays_one_when_its_entry_goes(desk: OpenedStation, ledger: str) -> None:
    pages.change(desk.station, ledger, "001", who=WHO, state=PageState.CORRECTION)
    desk.entry(ledger, "001", "1", "2007")
    entries.remove(desk.station, Act(ledger, WHO), "1", None)
    assert states(desk)[0] == "correction"


def test_numbers_restart_in_each_year(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007-12-30")
    desk.entry(ledger, "002", "1", "2008-01-02")
    assert [row.name for row in listings.entry_rows(desk.station, ledger)] == [
        "KH.2007.01.2007-12-30.001",
        "KH.2007.01.2008-01-02.001",
    ]
    entries.change(desk.station, Act(ledger, WHO), "1", 2008, new_date=PartialDate.parse("2008-03"))
    assert told(desk, ledger) == [("001", "2007-12-30", ["001"]), ("001", "2008-03", ["002"])]


def test_swapping_two_numbers_leaves_dates_and_pages(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007-01-15")
    desk.entry(ledger, "002", "2", "2007-02")
    entries.swap(desk.station, Act(ledger, WHO, "nhầm số"), "1", "2", None)
    assert told(desk, ledger) == [("001", "2007-02", ["002"]), ("002", "2007-01-15", ["001"])]
    acts = desk.all(select(Event.what).where(Event.what == "entries-swapped"))
    assert len(acts) == 1, "a swap is one act"


def test_swapping_an_entry_with_itself_is_refused(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    assert refusal(ledger, desk, entries.swap, "1", "001", None) == "swap-same"


def test_swap_takes_the_reason_of_a_letter_along(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    desk.entry(ledger, "002", "1a", "2007", suffix_reason="hai lần số 1")
    entries.swap(desk.station, Act(ledger, WHO), "1", "1a", None)
    reasons = dict(
        zip(desk.all(select(Entry.number).order_by(Entry.id)), desk.all(select(Entry.suffix_reason)), strict=True)
    )
    assert reasons == {"001a": "hai lần số 1", "001": None}


@pytest.mark.parametrize("by", [1, -1, 30])
def test_fifty_numbers_shift_in_one_act(desk: OpenedStation, ledger: str, by: int) -> None:
    for number in range(2, 52):
        desk.entry(ledger, "001", str(number), f"2007-{number % 12 + 1:02d}")
    before = told(desk, ledger)
    revisions = desk.one(select(func.count(EntryRevision.id)))
    assert entries.shift(desk.station, Act(ledger, WHO), "2", "51", by, None) == 50
    assert told(desk, ledger) == [(f"{int(number) + by:03d}", date, pages) for number, date, pages in before]
    assert desk.one(select(func.count(EntryRevision.id))) == revisions + 50
    assert len(desk.all(select(Event.id).where(Event.what == "entries-shifted"))) == 1


def test_shift_onto_a_standing_number_is_refused_whole(desk: OpenedStation, ledger: str) -> None:
    for number in (1, 2, 3, 5):
        desk.entry(ledger, "001", str(number), "2007")
    assert refusal(ledger, desk, entries.shift, "1", "3", 2, None) == "entry-exists"
    assert refusal(ledger, desk, entries.shift, "1", "3", -1, None) == "shift-below-one"
    assert refusal(ledger, desk, entries.shift, "7", "9", 1, None) == "shift-nothing"
    with pytest.raises(Refused, match="from 007 to 010"):
        entries.shift(desk.station, Act(ledger, WHO), "7", "010", 1, None)


def test_removed_number_is_free_and_its_history_stays(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    entries.remove(desk.station, Act(ledger, WHO, "sai"), "1", None)
    desk.entry(ledger, "002", "1", "2007")
    assert told(desk, ledger) == [("001", "2007", ["002"])]
    history = desk.all(select(EntryRevision.living).order_by(EntryRevision.id))
    assert history == [True, False, True]
    assert desk.all(select(EntryRevision.pages).where(~EntryRevision.living)) == [["001"]]


def test_every_change_says_who_and_why(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    entries.change(desk.station, Act(ledger, "Bà Lan", "đọc nhầm"), "1", None, new_number="7")
    with desk.station.catalogue.reading() as session:
        first, second = session.scalars(select(EntryRevision).order_by(EntryRevision.revision))
        assert (first.number, second.number) == ("001", "007")
        assert (second.who, second.why) == ("Bà Lan", "đọc nhầm")
        assert second.at >= first.at


@pytest.mark.parametrize("date", ["2006-12-31", "2009", "2009-01-01"])
def test_date_outside_the_ledgers_years_is_refused(desk: OpenedStation, ledger: str, date: str) -> None:
    wanted = PartialDate.parse(date)
    assert refusal(ledger, desk, entries.set_entry, "001", "1", wanted) == "date-outside"
    desk.entry(ledger, "001", "1", "2007")
    assert refusal(ledger, desk, entries.change, "1", None, new_date=wanted) == "date-outside"


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ("009", "pages-unknown"),
        ("003-001", "pages-reversed"),
        ("001,,002", "pages-empty-item"),
        ("001,001", "pages-twice"),
    ],
)
def test_pages_that_are_not_there_are_refused(desk: OpenedStation, ledger: str, labels: str, code: str) -> None:
    assert refusal(ledger, desk, entries.set_entry, labels, "1", PartialDate.parse("2007")) == code


@pytest.mark.parametrize("state", [PageState.BLANK, PageState.COVER, PageState.CLOSING, PageState.MISSING])
def test_page_that_holds_no_entry_is_refused(desk: OpenedStation, ledger: str, state: PageState) -> None:
    pages.change(desk.station, ledger, "002", who=WHO, state=state)
    assert refusal(ledger, desk, entries.set_entry, "001-002", "1", PartialDate.parse("2007")) == "page-holds-none"


def test_key_that_another_entry_has_is_refused(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    desk.entry(ledger, "002", "2", "2007")
    desk.entry(ledger, "003", "1", "2008")
    assert refusal(ledger, desk, entries.change, "2", None, new_number="1") == "entry-exists"
    assert refusal(ledger, desk, entries.change, "1", 2008, new_date=PartialDate.parse("2007-05")) == "entry-exists"


def test_number_in_two_years_needs_the_year(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    desk.entry(ledger, "002", "1", "2008")
    desk.entry(ledger, "003", "2", "2008")
    assert refusal(ledger, desk, entries.remove, "1", None) == "entry-ambiguous"
    assert refusal(ledger, desk, entries.remove, "9", None) == "entry-unknown"
    assert refusal(ledger, desk, entries.remove, "2", 2007) == "entry-unknown"
    entries.remove(desk.station, Act(ledger, WHO), "2", None)


def test_letter_behind_a_number_needs_a_reason(desk: OpenedStation, ledger: str) -> None:
    assert refusal(ledger, desk, entries.set_entry, "001", "1a", PartialDate.parse("2007")) == "suffix-without-reason"
    desk.entry(ledger, "001", "1", "2007")
    assert refusal(ledger, desk, entries.change, "1", None, new_number="1a") == "suffix-without-reason"


def test_entry_of_a_retaken_page_keeps_its_page(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "002", "1", "2007")
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    assert told(desk, ledger) == [("001", "2007", ["002"])]
    assert desk.one(select(func.count(EntryPage.id))) == 1


def test_insert_between_the_pages_of_an_entry_moves_none_of_them(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "002-003", "1", "2007")
    desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="002")
    assert told(desk, ledger) == [("001", "2007", ["002", "003"])]
    desk.entry(ledger, "002-003", "1", "2007")
    assert told(desk, ledger) == [("001", "2007", ["002", "002a", "003"])]


def test_entry_in_a_closed_ledger_brings_it_back_to_indexed(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    assert desk.state(ledger) == "packaged"
    entries.change(desk.station, Act(ledger, WHO), "1", None, new_date=PartialDate.parse("2007-06"))
    assert desk.state(ledger) == "indexed"
    entries.remove(desk.station, Act(ledger, WHO), "1", None)
    assert desk.state(ledger) == "scanned"
    ledgers.reopen(desk.station, ledger, who=WHO)


def test_shift_to_zero_is_refused_whole(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "001", "1", "2007")
    before = listings.entry_rows(desk.station, ledger)
    with pytest.raises(Refused) as refused:
        entries.shift(desk.station, Act(ledger, WHO), "1", "2", -1, 2007)
    assert refused.value.code == "shift-below-one"
    assert listings.entry_rows(desk.station, ledger) == before


def test_every_revision_keeps_where_number_and_date_came_from(ledger: str, desk: OpenedStation) -> None:
    """A revision that leaves both as they are keeps the source; one that changes either has its own."""
    act = Act(ledger, WHO, source=ValueSource.READ)
    entries.add(desk.station, act, "001-002", "1", PartialDate.parse("2007-01-15"))
    assert [row.source for row in listings.entry_rows(desk.station, ledger)] == ["read"]
    desk.entry(ledger, "001", "1", "2007-01-15")
    assert [row.source for row in listings.entry_rows(desk.station, ledger)] == ["read"], "only its pages changed"
    entries.change(desk.station, Act(ledger, WHO), "1", None, new_number="2")
    assert [row.source for row in listings.entry_rows(desk.station, ledger)] == ["typed"]
    desk.by_hand("UPDATE entry_revision SET source = NULL")
    assert [row.source for row in listings.entry_rows(desk.station, ledger)] == [None], "of an earlier version"
