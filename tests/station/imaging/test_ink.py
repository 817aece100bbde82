"""Ink that a copy loses is told by the worst places, however good the rest is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from drivers.drawn import draw_page
from station.imaging import ink
from station.imaging.ink import Grey


@pytest.fixture(scope="module")
def page() -> Grey:
    return np.asarray(draw_page(4, seed=1, dpi=200).convert("L"))


def test_same_page_keeps_all(page: Grey) -> None:
    assert ink.share_kept(page, page) == pytest.approx(1.0)


def test_paper_that_is_lighter_takes_nothing_from_the_ink(page: Grey) -> None:
    assert ink.share_kept(page, np.minimum(page.astype(np.int16) + 10, 255).astype(np.uint8)) > 0.95


def test_blur_of_a_tenth_of_the_page_counts_as_much_as_that_of_all(page: Grey) -> None:
    blurred = np.asarray(cv2.GaussianBlur(page, (0, 0), 6), np.uint8)
    written = np.flatnonzero((page < 100).sum(axis=1) > 20)
    top = int(written[len(written) // 2])
    partly = page.copy()
    partly[top : top + page.shape[0] // 5] = blurred[top : top + page.shape[0] // 5]
    assert ink.share_kept(page, blurred) < 0.5
    assert ink.share_kept(page, partly) < 0.5


def test_worst_places_are_where_the_ink_is_lost_and_far_apart(page: Grey) -> None:
    written = np.flatnonzero((page < 100).sum(axis=1) > 20)
    top = int(written[len(written) // 2])
    partly = page.copy()
    partly[top : top + 100] = cv2.GaussianBlur(page, (0, 0), 6)[top : top + 100]
    places = ink.worst_places(page, partly, 3)
    assert len(places) == 3
    for left, upper, right, lower in places:
        assert top - 48 < upper < lower < top + 148
        assert 0 < right - left <= 48
    assert min(abs(one[0] - other[0]) for one in places for other in places if one != other) > 48
    assert ink.worst_places(np.full((300, 200), 230, np.uint8), np.full((300, 200), 230, np.uint8), 3) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 4000), (4000, 3), (47, 47), (300, 200)])
def test_empty_paper_of_any_shape_has_nothing_to_lose(shape: tuple[int, int]) -> None:
    assert ink.share_kept(np.full(shape, 230, np.uint8), np.full(shape, 200, np.uint8)) == 1.0
