"""An open book in one capture: where the fold lies, and which part of the image each of the two pages is.

The fold is told as a share of the upright image's width, counted from the left. Pages keep a little of the image beyond
the fold, because a book never lies quite straight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from station.models import Region

Box = tuple[int, int, int, int]

LEFT, RIGHT = 1, 2
#: Where the fold is taken to be when nothing tells of it.
MIDDLE = 0.5
#: A person may move the fold between these; what lies further out is no open book.
NEAREST, FURTHEST = 0.3, 0.7
#: How much of the width a page keeps beyond the fold, on its own side: 6 mm of an A2 spread.
_BEYOND = 0.01

#: Rows that are looked at, at most: finding a fold needs no writing.
_LOOKED_AT = 400
#: The share of the width that a fold's shadow is smoothed over: wider than a printed rule, narrower than a column.
_SHADOW = 0.012
#: A shadow counts from this depth (grey levels of 255), and when it is this much deeper than the next one.
_DEPTH, _CLEARER = 8.0, 1.4


def lay(regions: Sequence[Region], turn: int, fold: float) -> None:
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
    cut = fold if ahead else 1 - fold
    end = min(length, round((cut + _BEYOND) * length))
    start = round((cut - _BEYOND) * length)
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


def find_fold(grey: NDArray[np.uint8]) -> float | None:
    """Where the fold of an open book lies in an upright grey image, at any reduced size; None where nothing tells.

    A fold is a shadow that runs from top to bottom: it darkens the paper itself, where writing leaves paper between
    its lines. Only the middle third is looked at.
    """
    height, width = grey.shape
    if width < 64 or height < 64:
        return None
    looked = grey[:: max(1, height // _LOOKED_AT)].astype(np.float32)
    # The ends of a book's fold lie on the table or under the lid: what is above and below is left out.
    looked = looked[looked.shape[0] // 10 : -(looked.shape[0] // 10)]
    paper = _smoothed(np.percentile(looked, 70, axis=0), max(1, round(width * _SHADOW)))
    around = _smoothed(paper, max(3, round(width * _SHADOW * 8)))
    depth = (around - paper)[width // 3 : width - width // 3]
    deepest = int(depth.argmax())
    near = max(1, round(width * _SHADOW * 2))
    others = np.concatenate([depth[: max(0, deepest - near)], depth[deepest + near :]])
    next_one = max(1.0, float(others.max())) if others.size else 1.0
    if depth[deepest] < _DEPTH or depth[deepest] < _CLEARER * next_one:
        return None
    return float((width // 3 + deepest + 0.5) / width)


def _smoothed(line: NDArray[np.floating], span: int) -> NDArray[np.floating]:
    """The mean of ``span`` neighbours at each place; the ends are continued by their own value."""
    padded = np.pad(line, (span // 2, span - 1 - span // 2), mode="edge")
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    means: NDArray[np.floating] = (sums[span:] - sums[:-span]) / span
    return means
