"""A page on which the machine counts more entries than people entered is told before the ledger is closed."""

from __future__ import annotations

import pytest

from station.domain.states import PageState
from station.errors import Refused
from station.ledger import completeness, ledgers, pages, read_entry_counts
from station.messages import Message
from station.reading.fields import PageReading
from tests.station.opened_station import OpenedStation
from tests.station.pages_read import read, reading

WHO = "Hoa"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of three pages, the first with entry 1 on it."""
    name = desk.ledger()
    desk.lay(name, 3)
    desk.entry(name, "001", "1", "2007-01-15")
    return name


def more(desk: OpenedStation, ledger: str) -> dict[str, str]:
    with desk.station.catalogue.reading() as session:
        return read_entry_counts.pages_with_more(session, ledgers.find(session, ledger))


def doubts(desk: OpenedStation, ledger: str) -> list[Message]:
    with desk.station.catalogue.reading() as session:
        return completeness.gaps_and_doubts(session, ledgers.find(session, ledger))


def ruled(*numbers: str) -> PageReading:
    return PageReading(tuple(field for number in numbers for field in reading(number=number).fields), ruled=True)


def test_entry_that_was_read_on_a_page_without_one_is_told(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p001=reading(number="1"), p002=reading(number="2"), p003=reading(number="3", likely=("number",)))
    assert more(desk, ledger) == {"002": "002"}, "entry 1 was entered, and what is only likely accuses nobody"
    pages.give_number(desk.station, ledger, "002", "14", who=WHO)
    assert more(desk, ledger) == {"002": "14 [002]"}
    desk.entry(ledger, "002", "2", "2007-01-16")
    assert more(desk, ledger) == {}


def test_rows_of_a_ruled_page_are_counted(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p001=ruled("1", "2", "3"))
    desk.entry(ledger, "001", "2", "2007-01-15")
    assert more(desk, ledger) == {"001": "001"}
    desk.entry(ledger, "001", "3", "2007-01-15")
    assert more(desk, ledger) == {}


@pytest.mark.parametrize("state", [PageState.CORRECTION, PageState.ILLEGIBLE])
def test_number_in_a_note_is_that_of_an_earlier_entry(desk: OpenedStation, ledger: str, state: PageState) -> None:
    pages.change(desk.station, ledger, "002", who=WHO, state=state)
    read(desk, ledger, p002=reading(number="1"))
    assert more(desk, ledger) == {}


def test_whole_ledger_with_an_entry_that_nobody_entered_is_signed_for(desk: OpenedStation, ledger: str) -> None:
    read(desk, ledger, p002=reading(number="2"))
    codes = [gap.code for gap in doubts(desk, ledger)]
    assert codes == ["gap-unsorted"], "gaps are mended first"
    for label in ("002", "003"):
        pages.change(desk.station, ledger, label, who=WHO, state=PageState.BLANK)
    assert doubts(desk, ledger) == [Message("gap-entries-read", {"count": 1, "labels": "002", "first": "002"})]
    with pytest.raises(Refused, match="002"):
        ledgers.close(desk.station, ledger, who=WHO, signed=True)
    ledgers.close(desk.station, ledger, who=WHO, reason="page 2 is crossed out", signed=True)
    with desk.station.catalogue.reading() as session:
        assert ledgers.find(session, ledger).closed_reason == "page 2 is crossed out"
