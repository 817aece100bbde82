"""What was read on pages is held against the ledger and the pages beside: told when sure, mended when no longer so."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture, Finding, Page
from station.domain.states import PageState, ScanPurpose
from station.ledger import ledgers, page_order, pages, reading_findings
from station.ledger.entries import Act
from station.reading.fields import PageReading
from station.review import answers, questions
from station.undo import acts
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation
from tests.station.pages_read import read, reading

OWN = {"type": "KH", "book": "1", "year": "2007"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger that is open and lies on the glass."""
    return desk.ledger()


def page(number: int, **more: str) -> PageReading:
    return reading({**OWN, "page": str(number), "number": str(number), **more})


def scan(desk: OpenedStation, ledger: str, *readings: PageReading | None) -> None:
    """Lay so many sheets more, of which this is read; then what was read is judged, as behind every page."""
    for label, said in zip(desk.lay(ledger, len(readings)), readings, strict=True):
        if said is not None:
            read(desk, ledger, **{f"p{label}": said})
    reading_findings.judge(desk.station, ledger)


def asked(desk: OpenedStation) -> set[tuple[str, str]]:
    """What asks now: labels and codes."""
    query = select(Capture.label + " " + Finding.code).join(Finding, Finding.capture_id == Capture.id)
    rows = desk.all(query.where(Finding.resolved_at.is_(None)))
    return {tuple(row.split()) for row in rows}


def numbers(desk: OpenedStation) -> list[str | None]:
    return desk.all(select(Page.number).order_by(Page.order))


def finding(desk: OpenedStation, code: str) -> int:
    return int(desk.one(select(Finding.id).where(Finding.code == code, Finding.resolved_at.is_(None))))


def test_good_pages_are_not_doubted_and_get_their_numbers(desk: OpenedStation, ledger: str) -> None:
    scan(desk, ledger, reading(type="KH"), page(1), page(2), None, page(4))
    assert asked(desk) == set()
    assert numbers(desk) == [None, "1", "2", None, "4"]


def test_leaf_turned_twice_is_told_and_no_more_when_it_was_put_in(desk: OpenedStation, ledger: str) -> None:
    scan(desk, ledger, page(1), page(2), page(5))
    assert asked(desk) == {("003", "page-jump")}
    sentence = questions.rows(desk.station, ledger, "en")[0].sentence
    assert "5 [003]" in sentence
    assert "2 → 5" in sentence
    desk.lay(ledger, 2, purpose=ScanPurpose.INSERT, anchor="002")
    read(desk, ledger, p002a=page(3), p002b=page(4))
    reading_findings.judge(desk.station, ledger)
    assert asked(desk) == set()
    assert desk.all(select(Finding.resolution)) == ["mended"]
    page_order.move(desk.station, ledger, "002b", "000", who=WHO)
    reading_findings.judge(desk.station, ledger)
    assert ("003", "page-jump") in asked(desk), "it is so again"


def test_leaf_laid_twice_names_the_other_and_can_be_set_aside(desk: OpenedStation, ledger: str) -> None:
    scan(desk, ledger, page(1), page(2), page(2), page(3))
    assert asked(desk) == {("003", "page-repeat")}
    answers.repeat(desk.station, finding(desk, "page-repeat"), None, who=WHO)
    reading_findings.judge(desk.station, ledger)
    assert (asked(desk), numbers(desk)) == (set(), ["1", "2", "3"])


def test_leaf_laid_twice_is_told_by_its_entry_where_its_number_cannot_be_read(desk: OpenedStation, ledger: str) -> None:
    day = {"date": "2007-02-04"}
    damaged = reading(OWN, number="3", date="2007-02-04")
    scan(desk, ledger, page(1), page(2), page(3, **day), damaged, page(4, **day))
    assert asked(desk) == {("004", "page-repeat")}
    assert desk.all(select(Finding.detail)) == ["003"]


def test_entry_that_goes_on_behind_is_no_leaf_laid_twice(desk: OpenedStation, ledger: str) -> None:
    """Here numbers stand on the front of each leaf alone."""
    fronts = [page(number, date="2007-02-04") for number in (1, 2, 3)]
    backs = [reading(OWN, number=str(number), date="2007-02-04") for number in (1, 2, 3)]
    scan(desk, ledger, *(side for leaf in zip(fronts, backs, strict=True) for side in leaf))
    assert asked(desk) == set()


def test_images_that_look_alike_are_asked_about_once(desk: OpenedStation, ledger: str) -> None:
    desk.lay(ledger, 2)
    with desk.station.catalogue.writing() as session:
        capture = session.scalars(select(Capture).where(Capture.label == "002")).one()
        pages.add_finding(session, capture, "near-duplicate", found_by=pages.STATION, detail="001")
    read(desk, ledger, p001=page(1), p002=page(1))
    reading_findings.judge(desk.station, ledger)
    assert asked(desk) == {("002", "near-duplicate")}


@pytest.mark.parametrize(
    ("heading", "detail"),
    [({"book": "2"}, "KH 02/2007"), ({"year": "2008"}, "KH 01/2008"), ({"type": "KS"}, "KS 01/2007")],
)
def test_page_of_another_ledger_is_told_and_its_number_counts_for_nothing(
    desk: OpenedStation, ledger: str, heading: dict[str, str], detail: str
) -> None:
    scan(desk, ledger, page(1), page(2), page(57, **heading), page(3))
    assert asked(desk) == {("003", "wrong-ledger")}
    assert desk.all(select(Finding.detail)) == [detail]
    assert numbers(desk) == ["1", "2", None, "3"]


def test_heading_of_a_later_year_of_the_ledger_is_its_own(desk: OpenedStation) -> None:
    ledger = desk.ledger(last_year=2009)
    scan(desk, ledger, page(1), page(2, year="2009"), page(3, year="2010"))
    assert asked(desk) == {("003", "wrong-ledger")}


def test_heading_that_a_person_keeps_is_right_in_this_ledger(desk: OpenedStation, ledger: str) -> None:
    scan(desk, ledger, page(1, book="2"))
    answers.keep(desk.station, [finding(desk, "wrong-ledger")], who=WHO)
    scan(desk, ledger, page(2, book="2"), page(3, book="3"))
    assert asked(desk) == {("003", "wrong-ledger")}


def test_page_on_its_head_is_told_until_it_is_turned(desk: OpenedStation, ledger: str) -> None:
    turned = reading(OWN, page="2", upside_down=True)
    scan(desk, ledger, page(1), turned, page(3))
    assert asked(desk) == {("002", "upside-down")}
    assert numbers(desk) == ["1", "2", "3"]
    pages.change(desk.station, ledger, "002", who=WHO, rotate=180)
    assert asked(desk) == set(), "at once: the same key again would put it back on its head"
    reading_findings.judge(desk.station, ledger)
    assert asked(desk) == set()
    acts.take_back(desk.station, Act(ledger, WHO))
    reading_findings.judge(desk.station, ledger)
    assert asked(desk) == {("002", "upside-down")}


def test_page_of_which_hardly_anything_was_read_is_not_said_to_stand_on_its_head(
    desk: OpenedStation, ledger: str
) -> None:
    scan(desk, ledger, reading(year="2007", upside_down=True), reading(upside_down=True))
    assert asked(desk) == set()


def test_empty_form_is_told_when_entries_follow(desk: OpenedStation, ledger: str) -> None:
    empty = reading(OWN, page="2", empty=True)
    scan(desk, ledger, page(1), empty)
    assert asked(desk) == set(), "a ledger may end in forms that nobody used"
    scan(desk, ledger, page(3))
    assert asked(desk) == {("002", "empty-form")}
    answers.mark_blank(desk.station, finding(desk, "empty-form"), who=WHO)
    assert (asked(desk), listings.page_rows(desk.station, ledger)[1].state) == (set(), PageState.BLANK)


def test_likely_values_are_proposed_and_fill_in_and_accuse_nothing(desk: OpenedStation, ledger: str) -> None:
    unsure = reading(page="9", book="2", likely=("page", "book"))
    scan(desk, ledger, page(1), unsure)
    assert (asked(desk), numbers(desk)) == (set(), ["1", None])
    assert listings.page_window(desk.station, ledger, "002", 3).printed == "9"


@pytest.mark.parametrize("typed", ["7", ""])
def test_number_that_a_person_typed_or_took_away_stays(desk: OpenedStation, ledger: str, typed: str) -> None:
    desk.lay(ledger, 1)
    pages.change(desk.station, ledger, "001", who=WHO, number=typed)
    read(desk, ledger, p001=page(3))
    reading_findings.judge(desk.station, ledger)
    assert (numbers(desk), asked(desk)) == ([typed or None], set())


def test_read_number_goes_with_its_image_and_a_confirmed_one_stays(desk: OpenedStation, ledger: str) -> None:
    scan(desk, ledger, page(1), page(2))
    pages.give_number(desk.station, ledger, "001", "1", who=WHO)
    for label in ("001", "002"):
        desk.lay(ledger, 1, purpose=ScanPurpose.RETAKE, anchor=label)
    read(desk, ledger, p001=page(4), p002=page(5))
    reading_findings.judge(desk.station, ledger)
    assert numbers(desk) == ["1", "5"]


def test_what_a_person_kept_is_not_asked_again(desk: OpenedStation, ledger: str) -> None:
    scan(desk, ledger, page(1), page(4))
    answers.keep(desk.station, [finding(desk, "page-jump")], who=WHO)
    scan(desk, ledger, page(5))
    assert asked(desk) == set()


def test_ledger_that_is_numbered_oddly_is_asked_about_three_times(desk: OpenedStation, ledger: str) -> None:
    for number in range(1, 12, 2):
        scan(desk, ledger, page(number))
        for _label, code in asked(desk):
            answers.keep(desk.station, [finding(desk, code)], who=WHO)
    assert len(desk.all(select(Finding.id))) == 3


def test_closed_ledger_stays_as_it_was_closed(desk: OpenedStation) -> None:
    """Its last pages may be read after its package was made, which must stay the true one."""
    ledger = desk.whole(count=2)
    read(desk, ledger, p001=page(1), p002=page(4))
    reading_findings.judge(desk.station, ledger)
    assert (numbers(desk), asked(desk)) == ([None, None], set())
    ledgers.reopen(desk.station, ledger, who=WHO)
    reading_findings.judge(desk.station, ledger)
    assert (numbers(desk), asked(desk)) == (["1", "4"], {("002", "page-jump")})
