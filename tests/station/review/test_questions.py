"""A finding never deletes: it asks, a person answers, and the answer stays with who and when."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture, Event, Finding
from station.domain.states import PackageKind, PageState, ScanPurpose
from station.errors import Refused
from station.ledger import finding_resolutions, ledgers, page_order, pages
from station.review import answers, questions
from station.upkeep import verify
from station.views import listings, paging
from tests.station.asking import current, doubt, order, recovered
from tests.station.opened_station import WHO, OpenedStation

OFFICER = "Lê Thị Sen"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Three pages that nobody sorted."""
    name = desk.ledger()
    desk.lay(name, 3)
    return name


def asked(desk: OpenedStation, ledger: str) -> list[tuple[str | None, str]]:
    """The pages and codes that the station asks about."""
    return [(row.seq, row.code) for row in questions.rows(desk.station, ledger, "vi")]


def finding(desk: OpenedStation, number: int) -> Finding:
    with desk.station.catalogue.reading() as session:
        return session.get_one(Finding, number)


@pytest.mark.parametrize("code", sorted(finding_resolutions.CODES))
def test_each_finding_says_in_both_languages_what_was_seen_and_that_the_image_is_safe(
    desk: OpenedStation, ledger: str, code: str
) -> None:
    doubt(desk, ledger, "002", code, detail="001")
    (vi,), (en,) = (questions.rows(desk.station, ledger, language) for language in ("vi", "en"))
    assert "002" in vi.sentence
    assert "an toàn" in vi.sentence
    assert "002" in en.sentence
    assert "safe" in en.sentence


def test_page_is_spoken_of_by_its_printed_number_with_the_label_behind(desk: OpenedStation, ledger: str) -> None:
    pages.give_number(desk.station, ledger, "002", "13", who=WHO)
    doubt(desk, ledger, "002", "blur")
    (row,) = questions.rows(desk.station, ledger, "vi")
    assert "13 [002]" in row.sentence
    assert row.seq == "002"


def test_finding_of_a_later_release_asks_by_its_code(desk: OpenedStation, ledger: str) -> None:
    doubt(desk, ledger, "002", "stain")
    (row,) = questions.rows(desk.station, ledger, "vi")
    assert "stain" in row.sentence


def test_image_with_three_findings_is_one_question(desk: OpenedStation, ledger: str) -> None:
    for code in ("blur", "skew", "dark"):
        doubt(desk, ledger, "002", code)
    doubt(desk, ledger, "001", "light")
    found = questions.board(desk.station, ledger, None, 9).near
    assert [(ask.label, len(ask.doubts)) for ask in found] == [("001", 1), ("002", 3)]
    assert listings.ledger_head(desk.station, ledger).asks == 2
    assert [head.asks for head in paging.ledger_part(desk.station, "", 1, 24).rows] == [2]


def test_kept_image_asks_no_more_and_says_who_kept_it(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blur")
    answers.keep(desk.station, [number], who=OFFICER)
    assert asked(desk, ledger) == []
    kept = finding(desk, number)
    assert (kept.resolved_by, kept.resolution) == (OFFICER, "kept")
    assert kept.resolved_at is not None
    event = desk.all(select(Event).where(Event.what == "finding-answered"))[0]
    assert (event.who, event.facts["label"], event.facts["code"]) == (OFFICER, "002", "blur")
    assert order(desk, ledger) == ["001", "002", "003"], "nothing was deleted"


def test_second_answer_is_refused_and_names_who_was_first(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blur")
    answers.keep(desk.station, [number], who=OFFICER)
    with pytest.raises(Refused) as refused:
        answers.keep(desk.station, [number], who=WHO)
    assert refused.value.code == "ask-answered"
    assert OFFICER in refused.value.sentence("vi")
    assert finding(desk, number).resolved_by == OFFICER


def test_one_wrong_question_among_several_and_none_is_answered(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blur")
    with pytest.raises(Refused):
        answers.keep(desk.station, [number, 99], who=WHO)
    assert asked(desk, ledger) == [("002", "blur")]


def test_blank_page_is_called_blank_by_the_answer(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blank")
    answers.mark_blank(desk.station, number, who=OFFICER)
    assert listings.page_rows(desk.station, ledger)[1].state == "blank"
    assert (finding(desk, number).resolved_by, finding(desk, number).resolution) == (OFFICER, "blank")


def test_who_marks_a_page_blank_has_answered_whether_it_is_blank_and_nothing_else(
    desk: OpenedStation, ledger: str
) -> None:
    for code in ("blank", "skew"):
        doubt(desk, ledger, "002", code)
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.COVER)
    assert asked(desk, ledger) == [("002", "blank"), ("002", "skew")]
    pages.change(desk.station, ledger, "002", who=WHO, state=PageState.BLANK)
    assert asked(desk, ledger) == [("002", "skew")]


def test_page_of_an_entry_is_not_made_blank_by_an_answer(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "002", "1", "2007")
    number = doubt(desk, ledger, "002", "blank")
    with pytest.raises(Refused) as refused:
        answers.mark_blank(desk.station, number, who=WHO)
    assert refused.value.code == "page-used"
    assert asked(desk, ledger) == [("002", "blank")]


def test_answer_that_does_not_fit_its_question_is_refused(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blur")
    for unfit in (
        lambda: answers.mark_blank(desk.station, number, who=WHO),
        lambda: answers.place(desk.station, number, "001", who=WHO),
        lambda: answers.repeat(desk.station, number, "001", who=WHO),
    ):
        with pytest.raises(Refused) as refused:
            unfit()
        assert refused.value.code == "answer-unfit"
    assert asked(desk, ledger) == [("002", "blur")]


def test_retake_answers_the_findings_of_the_old_image_and_may_ask_anew(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blur")
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    assert asked(desk, ledger) == []
    assert (finding(desk, number).resolution, finding(desk, number).resolved_by) == ("retaken", WHO)
    doubt(desk, ledger, "002", "skew")
    assert asked(desk, ledger) == [("002", "skew")]


def test_open_question_is_told_and_does_not_keep_a_whole_ledger_open(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    for number, label in enumerate(desk.lay(ledger, 3), start=1):
        desk.entry(ledger, label, str(number), "2007")
    number = doubt(desk, ledger, "002", "blur")
    (question,) = listings.questions(desk.station, ledger)
    assert "1 trang cần xem lại (002)" in question.sentence("vi")
    assert ledgers.close(desk.station, ledger, who=WHO) == "indexed"
    closed = desk.all(select(Event).where(Event.what == "ledger-closed"))[0]
    assert closed.facts["gaps"] == ["ask-findings"]
    answers.keep(desk.station, [number], who=WHO)
    assert listings.questions(desk.station, ledger) == []


def test_answer_after_the_package_asks_for_a_new_one(desk: OpenedStation) -> None:
    ledger = desk.whole()
    number = doubt(desk, ledger, "002", "blur")
    desk.package(ledger)
    answers.keep(desk.station, [number], who=WHO)
    assert desk.state(ledger) == "indexed", "the manifest tells of open findings"
    assert desk.package(ledger).revision == 2


def test_image_that_repeats_a_page_is_set_aside_and_loses_nothing(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "003", "near-duplicate", detail="002")
    file = desk.data / listings.page_rows(desk.station, ledger)[2].file
    before = file.read_bytes()
    answers.repeat(desk.station, number, None, who=OFFICER)
    assert order(desk, ledger) == ["001", "002"]
    assert asked(desk, ledger) == []
    assert [row.seq for row in questions.set_aside_rows(desk.station, ledger)] == ["003"]
    assert file.read_bytes() == before
    assert verify.verify(desk.station) == []
    assert desk.lay(ledger) == ["004"], "its label is never given again"
    event = desk.all(select(Event).where(Event.what == "capture-set-aside"))[0]
    assert (event.who, event.facts["label"], event.facts["repeats"]) == (OFFICER, "003", "002")


def test_image_that_was_set_aside_goes_with_the_masters(desk: OpenedStation, ledger: str) -> None:
    page_order.set_aside(desk.station, ledger, "002", "001", who=WHO)
    made = desk.package(ledger, PackageKind.MASTERS)
    assert '"KH.2007.01.002.jpg"' in made.files[-1].read_text(encoding="utf-8")


def test_question_about_an_image_that_was_set_aside_is_no_question_any_more(desk: OpenedStation, ledger: str) -> None:
    number = doubt(desk, ledger, "002", "blur")
    page_order.set_aside(desk.station, ledger, "002", "001", who=WHO)
    with pytest.raises(Refused) as refused:
        answers.keep(desk.station, [number], who=WHO)
    assert refused.value.code == "ask-unknown"


def test_near_duplicate_shows_the_other_page_beside_it(desk: OpenedStation, ledger: str) -> None:
    doubt(desk, ledger, "003", "near-duplicate", detail="001")
    (ask,) = questions.board(desk.station, ledger, None, 9).near
    beside = questions.question_pictures(desk.station, ask)
    assert beside is not None
    assert beside.repeated is not None
    assert (beside.page.seq, beside.repeated.seq) == ("003", "001")
    assert beside.page.picture.capture == current(desk, ledger, "003")


def test_recovered_page_is_shown_between_its_neighbours_and_placed_there(desk: OpenedStation, ledger: str) -> None:
    number = recovered(desk, ledger, "002")
    page_order.move(desk.station, ledger, "002", "003", who=WHO)
    (ask,) = questions.board(desk.station, ledger, None, 9).near
    beside = questions.question_pictures(desk.station, ask)
    assert beside is not None
    assert beside.before is not None
    assert beside.after is not None
    assert (beside.before.seq, beside.page.seq, beside.after.seq) == ("001", "002", "003")
    assert not beside.is_placed
    assert answers.place(desk.station, number, None, who=OFFICER) == "001"
    assert order(desk, ledger) == ["001", "002", "003"]
    assert (finding(desk, number).resolution, finding(desk, number).resolved_by) == ("placed", OFFICER)


def test_recovered_page_goes_where_a_person_says(desk: OpenedStation, ledger: str) -> None:
    number = recovered(desk, ledger, "002")
    answers.place(desk.station, number, "000", who=WHO)
    assert order(desk, ledger) == ["002", "001", "003"]


def test_recovered_page_at_its_place_is_told_to_stand_there(desk: OpenedStation, ledger: str) -> None:
    recovered(desk, ledger, "003")
    (ask,) = questions.board(desk.station, ledger, None, 9).near
    beside = questions.question_pictures(desk.station, ask)
    assert beside is not None
    assert beside.is_placed
    assert beside.after is None


def test_recovered_page_may_be_a_repeat_of_a_page_that_a_person_names(desk: OpenedStation, ledger: str) -> None:
    number = recovered(desk, ledger, "003")
    with pytest.raises(Refused) as refused:
        answers.repeat(desk.station, number, None, who=WHO)
    assert refused.value.code == "repeat-of-what"
    answers.repeat(desk.station, number, "001", who=WHO)
    assert order(desk, ledger) == ["001", "002"]
    assert finding(desk, number).resolution == "repeat"
    assert desk.all(select(Capture.current).where(Capture.label == "003")) == [False]


def test_questions_of_all_ledgers_are_listed_together(desk: OpenedStation, ledger: str) -> None:
    other = desk.ledger("KS.1999.02")
    desk.lay(other)
    doubt(desk, ledger, "001", "blur")
    doubt(desk, other, "001", "skew")
    rows = questions.rows(desk.station, None, "en")
    assert [(row.ledger, row.code) for row in rows] == [
        ("19429:KH.2007.01", "blur"),
        ("19429:KS.1999.02", "skew"),
    ]
