"""Sheets that the scanner drew in and nobody recorded are told until a person has put them back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Event
from station.domain.states import ScanPurpose
from station.errors import Refused
from station.review import questions, unrecorded_sheets
from station.views import listings
from tests.station.asking import fed
from tests.station.opened_station import WHO, OpenedStation


def told(desk: OpenedStation, ledger: str, language: str = "vi") -> list[str]:
    return [row.sentence for row in questions.rows(desk.station, ledger, language)]


def test_sheet_that_was_drawn_in_and_not_recorded_is_named(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 6)
    fed(desk, 7)
    (sentence,) = told(desk, ledger)
    assert "kéo 7 tờ" in sentence
    assert "đến 006 đã an toàn" in sentence
    assert "Tờ thứ 7" in sentence
    assert "quét tiếp" in sentence
    assert "Sheet 7 of that batch" in told(desk, ledger, "en")[0]
    assert listings.ledger_head(desk.station, ledger).asks == 1


@pytest.mark.parametrize("sheets", [None, 2, 3])
def test_session_that_recorded_all_or_never_counted_asks_nothing(desk: OpenedStation, sheets: int | None) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    if sheets is not None:
        fed(desk, sheets)
    assert told(desk, ledger) == []


def test_batch_of_which_nothing_was_recorded_goes_back_as_a_whole(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with desk.session(ledger):
        pass
    fed(desk, 1)
    (sentence,) = told(desk, ledger)
    assert "cả tập" in sentence


def test_missed_insert_is_inserted_behind_the_last_one_that_came(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.lay(ledger, 2, purpose=ScanPurpose.INSERT, anchor="001")
    fed(desk, 3)
    (sentence,) = told(desk, ledger)
    assert "chèn sau trang 001b" in sentence


def test_missed_retake_keeps_the_old_image(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    with desk.session(ledger, purpose=ScanPurpose.RETAKE, anchor="002"):
        pass
    fed(desk, 1)
    (sentence,) = told(desk, ledger)
    assert "quét lại trang 002" in sentence
    assert "Ảnh cũ đã an toàn" in sentence


def test_both_sides_of_a_sheet_are_one_sheet_to_put_back(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 5)
    fed(desk, 6)
    desk.by_hand("UPDATE session SET source = 'adf-duplex'")
    (sentence,) = told(desk, ledger)
    assert "đã kéo 3 tờ" in sentence
    assert "chỉ ghi được 2" in sentence
    assert "Tờ thứ 3" in sentence


def test_session_that_still_runs_has_missed_nothing_yet(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with desk.session(ledger):
        fed(desk, 1)
        assert told(desk, ledger) == []
    assert len(told(desk, ledger)) == 1


def test_person_who_put_the_sheets_back_ends_the_question(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    run = fed(desk, 4)
    unrecorded_sheets.answer(desk.station, run, who="Lê Thị Sen")
    assert told(desk, ledger) == []
    event = desk.all(select(Event).where(Event.what == "missed-sheets-answered"))[0]
    assert (event.who, event.facts["fed"], event.facts["recorded"]) == ("Lê Thị Sen", 4, 2)
    with pytest.raises(Refused) as refused:
        unrecorded_sheets.answer(desk.station, run, who=WHO)
    assert refused.value.code == "ask-unknown"


def test_missed_sheets_are_told_beside_the_gaps_of_a_ledger(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    desk.entry(ledger, "001", "1", "2007")
    run = fed(desk, 2)
    (question,) = listings.questions(desk.station, ledger)
    assert "1 phiên quét" in question.sentence("vi")
    unrecorded_sheets.answer(desk.station, run, who=WHO)
    assert listings.questions(desk.station, ledger) == []


def test_newest_session_is_told_first(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    for sheets in (1, 2):
        desk.lay(ledger, sheets)
        fed(desk, 5)
    found = questions.board(desk.station, ledger, None, 9).near
    assert [ask.unrecorded.recorded for ask in found if ask.unrecorded] == [2, 1]
    beside = questions.question_pictures(desk.station, found[0])
    assert beside is not None
    assert beside.page.seq == "003", "the last page recorded is shown"
