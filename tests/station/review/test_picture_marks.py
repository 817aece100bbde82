"""Marks lie on the picture as it is shown, however the image was stored."""

from __future__ import annotations

import pytest

from station.catalogue.models import Capture
from station.review.picture_marks import marks_on

PLACE = (0.1, 0.2, 0.3, 0.25)


def capture(width: int = 1000, height: int = 2000, dpi: tuple[float, float] = (300.0, 300.0)) -> Capture:
    return Capture(width=width, height=height, dpi_x=dpi[0], dpi_y=dpi[1])


def test_mark_is_a_box_on_the_picture() -> None:
    marks = marks_on(capture(), 0, [PLACE, PLACE])
    assert marks is not None
    assert (marks.width, marks.height) == (1000, 2000)
    assert marks.boxes == (pytest.approx((100, 400, 200, 100)),)


def test_mark_turns_with_the_picture() -> None:
    marks = marks_on(capture(), 90, [PLACE])
    assert marks is not None
    assert (marks.width, marks.height) == (2000, 1000)
    assert marks.boxes == (pytest.approx((1500, 100, 100, 200)),)


def test_marks_know_pixels_that_are_not_square() -> None:
    marks = marks_on(capture(1000, 1000, (300.0, 150.0)), 0, [PLACE])
    assert marks is not None
    assert (marks.width, marks.height) == (1000, 2000)


def test_picture_without_a_place_has_no_marks() -> None:
    assert marks_on(capture(), 0, []) is None
