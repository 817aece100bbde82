"""Places on an image follow it when it is turned."""

from __future__ import annotations

import pytest

from station.domain.image_places import turned

#: In the upper left of an image.
PLACE = (0.1, 0.2, 0.3, 0.25)


@pytest.mark.parametrize(
    ("degrees", "place"),
    [
        (0, PLACE),
        (90, (0.75, 0.1, 0.8, 0.3)),
        (180, (0.7, 0.75, 0.9, 0.8)),
        (270, (0.2, 0.7, 0.25, 0.9)),
        (-90, (0.2, 0.7, 0.25, 0.9)),
    ],
)
def test_place_turns_with_its_image(degrees: int, place: tuple[float, float, float, float]) -> None:
    assert turned(PLACE, degrees) == pytest.approx(place)


def test_turned_there_and_back_is_the_same_place() -> None:
    assert turned(turned(PLACE, 90), -90) == pytest.approx(PLACE)
