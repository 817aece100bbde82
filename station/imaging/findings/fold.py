"""The fold of an open book: where it lies, told by its shadow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Rows that are looked at, at most: finding a fold needs no writing.
_LOOKED_AT = 400
#: The share of the width that a fold's shadow is smoothed over: wider than a printed rule, narrower than a column.
_SHADOW = 0.012
#: A shadow counts from this depth (grey levels of 255), and when it is this much deeper than the next one.
_DEPTH, _CLEARER = 8.0, 1.4


def fold_position(grey: NDArray[np.uint8]) -> float | None:
    """Where the fold of an open book lies in an upright grey image, at any reduced size; None where nothing tells.

    A fold is a shadow that runs from top to bottom: it darkens the paper itself, where writing leaves paper between
    its lines. Only the middle third is looked at.
    """
    height, width = grey.shape
    if width < 64 or height < 64:
        return None
    sample = grey[:: max(1, height // _LOOKED_AT)].astype(np.float32)
    # The ends of a book's fold lie on the table or under the lid: what is above and below is left out.
    sample = sample[sample.shape[0] // 10 : -(sample.shape[0] // 10)]
    paper = _smoothed(np.percentile(sample, 70, axis=0), max(1, round(width * _SHADOW)))
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
