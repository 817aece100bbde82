"""Entries as somebody has them on the screen: added once, corrected whole, never over another person's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Entry, EntryRevision, Page
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import entries
from station.ledger.entries import Act, ShownEntry
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation

A_DAY = PartialDate.parse("2007-01-15")


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    name = desk.ledger(last_year=2008)
    desk.lay(name, 4)
    desk.entry(name, "001", "1", "2007-01-15")
    desk.entry(name, "002", "2", "2007-01-16")
    return name


def told(desk: OpenedStation, ledger: str) -> list[tuple[str, str, list[str]]]:
    rows = listings.entry_rows(desk.station, ledger)
    return [(row.number, row.date, row.pages) for row in rows]


def refused(change: Callable[..., Any], *words: Any) -> str:
    with pytest.raises(Refused) as caught:
        change(*words)
    return caught.value.code


def test_taken_number_is_refused_and_leaves_the_other_entry_its_pages(desk: OpenedStation, ledger: str) -> None:
    before = told(desk, ledger)
    assert refused(entries.add, desk.station, Act(ledger, WHO), "003", "2", A_DAY) == "entry-taken"
    assert told(desk, ledger) == before


def test_same_form_sent_twice_adds_one_entry(desk: OpenedStation, ledger: str) -> None:
    for _ in range(2):
        entries.add(desk.station, Act(ledger, WHO), "003-004", "3", A_DAY)
    assert told(desk, ledger)[-1] == ("003", "2007-01-15", ["003", "004"])
    assert len(desk.all(select(EntryRevision.id))) == 3


def test_number_date_and_pages_are_corrected_in_one_revision(desk: OpenedStation, ledger: str) -> None:
    wanted = PartialDate.parse("2008-02")
    entries.correct(desk.station, Act(ledger, WHO, "đọc nhầm"), ShownEntry(2, 1), "003-004", "7", wanted)
    assert told(desk, ledger)[-1] == ("007", "2008-02", ["003", "004"])
    assert desk.all(select(EntryRevision.why).where(EntryRevision.entry_id == 2))[-1] == "đọc nhầm"
    assert desk.one(select(Entry.revision).where(Entry.id == 2)) == 2
    assert desk.all(select(Page.state).order_by(Page.order)) == ["entry", "unsorted", "entry", "entry"]


def test_nothing_differs_and_there_is_no_revision(desk: OpenedStation, ledger: str) -> None:
    day = PartialDate.parse("2007-01-16")
    entries.correct(desk.station, Act(ledger, WHO), ShownEntry(2, 1), "002", "2", day)
    assert desk.one(select(Entry.revision).where(Entry.id == 2)) == 1


def test_whoever_comes_second_is_refused_and_the_first_correction_stays(desk: OpenedStation, ledger: str) -> None:
    entries.correct(desk.station, Act(ledger, WHO), ShownEntry(2, 1), "002", "5", A_DAY)
    before = told(desk, ledger)
    second = (desk.station, Act(ledger, "khác"), ShownEntry(2, 1))
    assert refused(entries.correct, *second, "002", "6", A_DAY) == "entry-changed-meanwhile"
    assert refused(entries.remove_shown, *second) == "entry-changed-meanwhile"
    assert told(desk, ledger) == before


def test_correction_to_a_number_that_is_taken_changes_nothing(desk: OpenedStation, ledger: str) -> None:
    before = told(desk, ledger)
    correction = (desk.station, Act(ledger, WHO), ShownEntry(2, 1), "003", "1", A_DAY)
    assert refused(entries.correct, *correction) == "entry-exists"
    assert told(desk, ledger) == before


def test_entry_removed_meanwhile_can_be_neither_corrected_nor_removed(desk: OpenedStation, ledger: str) -> None:
    entries.remove_shown(desk.station, Act(ledger, WHO), ShownEntry(2, 1))
    assert [number for number, _, _ in told(desk, ledger)] == ["001"]
    assert refused(entries.remove_shown, desk.station, Act(ledger, WHO), ShownEntry(2, 2)) == "entry-changed-meanwhile"


def test_entry_of_another_ledger_is_refused(desk: OpenedStation, ledger: str) -> None:
    other = desk.ledger("KH.2007.02")
    desk.lay(other, 1)
    assert refused(entries.correct, desk.station, Act(other, WHO), ShownEntry(1, 1), "001", "1", A_DAY)


def test_whoever_removes_what_was_corrected_meanwhile_is_refused(desk: OpenedStation, ledger: str) -> None:
    entries.correct(desk.station, Act(ledger, "người khác"), ShownEntry(2, 1), "003", "2", A_DAY)
    before = told(desk, ledger)
    assert refused(entries.remove_shown, desk.station, Act(ledger, WHO), ShownEntry(2, 1)) == "entry-changed-meanwhile"
    assert told(desk, ledger) == before
    entries.remove_shown(desk.station, Act(ledger, WHO), ShownEntry(2, 2))
    assert [number for number, _, _ in told(desk, ledger)] == ["001"]
