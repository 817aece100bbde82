"""The fold of an open book: where it lies, told by its shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Rows that are looked at, at most: finding a fold needs no writing.
_LOOKED_AT = 400
#: Dark lines that are narrower than this share of the width are print, and closed over (2 mm of A3 on its side): a
#: register's frame stands beside the fold from top to bottom as the shadow does, but a shadow is wider.
_PRINT = 0.0045
#: A column's paper is told by its brighter rows, this percentile of them: writing leaves so much between its lines.
_PAPER = 85
#: Shares of the width over which the paper's light is smoothed: for the shadow, for what is around it, and where in the
#: shadow it is darkest.
_SHADOW, _AROUND, _DARKEST = 0.006, 0.1, 0.002
#: A shadow counts from this depth (grey levels of 255), and when it is this much deeper than the next one.
_DEPTH, _CLEARER = 8.0, 1.4


def fold_position(grey: NDArray[np.uint8]) -> float | None:
    """Where the fold of an open book lies in an upright grey image, at any reduced size; None where no fold is seen.

    A fold is a shadow that runs from top to bottom: it darkens the paper itself, where writing leaves paper between
    its lines. Only the middle third is looked at.
    """
    height, width = grey.shape
    if width < 64 or height < 64:
        return None
    sample = grey[:: max(1, height // _LOOKED_AT)]
    # The ends of a book's fold lie on the table or under the lid: what is above and below is left out.
    sample = sample[sample.shape[0] // 10 : -(sample.shape[0] // 10)]
    print_width = max(3, round(width * _PRINT)) | 1
    sample = np.asarray(cv2.morphologyEx(sample, cv2.MORPH_CLOSE, np.ones((1, print_width), np.uint8)), np.uint8)
    paper = np.percentile(sample, _PAPER, axis=0)
    first, last = width // 3, width - width // 3
    depth = (_smoothed(paper, width * _AROUND) - _smoothed(paper, width * _SHADOW))[first:last]
    deepest = int(depth.argmax())
    near = max(1, round(width * 4 * _SHADOW))
    others = np.concatenate([depth[: max(0, deepest - near)], depth[deepest + near :]])
    next_one = max(1.0, float(others.max())) if others.size else 1.0
    if depth[deepest] < _DEPTH or depth[deepest] < _CLEARER * next_one:
        return None
    start = first + max(0, deepest - near // 2)
    darkest = int(_smoothed(paper, width * _DARKEST)[start : min(last, first + deepest + near // 2 + 1)].argmin())
    return float((start + darkest + 0.5) / width)


def _smoothed(line: NDArray[np.floating], span: float) -> NDArray[np.floating]:
    """The mean of ``span`` neighbours at each place; the ends are continued by their own value."""
    whole = max(1, round(span))
    padded = np.pad(line, (whole // 2, whole - 1 - whole // 2), mode="edge")
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    means: NDArray[np.floating] = (sums[whole:] - sums[:-whole]) / whole
    return means
