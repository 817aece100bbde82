"""A page on another printed form than its ledger's asks, once: a person's answer makes the new form known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Finding
from station.domain.states import PageState
from station.imaging.image_facts import RuledLines
from station.ledger import pages
from station.ledger.entries import Act
from station.ledger.ledger_appearance import FEWEST
from station.review import answers
from station.undo import acts
from station.views import listings
from tests.station.ledger.looked_alike import FORM, OTHER_FORM, STRIPS, TAUGHT, accept, look, ruled
from tests.station.opened_station import WHO, OpenedStation, opened_station

ASKED = ("other-form",)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, TAUGHT) as ready:
        yield ready


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger whose form is known."""
    name = desk.ledger()
    assert accept(desk, name, *[look()] * FEWEST) == [()] * FEWEST
    return name


def moved(lines: RuledLines, by: int) -> RuledLines:
    return RuledLines(*(strips[-by:] + strips[:-by] for strips in (lines.columns, lines.rows)))


def on_its_head(lines: RuledLines) -> RuledLines:
    return RuledLines(lines.columns[::-1], lines.rows[::-1])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (moved(FORM, 6), ()),
        (on_its_head(FORM), ()),
        (OTHER_FORM, ASKED),
        (RuledLines(FORM.columns, OTHER_FORM.rows), ASKED),
        (RuledLines(bytes(STRIPS), bytes(STRIPS)), ASKED),
    ],
    ids=["moved", "on its head", "another", "other rows", "none"],
)
def test_page_asks_whose_lines_stand_elsewhere(
    desk: OpenedStation, ledger: str, lines: RuledLines, told: tuple[str, ...]
) -> None:
    assert accept(desk, ledger, look(lines=lines)) == [told]


def test_form_that_changes_in_the_middle_asks_once_and_never_again_after_the_answer(
    desk: OpenedStation, ledger: str
) -> None:
    changed = look(lines=OTHER_FORM)
    assert accept(desk, ledger, *[changed] * 3) == [ASKED, (), ()]
    answers.keep(desk.station, desk.all(select(Finding.id)), who=WHO)
    assert accept(desk, ledger, changed, look(), changed) == [()] * 3
    third = look(lines=ruled((10, 50, 90, 200), (50, 60, 70, 100)))
    assert accept(desk, ledger, third) == [ASKED]


def test_ledger_with_one_form_at_the_left_and_one_at_the_right_is_not_asked_about(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    both = [look(), look(lines=OTHER_FORM)]
    assert accept(desk, ledger, *both * 6) == [()] * 12


@pytest.mark.parametrize(
    "lines",
    [RuledLines(bytes(STRIPS), bytes(STRIPS)), RuledLines(bytes(range(STRIPS)), bytes(STRIPS))],
    ids=["no lines", "something"],
)
def test_ledger_without_ruled_lines_is_not_asked_about(desk: OpenedStation, lines: RuledLines) -> None:
    """Folds and strokes of writing are taken for lines here and there, and are nobody's form."""
    ledger = desk.ledger()
    few = [ruled((17 * number % STRIPS,), (29 * number % STRIPS,)) for number in range(1, FEWEST + 2)]
    assert accept(desk, ledger, *[look(lines=one) for one in few], look(lines=lines)) == [()] * (FEWEST + 2)


@pytest.mark.parametrize("state", [PageState.COVER, PageState.CLOSING, PageState.BLANK])
def test_who_says_that_a_page_is_no_entrys_has_answered(desk: OpenedStation, ledger: str, state: PageState) -> None:
    assert accept(desk, ledger, look(lines=OTHER_FORM)) == [ASKED]
    label = listings.page_rows(desk.station, ledger)[-1].seq
    pages.change(desk.station, ledger, label, who=WHO, state=PageState.ENTRY)
    assert tuple(listings.page_rows(desk.station, ledger)[-1].findings) == ASKED
    pages.change(desk.station, ledger, label, who=WHO, state=state)
    assert tuple(listings.page_rows(desk.station, ledger)[-1].findings) == ()
    acts.take_back(desk.station, Act(ledger, WHO))
    assert tuple(listings.page_rows(desk.station, ledger)[-1].findings) == ASKED
