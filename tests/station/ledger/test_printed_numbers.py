"""Printed numbers tell which page is missing, doubled or at the wrong place; nothing is guessed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Event
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import ledgers, pages
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation


def numbered(desk: OpenedStation, *numbers: str) -> str:
    """A ledger with so many pages, with these printed numbers; "" has none."""
    ledger = desk.ledger()
    for label, number in zip(desk.lay(ledger, len(numbers)), numbers, strict=True):
        pages.change(desk.station, ledger, label, who=WHO, state=PageState.BLANK, number=number)
    return ledger


def gaps(desk: OpenedStation, ledger: str) -> list[tuple[str, object, object]]:
    told = listings.gaps(desk.station, ledger)
    return [(gap.code, gap.facts["count"], gap.facts["numbers"]) for gap in told if gap.code.startswith("gap-printed")]


def numbers(desk: OpenedStation, ledger: str) -> list[str | None]:
    return [row.number for row in listings.page_rows(desk.station, ledger)]


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (["1", "2", "3"], []),
        (["7", "8", "9"], []),
        (["1", "", "2", "", "3"], []),
        (["1", "", "3"], []),
        (["1", "2", "4"], [("gap-printed-missing", 1, "3")]),
        (["1", "", "5", "9"], [("gap-printed-missing", 5, "2, 3, 4, 6, 7, 8")]),
        (["1", "20"], [("gap-printed-missing", 18, "2, 3, 4, 5, 6, 7, 8, 9 …")]),
        (["1", "2", "2", "3"], [("gap-printed-twice", 1, "2")]),
        (["2", "1", "3"], [("gap-printed-missing", 1, "2"), ("gap-printed-back", 1, "1")]),
        (["1", "2a", "3"], []),
        (["", "", ""], []),
    ],
)
def test_numbers_that_do_not_run_on_stand_in_the_closing_list(
    desk: OpenedStation, printed: list[str], told: list[tuple[str, object, object]]
) -> None:
    assert gaps(desk, numbered(desk, *printed)) == told


def test_order_of_pages_counts_and_not_that_of_labels(desk: OpenedStation) -> None:
    ledger = numbered(desk, "1", "3")
    desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="001")
    pages.give_number(desk.station, ledger, "001a", "2", who=WHO)
    assert gaps(desk, ledger) == []


def test_next_number_is_proposed_behind_one_that_somebody_gave(desk: OpenedStation) -> None:
    ledger = numbered(desk, "", "12", "", "")
    said = {label: listings.page_window(desk.station, ledger, label, 1).printed for label in ("001", "002", "003")}
    assert said == {"001": "", "002": "12", "003": "13"}
    pages.change(desk.station, ledger, "004", who=WHO, state=PageState.COVER)
    assert listings.page_window(desk.station, ledger, "004", 1).printed == ""


def test_pages_of_an_entry_get_the_numbers_that_follow(desk: OpenedStation) -> None:
    ledger = numbered(desk, "", "", "", "9")
    pages.give_number(desk.station, ledger, "002", "5", who=WHO, run="002-004")
    assert numbers(desk, ledger) == [None, "5", "6", "9"], "what has a number keeps it"
    pages.give_number(desk.station, ledger, "002", "5b", who=WHO, run="002-003")
    assert numbers(desk, ledger) == [None, "5b", "6", "9"]
    pages.give_number(desk.station, ledger, "002", "", who=WHO)
    assert numbers(desk, ledger) == [None, None, "6", "9"]


def test_number_confirmed_as_it_is_leaves_no_line_in_the_log(desk: OpenedStation) -> None:
    ledger = numbered(desk, "5")
    before = desk.all(select(Event.id))
    pages.give_number(desk.station, ledger, "001", " 5 ", who=WHO)
    assert desk.all(select(Event.id)) == before


def test_number_that_nobody_prints_is_refused(desk: OpenedStation) -> None:
    ledger = numbered(desk, "5")
    with pytest.raises(Refused) as refused:
        pages.give_number(desk.station, ledger, "001", "9" * 17, who=WHO)
    assert refused.value.code == "page-number-wrong"
    assert numbers(desk, ledger) == ["5"]


def test_pages_are_told_by_their_printed_numbers_with_the_label_behind(desk: OpenedStation) -> None:
    ledger = numbered(desk, "12", "")
    for label in ("001", "002"):
        pages.change(desk.station, ledger, label, who=WHO, state=PageState.UNSORTED)
    (gap,) = listings.gaps(desk.station, ledger)
    assert gap.facts["labels"] == "12 [001], 002"


def closable(desk: OpenedStation) -> str:
    """A whole ledger whose printed numbers go back: 12, 13, 2."""
    ledger = desk.whole()
    for label, number in zip(
        [row.seq for row in listings.page_rows(desk.station, ledger)], ("12", "13", "2"), strict=False
    ):
        pages.give_number(desk.station, ledger, label, number, who=WHO)
    ledgers.reopen(desk.station, ledger, who=WHO)
    return ledger


def test_doubt_about_printed_numbers_is_signed_for_at_the_page_with_a_reason(desk: OpenedStation) -> None:
    ledger = closable(desk)
    with pytest.raises(Refused) as refused:
        ledgers.close(desk.station, ledger, who=WHO, signed=True)
    assert refused.value.facts["gaps"] == listings.doubts(desk.station, ledger)
    ledgers.close(desk.station, ledger, who=WHO, reason="đánh số sai từ đầu", signed=True)
    assert listings.ledger_row(desk.station, ledger).closed_reason == "đánh số sai từ đầu"


def test_command_that_closes_tells_doubts_and_keeps_the_state_that_totals_make(desk: OpenedStation) -> None:
    ledger = closable(desk)
    assert ledgers.close(desk.station, ledger, who=WHO) == "indexed"
    assert [doubt.code for doubt in listings.doubts(desk.station, ledger)] == ["gap-printed-back"]
