"""An open book in one capture: where the fold lies, and which part of the image each of the two pages is.

The fold is told as a share of the upright image's width, counted from the left. Pages keep a little of the image beyond
the fold, because a book never lies quite straight.
"""

from __future__ import annotations

from collections.abc import Sequence

from station.catalogue.models import Region

Box = tuple[int, int, int, int]

LEFT, RIGHT = 1, 2
#: Where the fold is taken to be when nothing tells of it.
MIDDLE = 0.5
#: A person may move the fold between these; what lies further out is no open book.
NEAREST, FURTHEST = 0.3, 0.7
#: How much of the width a page keeps beyond the fold, on its own side: 6 mm of an A2 spread.
_BEYOND = 0.01


def place_halves(regions: Sequence[Region], turn: int, fold: float) -> None:
    """Give both pages of a spread, left and right, their part of their capture, which ``turn`` makes upright."""
    for region in regions:
        region.crop = box((region.capture.width, region.capture.height), region.side or LEFT, turn, fold)


def box(size: tuple[int, int], side: int, turn: int, fold: float) -> Box:
    """The part of an image of ``size`` that shows a side, in pixels as stored; ``turn`` is what makes it upright."""
    # From the stored image's left or top edge, the left page comes first, unless turning brings it to the other end.
    ahead = turn in (0, 270)
    first = (side == LEFT) == ahead
    across = turn % 180 == 0
    length = size[0] if across else size[1]
    edge = fold if ahead else 1 - fold
    end = min(length, round((edge + _BEYOND) * length))
    start = round((edge - _BEYOND) * length)
    low, high = (0, end) if first else (start, length)
    return (low, 0, high, size[1]) if across else (0, low, size[0], high)


def turn_of(region: Region) -> int:
    """How far the open book as a whole is turned, by the part that one of its pages has; each may be turned further."""
    if region.crop is None:
        return region.rotation
    left, top, right, _bottom = region.crop
    across = (left, right) != (0, region.capture.width)
    ahead = ((left if across else top) == 0) == (region.side == LEFT)
    return (0 if ahead else 180) if across else (270 if ahead else 90)


def fold_of(region: Region) -> float:
    """Where the fold lies, by the part that one page of a spread has."""
    if region.crop is None:
        return MIDDLE
    turn = turn_of(region)
    across = turn % 180 == 0
    length = region.capture.width if across else region.capture.height
    low, high = region.crop[0::2] if across else region.crop[1::2]
    inner = high / length - _BEYOND if low == 0 else low / length + _BEYOND
    return inner if turn in (0, 270) else 1 - inner
