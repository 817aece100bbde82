"""A box over a rule is two; writing is no rule."""

from __future__ import annotations

import cv2
import numpy as np

from station.reading import cells
from station.reading.detector import Box
from tests.station.drawn_lines import on_paper, printed


def test_box_that_reaches_over_a_rule_is_cut_there() -> None:
    page = on_paper((printed("564"), 100, 200), (printed("25"), 300, 200))
    cv2.line(page, (260, 20), (264, 900), (60, 55, 50), 3)
    left, right = cells.parted([Box(100, 210, 420, 270)], page)
    assert (left.left, right.right) == (100, 420)
    assert abs(left.right - 261) < 6
    assert right.left == left.right


def test_letters_are_no_rules() -> None:
    page = on_paper((printed("111 l1l | 4417"), 100, 200))
    box = Box(100, 210, 500, 270)
    assert cells.parted([box], page) == [box]


def test_page_without_boxes_has_nothing_to_part() -> None:
    assert cells.parted([], np.zeros((0, 0, 3), np.uint8)) == []


def test_numbers_close_below_each_other_are_a_row_each() -> None:
    page = on_paper(*((printed(str(number)), 100, 50 + 90 * index) for index, number in enumerate(range(218, 228))))
    rows = cells.parted([Box(100, 50, 240, 940)], page)
    assert len(rows) == 10
    assert all(30 < row.height < 70 for row in rows)
