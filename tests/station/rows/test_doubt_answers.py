"""What is odd in a row is answered once: as on the page. Another doubt, or the same with other values, asks again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Check, EntryRow, Event
from station.domain.checks import CheckKind, CheckVerdict
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import entries, ledgers
from station.ledger.entries import Act
from station.rows import decisions, entry_rows
from station.rows.entry_rows import KeyedRow
from station.undo import acts
from station.upkeep import verify
from station.views import row_form, row_list
from tests.station.opened_station import WHO, OpenedStation, opened_station
from tests.station.rows.keyed_births import FIRST, SECOND, another_day, key_first

OTHER = "người khác"
YOUNG = {"nksNgaySinh": "1/1/2007", "meNgaySinh": "2000"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Two births; the mother of the first child is seven years old."""
    name = desk.whole("KS.2007.01", 2)
    key(desk, name, **YOUNG)
    return name


@pytest.fixture
def reviewing(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station in which another person looks at each birth."""
    with opened_station(tmp_path, more='[rows]\nsecond_look = { KS = "review" }\n') as ready:
        yield ready


def key(desk: OpenedStation, ledger: str, who: str = WHO, **typed: str) -> KeyedRow:
    return entry_rows.set_values(desk.station, Act(ledger, who), "1", None, typed)


def answer(desk: OpenedStation, ledger: str, who: str = WHO) -> KeyedRow:
    return entry_rows.say_as_on_page(desk.station, Act(ledger, who), 1)


def told(desk: OpenedStation, ledger: str) -> list[tuple[str, str | None]]:
    """Each doubt of the first row as the page shows it, with who answered it."""
    form = row_form.row_form(desk.station, ledger, 1)
    assert form is not None
    return [(one.message.code, one.answer.who if one.answer else None) for one in form.doubts]


def test_answer_is_kept_with_who_and_when_and_nothing_is_asked_again(desk: OpenedStation, ledger: str) -> None:
    assert told(desk, ledger) == [("row-doubt-age", None)]
    row = answer(desk, ledger)
    assert (row.open_doubts, row.revision) == ([], 1)
    assert told(desk, ledger) == [("row-doubt-age", WHO)]
    assert key(desk, ledger, OTHER, meHoTen="Trần Thị Mẫu").open_doubts == [], "another column changed"
    check = desk.one(select(Check).where(Check.kind == CheckKind.DOUBT))
    assert (check.verdict, check.row_revision, check.at.tzinfo is not None) == (CheckVerdict.RIGHT, 1, True)
    with pytest.raises(Refused) as refused:
        answer(desk, ledger)
    assert refused.value.code == "row-nothing-odd"


def test_same_doubt_with_other_values_and_another_doubt_are_asked(desk: OpenedStation, ledger: str) -> None:
    answer(desk, ledger)
    key(desk, ledger, chaNgaySinh="1900")
    assert told(desk, ledger) == [("row-doubt-age", WHO), ("row-doubt-age", None)]
    answer(desk, ledger, OTHER)
    assert told(desk, ledger) == [("row-doubt-age", WHO), ("row-doubt-age", OTHER)], "each by who answered it"
    key(desk, ledger, meNgaySinh="2001")
    assert told(desk, ledger) == [("row-doubt-age", None), ("row-doubt-age", OTHER)]
    key(desk, ledger, meNgaySinh="1980", chaNgaySinh="")
    assert told(desk, ledger) == []


def test_date_of_the_entry_that_is_corrected_asks_again(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, nksNgaySinh="2/2/2009", meNgaySinh="")
    answer(desk, ledger)
    assert told(desk, ledger) == [("row-doubt-order", WHO)]
    entries.change(desk.station, Act(ledger, WHO), "1", 2007, new_date=PartialDate.parse("2007-03-05"))
    assert told(desk, ledger) == [("row-doubt-order", None)]


def test_only_what_was_shown_is_answered(desk: OpenedStation, ledger: str) -> None:
    shown = {one.mark for one in key(desk, ledger, meHoTen="?").open_doubts}
    key(desk, ledger, OTHER, meNgaySinh="2001")
    with pytest.raises(Refused) as refused:
        entry_rows.say_as_on_page(desk.station, Act(ledger, WHO), 1, shown)
    assert refused.value.code == "row-odd-otherwise"
    assert told(desk, ledger) == [("row-doubt-age", None)]


def test_answer_is_taken_back_by_undo(desk: OpenedStation, ledger: str) -> None:
    answer(desk, ledger)
    (past, *_) = acts.of_person(desk.station, ledger, who=WHO)
    assert past.entry == 1
    assert past.message.sentence("vi") == "Đã xác nhận 1 chỗ lạ của trường hợp số 001 đúng như trong sổ."
    acts.take_back(desk.station, Act(ledger, WHO))
    assert told(desk, ledger) == [("row-doubt-age", None)]
    assert list(verify.verify(desk.station)) == []
    answer(desk, ledger, OTHER)
    assert told(desk, ledger) == [("row-doubt-age", OTHER)], "and may be given again"
    assert acts.take_back(desk.station, Act(ledger, WHO)).message.code == "did-row-set"


def test_answer_for_an_entry_that_is_gone_is_not_taken_back(desk: OpenedStation, ledger: str) -> None:
    answer(desk, ledger)
    entries.remove(desk.station, Act(ledger, OTHER), "1", 2007)
    with pytest.raises(Refused) as refused:
        acts.take_back(desk.station, Act(ledger, WHO))
    assert refused.value.code == "undo-changed"


def test_log_says_nothing_of_a_person(desk: OpenedStation, ledger: str) -> None:
    mark = answer(desk, ledger).doubts[0].mark
    facts = desk.one(select(Event.facts).where(Event.what == "row-doubts-answered"))
    assert (facts["entries"], facts["count"]) == (["2007/001"], 1)
    assert mark not in str(facts)
    assert "2000" not in str(facts)


def test_second_look_hears_nothing_of_an_answer(reviewing: OpenedStation) -> None:
    desk, ledger = reviewing, key_first(reviewing, reviewing.whole("KS.2007.01", 1))
    key(desk, ledger, FIRST, meNgaySinh="2000")
    answer(desk, ledger, FIRST)
    assert row_list.rows(desk.station, ledger)[0].state == "keyed", "an answer is no second look"
    another_day(desk, timedelta(days=2))
    decisions.review(desk.station, Act(ledger, SECOND), 1, CheckVerdict.RIGHT, shown_revision=2)
    answered_again = key(desk, ledger, SECOND, meNgaySinh="2001")
    assert answered_again.state == "keyed"
    decisions.review(desk.station, Act(ledger, SECOND), 1, CheckVerdict.RIGHT, shown_revision=3)
    answer(desk, ledger, SECOND)
    row = row_list.rows(desk.station, ledger)[0]
    assert (row.state, row.checked_by) == ("complete", SECOND), "what was said of the row stands behind an answer"
    assert desk.one(select(EntryRow.complete)) is True


def test_manifest_says_who_answered_what_stands(desk: OpenedStation, ledger: str) -> None:
    mark = answer(desk, ledger).doubts[0].mark
    with desk.station.catalogue.reading() as session:
        first, second = entry_rows.of_ledger(desk.station, session, ledgers.find(session, ledger))
    assert [(one.mark, one.answer and one.answer.who) for one in first.doubts] == [(mark, WHO)]
    assert second.doubts == []
