"""The place that pages have in common."""

from __future__ import annotations

import pytest

from station.domain.image_places import ImagePlace
from station.reading.common_places import common_place, distance, same_places


def at(x: float, y: float) -> ImagePlace:
    return x, y, x + 0.03, y + 0.02


def test_place_that_most_pages_have_is_the_box_around_them() -> None:
    pages = [[at(0.8, 0.15), at(0.4, 0.3)], [at(0.82, 0.16)], [at(0.79, 0.15), at(0.1, 0.9)]]
    assert common_place(pages) == pytest.approx((0.79, 0.15, 0.85, 0.18))


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [[at(0.8, 0.15)], [at(0.8, 0.15)]],
        [[at(0.8, 0.15)], [at(0.5, 0.5)], [at(0.2, 0.8)]],
        [[at(0.8, 0.15)], [at(0.8, 0.15)], [at(0.8, 0.15)], [], [], []],
        [[at(0.8, 0.15), at(0.8, 0.16), at(0.8, 0.15)], [], []],
    ],
    ids=["no page", "two pages", "three places", "half of the pages", "three times on one page"],
)
def test_fewer_pages_teach_nothing(pages: list[list[ImagePlace]]) -> None:
    assert common_place(pages) is None


def test_a_line_further_down_is_another_place() -> None:
    assert same_places([at(0.8, 0.15), at(0.8, 0.2), at(0.6, 0.15)], at(0.81, 0.155)) == [at(0.8, 0.15)]
    assert distance(at(0.8, 0.15), at(0.7, 0.35)) == pytest.approx(0.3)
