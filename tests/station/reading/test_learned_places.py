"""Values of a form that nobody described: found where people entered them, read there on the next page."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from drivers.drawn import draw_page
from station.domain.image_places import ImagePlace
from station.reading.common_places import common_place
from station.reading.fields import FieldKind, Grade
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from tests.station.undescribed_form import FIGURES, WORDS, undescribed_form

KINDS = (FieldKind.NUMBER, FieldKind.DATE, FieldKind.PAGE)


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


def form(index: int, written: str = FIGURES) -> PageImage:
    day = date(1987, 3, 4 + 3 * index)
    return PageImage(undescribed_form(41 + index, day, 44 + index, seed=index, written=written))


def values(index: int) -> dict[FieldKind, str]:
    day = date(1987, 3, 4 + 3 * index)
    return dict(zip(KINDS, (str(41 + index), day.isoformat(), str(44 + index)), strict=True))


@pytest.fixture(scope="module")
def places(reader: PageReader) -> dict[FieldKind, ImagePlace]:
    """What three pages teach, one of which writes its day in figures."""
    pages = [
        reader.find(form(index, written=written), values(index))
        for index, written in enumerate((WORDS, FIGURES, WORDS))
    ]
    learned = {kind: common_place([page[kind] for page in pages]) for kind in KINDS}
    return {kind: place for kind, place in learned.items() if place is not None}


def test_what_three_pages_taught_is_read_on_the_next_one(
    reader: PageReader, places: dict[FieldKind, ImagePlace]
) -> None:
    page = form(5)
    assert reader.read(page).fields == ()
    fields = reader.read(page, places=places).fields
    assert {one.kind: one.value for one in fields} == values(5)
    assert {one.grade for one in fields} == {Grade.LIKELY}, "the order of the register makes it sure, not the place"
    (number,) = (one for one in fields if one.kind is FieldKind.NUMBER)
    assert max(number.candidates, key=number.candidates.__getitem__) == "46"
    left, top, right, bottom = number.box
    assert left > page.width * 0.75
    assert top < page.height * 0.2
    assert (right - left, bottom - top) < (page.width * 0.1, page.height * 0.05)


def test_page_that_lies_elsewhere_on_the_glass_is_read_by_its_paper(
    reader: PageReader, places: dict[FieldKind, ImagePlace]
) -> None:
    around = ((180, 240), (90, 300), (0, 0))
    page = PageImage(np.pad(form(5, written=WORDS).pixels, around, constant_values=18))
    assert {one.kind: one.value for one in reader.read(page, places=places).fields} == values(5)


def test_labels_say_more_than_learned_places(reader: PageReader, places: dict[FieldKind, ImagePlace]) -> None:
    described = PageImage(np.asarray(draw_page(4, type_code="KH", dpi=150)))
    assert reader.read(described, places=places) == reader.read(described)


def test_page_with_nothing_at_the_places_says_nothing(reader: PageReader, places: dict[FieldKind, ImagePlace]) -> None:
    blank = PageImage(np.full((1500, 1060, 3), 235, np.uint8))
    assert reader.read(blank, places=places).fields == ()


def test_what_a_person_entered_against_the_page_stands_nowhere(reader: PageReader) -> None:
    assert reader.find(form(0), {FieldKind.NUMBER: "977", FieldKind.DATE: "2011-11-30"}) == {
        FieldKind.NUMBER: [],
        FieldKind.DATE: [],
    }
