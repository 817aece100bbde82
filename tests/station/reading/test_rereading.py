"""What was read on a page is read again on another image of it, in its place and by itself."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from station.reading import rereading
from station.reading.fields import Field, FieldKind
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.recogniser import Recogniser
from tests.station.drawn_lines import filled_form

READ = {FieldKind.NUMBER: "35", FieldKind.DATE: "1997-12-16", FieldKind.PAGE: "38", FieldKind.YEAR: "1997"}


@pytest.fixture(scope="module")
def page() -> PageImage:
    return filled_form()


@pytest.fixture(scope="module")
def fields(page: PageImage) -> list[Field]:
    return [one for one in PageReader().read_form(page).fields if one.kind in READ]


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def test_same_page_reads_the_same(page: PageImage, fields: list[Field], recogniser: Recogniser) -> None:
    assert {one.kind for one in fields} == READ.keys()
    read = rereading.read_again(page, fields, recogniser)
    assert {field.kind: value for field, (value, _) in zip(fields, read, strict=True)} == READ
    assert all(probable > 0.9 for _, probable in read)


def test_smaller_image_is_read_in_the_same_places(page: PageImage, fields: list[Field], recogniser: Recogniser) -> None:
    half = np.asarray(cv2.resize(page.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    read = rereading.read_again(PageImage(half, 0.5), fields, recogniser)
    assert {field.kind: value for field, (value, _) in zip(fields, read, strict=True)} == READ


def test_image_without_the_writing_reads_nothing_for_sure(
    page: PageImage, fields: list[Field], recogniser: Recogniser
) -> None:
    blank = replace(page, pixels=np.full_like(page.pixels, 240))
    assert all(probable < 0.8 for _, probable in rereading.read_again(blank, fields, recogniser))


def test_field_at_the_edge_of_a_page_is_read_without_harm(page: PageImage, recogniser: Recogniser) -> None:
    edge = replace(field_at((page.width - 5, 0, page.width, 6)), kind=FieldKind.DATE)
    outside = field_at((page.width + 5, 0, page.width + 50, 60))
    assert len(rereading.read_again(page, [edge, outside], recogniser)) == 2


def field_at(box: tuple[int, int, int, int]) -> Field:
    return Field.of({"kind": "number", "value": "1", "confidence": 1.0, "grade": "sure", "box": list(box)})


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_place_as_stored_is_shown_where_the_page_was_turned_to(page: PageImage, turn: int) -> None:
    turned = replace(page, left=30, top=50, share=0.5).turned(turn)
    box = turned.box_of_file((130, 250, 230, 290))
    assert turned.box_in_file(box) == (130, 250, 230, 290)
