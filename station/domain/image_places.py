"""A place on an image, as shares of its width and height, so that it is the same on the master and on every preview."""

from __future__ import annotations

#: Left, top, right, bottom, each 0-1.
ImagePlace = tuple[float, float, float, float]


def of_box(left: int, top: int, width: int, height: int, *, wide: float, high: float) -> ImagePlace:
    """Where a box lies on an image that is so ``wide`` and ``high``, in whatever unit all of them are."""
    return left / wide, top / high, (left + width) / wide, (top + height) / high


def meet(one: ImagePlace, other: ImagePlace) -> bool:
    """Whether two places have a part in common."""
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


def turned(place: ImagePlace, degrees: int) -> ImagePlace:
    """Where a place lies after its image was turned clockwise by so many ``degrees``, a multiple of 90."""
    for _ in range(degrees // 90 % 4):
        left, top, right, bottom = place
        place = (1 - bottom, left, 1 - top, right)
    return place
