"""A review: another person sees the row beside the image and says that it is right, or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.domain.checks import CheckVerdict
from station.domain.states import RowState
from station.errors import Refused
from station.ledger.entries import Act
from station.rows import decisions, due_looks, entry_rows
from station.rows.due_looks import LookKind
from station.upkeep import verify
from station.views import row_form, row_list
from station.views.row_list import ListedRow
from tests.station.opened_station import OpenedStation, opened_station
from tests.station.rows.keyed_births import FIRST, SECOND, another_day, key_first

RIGHT, REJECTED = CheckVerdict.RIGHT, CheckVerdict.REJECTED


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, more='[rows]\nsecond_look = { KS = "review" }\n') as ready:
        yield ready


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Three births, keyed whole by one person."""
    return key_first(desk, desk.whole("KS.2007.01", 3))


def review(
    desk: OpenedStation, ledger: str, entry: int, verdict: CheckVerdict = RIGHT, who: str = SECOND, why: str = ""
) -> None:
    shown = row_list.rows(desk.station, ledger)[entry - 1].revision
    decisions.review(desk.station, Act(ledger, who, why), entry, verdict, shown_revision=shown)


def listed(desk: OpenedStation, ledger: str, entry: int) -> ListedRow:
    return row_list.rows(desk.station, ledger)[entry - 1]


def test_row_is_complete_when_another_person_found_it_right(desk: OpenedStation, ledger: str) -> None:
    assert listed(desk, ledger, 1).state == "keyed"
    review(desk, ledger, 1)
    row = listed(desk, ledger, 1)
    assert (row.state, row.keyed_by, row.checked_by, row.checked_alone) == ("complete", FIRST, SECOND, False)


def test_correction_of_who_looks_is_a_revision_and_needs_no_third_person(desk: OpenedStation, ledger: str) -> None:
    entry_rows.set_values(desk.station, Act(ledger, SECOND), "1", None, {"nksNoiSinh": "Bệnh viện"})
    review(desk, ledger, 1)
    newest = row_list.row_changes(desk.station, ledger, "1", None)[-1]
    assert (newest.who, newest.changes) == (SECOND, {"nksNoiSinh": "Bệnh viện"})
    assert (listed(desk, ledger, 1).state, listed(desk, ledger, 1).checked_alone) == ("complete", False)


def test_change_behind_the_look_asks_for_another_one(desk: OpenedStation, ledger: str) -> None:
    review(desk, ledger, 1)
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"nksNoiSinh": "Bệnh viện"})
    assert (listed(desk, ledger, 1).state, listed(desk, ledger, 1).checked_by) == ("keyed", None)


def test_nobody_reviews_their_own_row_on_the_same_day_and_on_another_one_it_says_so(
    desk: OpenedStation, ledger: str
) -> None:
    with pytest.raises(Refused) as refused:
        review(desk, ledger, 1, who=FIRST)
    assert refused.value.code == "row-look-own"
    assert due_looks.next_for(desk.station, ledger, [LookKind.REVIEW], FIRST) is None
    another_day(desk, timedelta(days=1))
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"nksNoiSinh": "Bệnh viện"})
    review(desk, ledger, 1, who=FIRST)
    assert (listed(desk, ledger, 1).checked_by, listed(desk, ledger, 1).checked_alone) == (FIRST, True)


def test_row_that_is_not_right_goes_back_with_what_is_wrong_until_it_is_changed(
    desk: OpenedStation, ledger: str
) -> None:
    review(desk, ledger, 2, REJECTED, why="tên mẹ")
    assert row_form.next_open(desk.station, ledger, None) == 2
    form = row_form.row_form(desk.station, ledger, 2)
    assert form is not None
    assert form.returned is not None
    assert (form.returned.who, form.returned.note) == (SECOND, "tên mẹ")
    assert due_looks.next_for(desk.station, ledger, [LookKind.REVIEW], SECOND, after=1) == 3
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "2", None, {"meHoTen": "Trần Thị Mậu"})
    changed = row_form.row_form(desk.station, ledger, 2)
    assert changed is not None
    assert changed.returned is None
    assert row_form.next_open(desk.station, ledger, None) is None
    assert due_looks.next_for(desk.station, ledger, [LookKind.REVIEW], SECOND, after=1) == 2


def test_row_that_was_sent_back_and_is_right_waits_for_another_look_as_it_is(desk: OpenedStation, ledger: str) -> None:
    review(desk, ledger, 2, REJECTED, why="tên mẹ")
    entry_rows.leave_as_it_is(desk.station, Act(ledger, FIRST), 2, shown_revision=1)
    assert row_form.next_open(desk.station, ledger, None) is None
    assert due_looks.next_for(desk.station, ledger, [LookKind.REVIEW], SECOND, after=1) == 2
    newest = row_list.row_changes(desk.station, ledger, "2", None)[-1]
    assert (newest.who, newest.changes) == (FIRST, {})
    with pytest.raises(Refused, match="not sent back"):
        entry_rows.leave_as_it_is(desk.station, Act(ledger, FIRST), 2, shown_revision=2)
    review(desk, ledger, 2)
    assert listed(desk, ledger, 2).state == "complete"
    assert list(verify.verify(desk.station)) == []


def test_row_that_changed_on_the_way_is_looked_at_again(desk: OpenedStation, ledger: str) -> None:
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"nksNoiSinh": "Bệnh viện"})
    with pytest.raises(Refused, match=FIRST):
        decisions.review(desk.station, Act(ledger, SECOND), 1, RIGHT, shown_revision=1)
    assert listed(desk, ledger, 1).state == "keyed"


def test_row_that_is_not_complete_cannot_be_right(desk: OpenedStation, ledger: str) -> None:
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"meHoTen": ""})
    with pytest.raises(Refused) as refused:
        review(desk, ledger, 1)
    assert refused.value.code == "row-second-early"
    assert listed(desk, ledger, 1).state == "begun"


def test_package_says_how_far_the_second_look_is(desk: OpenedStation, ledger: str) -> None:
    assert desk.package(ledger).rows == RowState.KEYED
    for entry in (1, 2, 3):
        review(desk, ledger, entry)
    made = desk.package(ledger)
    assert (made.revision, made.rows) == (2, RowState.COMPLETE)
    assert '"checked": 3' in made.files[-1].read_text()
    assert SECOND in made.files[-1].read_text()
