"""Printed forms: values beside their labels, the title, a page on its head, a form that nobody filled in."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest

from drivers.drawn import PageKind, draw_page, forms
from drivers.drawn.sheet import DrawnSheet
from station.imaging.decoding import Pixels
from station.reading.fields import Grade, PageReading
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


def sure(reading: PageReading) -> dict[str, str]:
    return {str(field.kind): field.value for field in reading.fields if field.grade is Grade.SURE}


def entry(type_code: str, number: int, day: date, *, printed: int, book: int, seed: int = 0) -> Pixels:
    sheet = DrawnSheet(random.Random(seed), 250)
    forms.entry(sheet, forms.book(type_code, day.year, book, seed), number, day, printed)
    return np.asarray(sheet.image)


@pytest.mark.parametrize(
    ("type_code", "number", "day", "printed", "book"),
    [
        ("KH", 11, date(2007, 2, 4), 12, 1),
        ("KS", 307, date(1998, 11, 30), 154, 7),
        ("KT", 84, date(2015, 3, 9), 90, 12),
    ],
)
def test_form_gives_all_that_stands_beside_its_labels(
    reader: PageReader, type_code: str, number: int, day: date, printed: int, book: int
) -> None:
    reading = reader.read_form(PageImage(entry(type_code, number, day, printed=printed, book=book, seed=number)))
    assert sure(reading) == {
        "type": type_code,
        "book": str(book),
        "year": str(day.year),
        "number": str(number),
        "date": day.isoformat(),
        "page": str(printed),
    }
    assert not reading.upside_down
    assert not reading.empty_form


def test_page_on_its_head_is_told_and_read_and_its_boxes_are_those_of_the_image_as_stored(reader: PageReader) -> None:
    upright = entry("KH", 11, date(2007, 2, 4), printed=12, book=1)
    turned = np.ascontiguousarray(upright[::-1, ::-1])
    right, wrong = reader.read_form(PageImage(upright)), reader.read_form(PageImage(turned))
    assert (right.upside_down, wrong.upside_down) == (False, True)
    assert sure(wrong) == sure(right)
    height, width = upright.shape[:2]
    for before, after in zip(right.fields, wrong.fields, strict=True):
        left, top, far, bottom = after.box
        assert before.box == pytest.approx((width - far, height - bottom, width - left, height - top), abs=12)


def test_form_on_a_ground_that_is_larger_is_read_by_its_paper(reader: PageReader) -> None:
    form = entry("KH", 11, date(2007, 2, 4), printed=12, book=1)
    around = ((220, 260), (150, 150), (0, 0))
    reading = reader.read_form(PageImage(np.pad(form, around, constant_values=18)))
    assert sure(reading).items() >= {"number": "11", "date": "2007-02-04", "page": "12"}.items()


def test_form_that_nobody_filled_in_is_empty(reader: PageReader) -> None:
    sheet = DrawnSheet(random.Random(1), 250)
    forms._heading(sheet, forms.book("KH", 2007, 3, 1))
    forms._line(sheet, forms.LEFT + 6, forms.LEFT + 60, 53, [forms.FormField("Số:", "")], size=8.5)
    forms._line(sheet, forms.LEFT + 66, forms.RIGHT - 6, 53, [forms.FormField("Ngày đăng ký:", "")], size=7)
    forms._footer(sheet, 7)
    reading = reader.read_form(PageImage(np.asarray(sheet.image)))
    assert reading.empty_form
    assert sure(reading) == {"type": "KH", "book": "3", "year": "2007", "page": "7"}


def test_closing_page_tells_its_totals(reader: PageReader) -> None:
    reading = reader.read_form(PageImage(np.asarray(draw_page(145, type_code="KH", kind=PageKind.CLOSING, seed=4))))
    assert sure(reading).items() >= {"total_pages": "145", "total_entries": "144", "page": "145"}.items()


def test_page_that_nobody_used_has_a_page_number_only(reader: PageReader) -> None:
    reading = reader.read_form(PageImage(np.asarray(draw_page(12, kind=PageKind.BLANK))))
    assert sure(reading) == {"page": "12"}
    assert not reading.empty_form


def test_date_outside_the_calendar_is_no_date(reader: PageReader) -> None:
    sheet = DrawnSheet(random.Random(2), 250)
    forms._heading(sheet, forms.book("KH", 2007, 1, 2))
    written = [forms.FormField("Ngày đăng ký:", "31 tháng 02 năm 2007")]
    forms._line(sheet, forms.LEFT + 66, forms.RIGHT - 6, 53, written, size=7)
    assert "date" not in sure(reader.read_form(PageImage(np.asarray(sheet.image))))
