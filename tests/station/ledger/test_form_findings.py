"""A page on another printed form than its ledger's asks, once: a person's answer makes the new form known."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Finding
from station.domain.finding_limits import Limits
from station.domain.states import PageState
from station.imaging.image_facts import RuledLines
from station.ledger import form_findings, pages
from station.ledger.entries import Act
from station.ledger.ledger_appearance import FEWEST, LedgerPage
from station.review import answers
from station.undo import acts
from station.views import listings
from tests.station.ledger.looked_alike import FORM, OTHER_FORM, STRIPS, TAUGHT, accept, known, look, ruled
from tests.station.opened_station import WHO, OpenedStation, opened_station

ASKED = ("other-form",)
NO_LINES = RuledLines(bytes(STRIPS), bytes(STRIPS))
KNOWN = known([look()] * 12)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, TAUGHT) as ready:
        yield ready


def asks(beside: Sequence[LedgerPage], lines: RuledLines, besides: Collection[str] = ()) -> bool:
    return form_findings.doubt(beside, look(lines=lines), Limits(), besides) is not None


def moved(lines: RuledLines, by: int) -> RuledLines:
    return RuledLines(*(strips[-by:] + strips[:-by] for strips in (lines.columns, lines.rows)))


@pytest.mark.parametrize(
    ("lines", "is_asked"),
    [
        (moved(FORM, 6), False),
        (RuledLines(FORM.columns[::-1], FORM.rows[::-1]), False),
        (OTHER_FORM, True),
        (RuledLines(FORM.columns, OTHER_FORM.rows), True),
        (NO_LINES, True),
    ],
    ids=["moved", "on its head", "another", "other rows", "none"],
)
def test_page_asks_whose_lines_stand_elsewhere(lines: RuledLines, is_asked: bool) -> None:
    assert asks(KNOWN, lines) == is_asked


def test_few_pages_teach_no_form_and_a_crooked_page_is_on_none() -> None:
    assert not asks(KNOWN[: FEWEST - 1], OTHER_FORM)
    assert asks(KNOWN[:FEWEST], OTHER_FORM)
    assert not asks(KNOWN[:FEWEST], RuledLines(FORM.columns, OTHER_FORM.rows)), "rows need more pages"
    assert not asks(KNOWN, OTHER_FORM, {"skew"})


def test_ledger_with_one_form_at_the_left_and_one_at_the_right_knows_both() -> None:
    both = known([look(), look(lines=OTHER_FORM)] * 6)
    assert not asks(both, FORM)
    assert not asks(both, OTHER_FORM)
    assert asks(both, ruled((10, 50, 90, 200), (50, 60, 70, 100)))


@pytest.mark.parametrize("lines", [NO_LINES, RuledLines(bytes(range(STRIPS)), bytes(STRIPS))], ids=["none", "some"])
def test_ledger_without_a_form_is_not_asked_about(lines: RuledLines) -> None:
    """Folds and strokes of writing are taken for lines here and there, and are nobody's form."""
    for count in (1, 20):
        places = [random.Random(number).sample(range(STRIPS), 2 * count) for number in range(FEWEST + 2)]
        strokes = [look(lines=ruled(one[:count], one[count:])) for one in places]
        assert not asks(known(strokes), lines)
    assert not asks(known([look(lines=NO_LINES)] * FEWEST), lines)


def test_form_that_changes_in_the_middle_asks_once_and_never_again_after_the_answer(desk: OpenedStation) -> None:
    ledger, changed = desk.ledger(), look(lines=OTHER_FORM)
    accept(desk, ledger, *[look()] * FEWEST)
    assert accept(desk, ledger, *[changed] * 3) == [ASKED, (), ()]
    answers.keep(desk.station, desk.all(select(Finding.id)), who=WHO)
    assert accept(desk, ledger, changed, look()) == [(), ()]


def test_who_says_that_a_page_is_no_entrys_has_answered_until_that_is_taken_back(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *[look()] * FEWEST)
    assert accept(desk, ledger, look(lines=OTHER_FORM)) == [ASKED]

    def asked() -> tuple[str, ...]:
        return tuple(listings.page_rows(desk.station, ledger)[-1].findings)

    label = listings.page_rows(desk.station, ledger)[-1].seq
    pages.change(desk.station, ledger, label, who=WHO, state=PageState.ENTRY)
    assert asked() == ASKED
    for state in (PageState.COVER, PageState.CLOSING, PageState.BLANK):
        pages.change(desk.station, ledger, label, who=WHO, state=state)
        assert asked() == ()
        acts.take_back(desk.station, Act(ledger, WHO))
        assert asked() == ASKED
