"""What was done to pages is taken back by a new act: they stand where and as they were, or it is refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Check, Event, Finding
from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.domain.naming import labels
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import entries, page_checks, page_order, page_placement, pages
from station.ledger.entries import Act
from station.review import answers
from station.scanning import page_transfer
from station.undo import acts
from station.upkeep import verify
from station.views import listings
from tests.station.laying import laid
from tests.station.opened_station import HERE, WHO, OpenedStation

OTHER = "người khác"
BESIDE = "KH.2008.01"
BOOK: dict[str, Any] = {"profile": "spread", "size": (800, 500)}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Four pages; the entry 001 stands on the first two, 002 on the third."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 4)
    pages.change(desk.station, name, "003", who=OTHER, number="7")
    pages.change(desk.station, name, "003", who=OTHER, rotate=90)
    desk.entry(name, "001-002", "1", "2007-01-15")
    desk.entry(name, "003", "2", "2007-01-16")
    return name


def known(desk: OpenedStation, ledger: str) -> list[Any]:
    """All that is said of the pages and the entries."""
    rows = listings.page_rows(desk.station, ledger)
    shown = [(row.seq, row.order, row.number, row.state, row.revision, row.sha256, row.findings) for row in rows]
    turns = desk.rows("SELECT capture_id, rotation, part, side FROM region ORDER BY capture_id")
    entries = [(row.number, row.date, row.pages) for row in listings.entry_rows(desk.station, ledger)]
    return [shown, turns, entries]


def back(desk: OpenedStation, ledger: str, who: str = WHO) -> str:
    code = acts.take_back(desk.station, Act(ledger, who)).message.code
    assert list(verify.verify(desk.station)) == []
    return code


def refusal(desk: OpenedStation, ledger: str, who: str = WHO) -> str:
    before = known(desk, ledger)
    with pytest.raises(Refused) as refused:
        acts.take_back(desk.station, Act(ledger, who))
    assert known(desk, ledger) == before, "nothing by half"
    return refused.value.code


def aside(desk: OpenedStation, ledger: str, which: str) -> None:
    page_order.set_pages_aside(desk.station, Act(ledger, WHO, "thử"), which)


def in_words(desk: OpenedStation, ledger: str) -> str:
    return acts.of_person(desk.station, ledger, who=WHO)[0].message.sentence("vi")


def test_pages_that_were_set_aside_come_back_with_their_entries_numbers_and_turns(
    desk: OpenedStation, ledger: str
) -> None:
    before = known(desk, ledger)
    aside(desk, ledger, "001,003")
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["002", "004"]
    assert in_words(desk, ledger) == "Đã để riêng trang 001, 7 [003]."
    assert back(desk, ledger) == "did-aside"
    assert known(desk, ledger) == before
    assert [back(desk, ledger), back(desk, ledger)] == ["did-entry-set"] * 2, "and what was done before is next"


def test_setting_aside_is_one_act_also_where_it_took_entries_along(desk: OpenedStation, ledger: str) -> None:
    count = len(acts.of_person(desk.station, ledger, who=WHO))
    aside(desk, ledger, "001-004")
    assert len(acts.of_person(desk.station, ledger, who=WHO)) == count + 1
    back(desk, ledger)
    assert len(acts.of_person(desk.station, ledger, who=WHO)) == count


def test_verdicts_and_questions_come_back_with_the_page(desk: OpenedStation, ledger: str) -> None:
    page_checks.judge(desk.station, Act(ledger, OTHER), "004", CheckVerdict.REJECTED, RejectReason.BLUR)
    with desk.station.catalogue.writing() as session:
        pages.add_finding(session, pages.by_label(session, 1, "004").capture, "blur", found_by=pages.STATION)
    before = page_checks.returned(desk.station, ledger)
    aside(desk, ledger, "004")
    assert page_checks.returned(desk.station, ledger) == []
    back(desk, ledger)
    assert page_checks.returned(desk.station, ledger) == before
    assert desk.all(select(Finding.resolution)) == [None]


def test_place_is_found_again_where_pages_came_in_between(desk: OpenedStation, ledger: str) -> None:
    aside(desk, ledger, "003")
    desk.lay(ledger, 2)
    page_order.move(desk.station, ledger, "006", labels.FRONT, who=OTHER)
    back(desk, ledger)
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["006", "001", "002", "003", "004", "005"]


def test_page_whose_id_another_one_got_meanwhile_comes_back_under_a_new_one(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "004", "3", "2007-01-17")
    aside(desk, ledger, "004")
    desk.lay(ledger, 1)
    back(desk, ledger)
    assert [(row.seq, row.state) for row in listings.page_rows(desk.station, ledger)][3:] == [
        ("004", "entry"),
        ("005", "unsorted"),
    ]
    assert listings.entry_rows(desk.station, ledger)[2].pages == ["004"]


def test_page_that_somebody_brought_back_meanwhile_is_not_shown_twice(desk: OpenedStation, ledger: str) -> None:
    aside(desk, ledger, "004")
    page_order.put_back(desk.station, ledger, "004", None, who=OTHER)
    assert refusal(desk, ledger) == "undo-changed"


def test_number_given_away_meanwhile_keeps_the_page_aside(desk: OpenedStation, ledger: str) -> None:
    aside(desk, ledger, "003")
    entries.add(desk.station, Act(ledger, OTHER), "004", "2", PartialDate.parse("2007-02-01"))
    assert refusal(desk, ledger) == "undo-changed"


def test_page_that_was_brought_back_is_set_aside_again(desk: OpenedStation, ledger: str) -> None:
    aside(desk, ledger, "004")
    page_order.put_back(desk.station, ledger, "004", None, who=WHO)
    assert back(desk, ledger) == "did-capture-put-back"
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["001", "002", "003"]
    page_order.put_back(desk.station, ledger, "004", None, who=WHO)
    pages.change(desk.station, ledger, "004", who=OTHER, state=PageState.BLANK)
    assert refusal(desk, ledger) == "undo-changed"


def test_pages_that_went_to_another_ledger_come_back_from_it_as_one_act(desk: OpenedStation, ledger: str) -> None:
    before = known(desk, ledger)
    desk.ledger(BESIDE)
    page_transfer.move(desk.station, Act(ledger, WHO, "thử"), "001,003,004", BESIDE)
    assert in_words(desk, ledger) == f"Đã chuyển trang 001, 7 [003], 004 sang sổ {HERE}:{BESIDE}."
    assert back(desk, ledger) == "did-other"
    assert known(desk, ledger)[0] == before[0]
    assert known(desk, ledger)[2] == before[2]
    assert listings.page_rows(desk.station, BESIDE) == []
    assert acts.of_person(desk.station, BESIDE, who=WHO) == [], "that they left there is no act of its own"


def test_pages_that_were_used_in_the_other_ledger_stay_there(desk: OpenedStation, ledger: str) -> None:
    desk.ledger(BESIDE)
    page_transfer.move(desk.station, Act(ledger, WHO, "thử"), "004", BESIDE)
    desk.entry(BESIDE, "001", "1", "2008-01-15")
    assert refusal(desk, ledger) == "undo-changed"


def test_pages_that_left_the_station_in_the_other_ledger_stay_there(desk: OpenedStation, ledger: str) -> None:
    desk.ledger(BESIDE)
    desk.lay(BESIDE)
    desk.entry(BESIDE, "001", "1", "2008-01-15")
    page_transfer.move(desk.station, Act(ledger, WHO, "thử"), "004", BESIDE)
    desk.package(BESIDE)
    assert refusal(desk, ledger) == "undo-packaged"


def test_pages_that_were_scanned_to_be_inserted_are_set_aside_again_as_one_act(
    desk: OpenedStation, ledger: str
) -> None:
    pages.change(desk.station, ledger, "004", who=WHO, state=PageState.COVER)
    assert desk.lay(ledger, 2, purpose=ScanPurpose.INSERT, anchor="002") == ["002a", "002b"]
    assert in_words(desk, ledger) == "Đã quét chèn trang 002a, 002b."
    assert back(desk, ledger) == "did-inserted"
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["001", "002", "003", "004"]
    page_order.put_back(desk.station, ledger, "002a", None, who=WHO)
    assert back(desk, ledger) == "did-capture-put-back", "nothing of it is lost"
    assert back(desk, ledger) == "did-state", "and then comes what was done before"


def test_inserted_page_that_somebody_used_since_stays(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="004")
    entries.add(desk.station, Act(ledger, OTHER), "004a", "3", PartialDate.parse("2007-02-01"))
    assert refusal(desk, ledger) == "undo-changed"


def test_retake_gives_the_image_before_its_place_back_as_it_lay(desk: OpenedStation, ledger: str) -> None:
    page_checks.judge(desk.station, Act(ledger, OTHER), "003", CheckVerdict.RIGHT)
    before, verdicts = known(desk, ledger), page_checks.verdicts(desk.station, ledger)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="003")
    assert in_words(desk, ledger) == "Đã quét lại trang 7 [003]."
    assert back(desk, ledger) == "did-page-retaken"
    assert known(desk, ledger) == before
    assert page_checks.verdicts(desk.station, ledger) == verdicts, "what was seen stands there again"
    assert len(list(desk.data.rglob("*.003.r2.jpg"))) == 1, "and the retake is kept"


def test_earlier_image_that_was_taken_again_gives_way_to_the_retake(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="003")
    before = known(desk, ledger)
    page_placement.take_earlier(desk.station, ledger, "003", 1, who=WHO)
    assert back(desk, ledger) == "did-earlier-image-taken"
    assert known(desk, ledger) == before


def test_image_that_was_exchanged_once_more_stays(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="003")
    page_placement.take_earlier(desk.station, ledger, "003", 1, who=OTHER)
    assert refusal(desk, ledger) == "undo-changed"


def test_page_that_was_moved_stands_where_it_stood(desk: OpenedStation, ledger: str) -> None:
    before = known(desk, ledger)
    page_order.move(desk.station, ledger, "001", "004", who=WHO)
    assert back(desk, ledger) == "did-page-moved"
    assert known(desk, ledger) == before
    page_order.move(desk.station, ledger, "001", "004", who=WHO)
    page_order.move(desk.station, ledger, "001", "002", who=OTHER)
    assert refusal(desk, ledger) == "undo-changed"


def test_verdict_is_withdrawn_and_the_one_before_it_counts_again(desk: OpenedStation, ledger: str) -> None:
    act = Act(ledger, WHO)
    page_checks.judge(desk.station, act, "001-002", CheckVerdict.RIGHT)
    page_checks.judge(desk.station, act, "002", CheckVerdict.REJECTED, RejectReason.TORN)
    rows = len(desk.all(select(Check.id)))
    assert in_words(desk, ledger) == "Đã trả lại trang 002."
    assert back(desk, ledger) == "did-reject"
    assert said(desk, ledger) == ["right", "right", None, None]
    assert back(desk, ledger) == "did-right"
    assert said(desk, ledger) == [None] * 4
    assert len(desk.all(select(Check.id))) == rows + 3, "no verdict was erased"


def test_verdict_that_somebody_else_gave_since_stays(desk: OpenedStation, ledger: str) -> None:
    page_checks.judge(desk.station, Act(ledger, WHO), "001", CheckVerdict.RIGHT)
    page_checks.judge(desk.station, Act(ledger, OTHER), "001", CheckVerdict.REJECTED, RejectReason.TORN)
    assert refusal(desk, ledger) == "undo-changed"
    assert said(desk, ledger)[0] == "rejected"


def test_first_look_that_a_second_one_stands_on_is_not_withdrawn(desk: OpenedStation, ledger: str) -> None:
    desk.by_hand("UPDATE ledger SET looks = 'second'")
    page_checks.judge(desk.station, Act(ledger, WHO), "001", CheckVerdict.RIGHT)
    page_checks.judge(desk.station, Act(ledger, OTHER), "001", CheckVerdict.RIGHT, look=CheckKind.SECOND)
    assert refusal(desk, ledger) == "undo-changed"
    back(desk, ledger, OTHER)
    assert back(desk, ledger) == "did-right"


def test_verdict_of_another_person_stays_where_it_has_the_number_of_one_that_went_with_its_page(
    desk: OpenedStation, ledger: str
) -> None:
    page_checks.judge(desk.station, Act(ledger, WHO), "004", CheckVerdict.RIGHT)
    (number,) = desk.all(select(Check.id))
    aside(desk, ledger, "004")
    page_checks.judge(desk.station, Act(ledger, OTHER), "002", CheckVerdict.RIGHT)
    assert desk.all(select(Check.id)) == [number]
    assert back(desk, ledger) == "did-aside"
    assert back(desk, ledger) == "did-right"
    assert said(desk, ledger) == [None, "right", None, None]


def test_verdict_is_withdrawn_behind_one_of_the_same_person_that_says_the_same(
    desk: OpenedStation, ledger: str
) -> None:
    for verdict in (CheckVerdict.RIGHT, CheckVerdict.REJECTED, CheckVerdict.RIGHT):
        page_checks.judge(desk.station, Act(ledger, WHO), "004", verdict, RejectReason.TORN)
    verdicts = []
    for _ in range(3):
        back(desk, ledger)
        verdicts.append(said(desk, ledger)[3])
    assert verdicts == ["rejected", "right", None]


def test_page_whose_verdict_was_withdrawn_counts_as_one_of_which_nothing_was_said(
    desk: OpenedStation, ledger: str
) -> None:
    aside(desk, ledger, "004")
    page_order.put_back(desk.station, ledger, "004", None, who=WHO)
    page_checks.judge(desk.station, Act(ledger, OTHER), "004", CheckVerdict.RIGHT)
    assert refusal(desk, ledger) == "undo-changed"
    back(desk, ledger, OTHER)
    assert back(desk, ledger) == "did-capture-put-back"


def test_verdict_that_a_package_tells_is_not_withdrawn(desk: OpenedStation, ledger: str) -> None:
    page_checks.judge(desk.station, Act(ledger, WHO), "001", CheckVerdict.RIGHT)
    desk.package(ledger)
    assert refusal(desk, ledger) == "undo-packaged"


def test_question_that_was_answered_asks_again(desk: OpenedStation, ledger: str) -> None:
    with desk.station.catalogue.writing() as session:
        pages.add_finding(session, pages.by_label(session, 1, "004").capture, "blur", found_by=pages.STATION)
    (finding,) = desk.all(select(Finding.id))
    answers.keep(desk.station, [finding], who=WHO)
    assert back(desk, ledger) == "did-finding-answered"
    assert desk.all(select(Finding.resolution)) == [None]
    answers.keep(desk.station, [finding], who=OTHER)
    assert back(desk, ledger) == "did-entry-set", "what another person answered is no act of this one"


def test_every_inverse_is_a_new_line_of_the_log(desk: OpenedStation, ledger: str) -> None:
    lines = desk.all(select(Event.id).order_by(Event.id))
    aside(desk, ledger, "004")
    back(desk, ledger)
    assert desk.all(select(Event.what).order_by(Event.id))[len(lines) :] == [
        "capture-set-aside",
        "pages-shown-again",
        "act-undone",
    ]


def said(desk: OpenedStation, ledger: str) -> list[str | None]:
    return [one.verdict for one in page_checks.verdicts(desk.station, ledger)]


def test_fold_that_was_moved_lies_where_it_did_and_asks_again(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    asking = known(desk, ledger)
    crops = "SELECT * FROM region ORDER BY side"
    before = desk.rows(crops)
    page_placement.move_fold(desk.station, ledger, "001.2", 0.4, who=WHO)
    assert desk.rows(crops) != before
    assert in_words(desk, ledger) == "Đã dời gáy sổ ở trang 001."
    assert back(desk, ledger) == "did-fold-moved"
    assert (known(desk, ledger), desk.rows(crops)) == (asking, before)


def test_page_that_was_divided_is_one_again_and_one_made_whole_is_two(desk: OpenedStation, ledger: str) -> None:
    before = known(desk, ledger)
    page_placement.move_fold(desk.station, ledger, "003", 0.4, who=WHO)
    pages.change(desk.station, ledger, "003.2", who=WHO, number="8", state=PageState.BLANK)
    divided = known(desk, ledger)
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["001", "002", "003.1", "003.2", "004"]
    page_placement.make_whole(desk.station, ledger, "003.2", who=WHO)
    assert back(desk, ledger) == "did-page-made-whole"
    assert known(desk, ledger) == divided
    assert back(desk, ledger) == "did-state"
    assert back(desk, ledger) == "did-fold-moved"
    assert known(desk, ledger) == before


def test_half_page_that_was_said_to_be_whole_waits_for_its_other_half_again(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, profile="parts")
    page_placement.make_whole(desk.station, ledger, "001", who=WHO)
    assert page_placement.next_part(desk.station, ledger) is None
    assert back(desk, ledger) == "did-page-made-whole"
    assert page_placement.next_part(desk.station, ledger) is not None


def test_page_that_was_divided_stays_two_where_somebody_used_the_right_one(desk: OpenedStation, ledger: str) -> None:
    page_placement.move_fold(desk.station, ledger, "004", 0.4, who=WHO)
    pages.change(desk.station, ledger, "004.2", who=OTHER, state=PageState.BLANK)
    assert refusal(desk, ledger) == "undo-changed"
