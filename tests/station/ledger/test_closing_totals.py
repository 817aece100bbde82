"""What the closing page states is said at any time, and corrected only with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Closing, Event
from station.errors import Refused
from station.ledger import closing_totals
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation


def state(desk: OpenedStation, ledger: str, pages: int | None, entries: int | None, reason: str | None = None) -> None:
    closing_totals.state(desk.station, ledger, pages=pages, entries=entries, who=WHO, reason=reason)


def stated(desk: OpenedStation, ledger: str) -> tuple[object, ...]:
    row = listings.ledger_row(desk.station, ledger)
    return row.pages_expected, row.entries_expected, row.totals


def test_totals_are_stated_one_after_the_other_without_a_reason(desk: OpenedStation) -> None:
    ledger = desk.whole()
    assert stated(desk, ledger) == (None, None, "unstated")
    state(desk, ledger, 3, None)
    assert stated(desk, ledger) == (3, None, "unstated"), "one of two proves nothing"
    state(desk, ledger, None, 3)
    assert stated(desk, ledger) == (3, 3, "met")


def test_total_that_is_stated_is_corrected_only_with_a_reason_which_the_log_keeps(desk: OpenedStation) -> None:
    ledger = desk.whole(closing_pages=3, closing_entries=3)
    with pytest.raises(Refused) as refused:
        state(desk, ledger, 4, None)
    assert refused.value.code == "totals-without-reason"
    assert stated(desk, ledger) == (3, 3, "met")
    state(desk, ledger, 4, None, "đọc nhầm")
    assert stated(desk, ledger) == (4, 3, "differ")
    facts = desk.one(select(Event.facts).where(Event.what == "totals-stated"))
    assert facts == {"pages": 4, "entries": 3, "before": [3, 3], "reason": "đọc nhầm"}


def test_same_totals_once_more_change_nothing(desk: OpenedStation) -> None:
    ledger = desk.whole(closing_pages=3, closing_entries=3)
    state(desk, ledger, 3, 3)
    assert desk.all(select(Event.id).where(Event.what == "totals-stated")) == []


def test_total_that_the_pages_do_not_reach_opens_the_question_again(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    assert desk.state(ledger) == "packaged"
    state(desk, ledger, 4, 3)
    assert desk.state(ledger) == "scanned"
    assert [gap.code for gap in listings.gaps(desk.station, ledger)] == ["gap-pages"]


def test_totals_of_several_closings_become_those_of_the_ledger(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2008, closing_pages=2, closing_entries=1)
    with desk.station.catalogue.writing() as session:
        session.add(Closing(ledger_id=desk.ledger_id(ledger), year=2007, pages=3, entries=None))
    state(desk, ledger, 6, None, "cộng lại")
    assert stated(desk, ledger) == (6, 1, "differ")


def test_total_below_nothing_is_refused(desk: OpenedStation) -> None:
    with pytest.raises(Refused) as refused:
        state(desk, desk.ledger(), -1, None)
    assert refused.value.code == "closing-negative"


def test_only_a_closed_ledger_without_totals_is_told_of(desk: OpenedStation) -> None:
    ledger = desk.whole()
    told = closing_totals.notice(desk.station, ledger)
    assert told is not None
    assert "chưa có tổng số" in told.sentence("vi")
    state(desk, ledger, 3, 3)
    assert closing_totals.notice(desk.station, ledger) is None
    assert closing_totals.notice(desk.station, desk.ledger("KH.2007.02")) is None
