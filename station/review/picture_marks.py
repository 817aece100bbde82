"""Where on a picture of a capture its findings lie, so that a person sees at a glance which place is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from station.catalogue.models import Capture
from station.domain.image_places import ImagePlace, turned


@dataclass(frozen=True)
class PictureMarks:
    """Boxes (left, top, width, height) on a picture of ``width`` and ``height``; what a unit is, does not matter."""

    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float], ...]


def marks_on(capture: Capture, turn: int, places: Iterable[ImagePlace]) -> PictureMarks | None:
    """The marks on a capture that is shown whole, turned clockwise by ``turn`` degrees; None where there are none.

    ``places`` are on the image as it is stored, each once, in their order.
    """
    upright = [turned(place, turn) for place in dict.fromkeys(places)]
    if not upright:
        return None
    from station.imaging import decoding  # with Pillow, which lists of questions do without

    size = decoding.square_size(capture.width, capture.height, (capture.dpi_x, capture.dpi_y))
    width, height = size if turn % 180 == 0 else size[::-1]
    boxes = (
        (left * width, top * height, (right - left) * width, (bottom - top) * height)
        for left, top, right, bottom in upright
    )
    return PictureMarks(width, height, tuple(boxes))
