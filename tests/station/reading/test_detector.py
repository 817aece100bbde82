"""Lines are found where they stand; a page that has none, or far too much, costs no more than another."""

from __future__ import annotations

import numpy as np
import pytest

from station.reading.detector import MOST_BOXES, Box, Detector
from tests.station.drawn_lines import on_paper, printed


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def test_each_line_of_a_page_is_found_where_it_stands(detector: Detector) -> None:
    first, second = printed("Trang 12"), printed("Ngày 23 tháng 08 năm 2007")
    boxes = detector.boxes(on_paper((first, 200, 100), (second, 300, 600)))
    assert len(boxes) == 2
    for box, line, (left, top) in zip(boxes, (first, second), ((200, 100), (300, 600)), strict=True):
        across, down = box.middle
        assert across == pytest.approx(left + line.shape[1] / 2, abs=15)
        assert down == pytest.approx(top + line.shape[0] / 2, abs=15)
        assert box.width == pytest.approx(line.shape[1], rel=0.2)


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_page_of_one_shade_has_no_lines(detector: Detector, shade: int) -> None:
    assert detector.boxes(np.full((700, 500, 3), shade, np.uint8)) == []


def test_a_thousand_lines_are_no_more_than_a_page_can_have(detector: Detector) -> None:
    word = printed("12", 14)
    places = [(word, left, top) for left in range(10, 1500, 48) for top in range(10, 960, 28)]
    assert len(places) > 1000
    assert len(detector.boxes(on_paper(*places), side=1600)) <= MOST_BOXES


def test_sliver_of_a_page_is_looked_at_too(detector: Detector) -> None:
    assert detector.boxes(np.full((1, 3000, 3), 255, np.uint8)) == []


def test_boxes_around_each_other_hold_both() -> None:
    assert Box(10, 20, 30, 40).around(Box(5, 25, 20, 60)) == Box(5, 20, 30, 60)
