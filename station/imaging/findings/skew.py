"""The angle by which the page's lines are off level: the turn at which ink falls into the sharpest rows and columns."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.findings.prepared import PreparedPicture

#: As far as is looked, degrees, and how finely at first and at last.
_WIDEST, _COARSE, _FINE = 10.0, 0.5, 0.1

#: More points than these add no truth, only time.
_POINTS = 5_000


def angle(sight: PreparedPicture) -> float:
    """Degrees by which lines rise to the left (positive: the page is turned clockwise), within 10."""
    points = cv2.findNonZero(sight.ink)
    if points is None:
        return 0.0
    points = points.reshape(-1, 2)
    sample = points[:: max(1, len(points) // _POINTS)].astype(np.float32)
    x, y = (sample - sample.mean(axis=0)).T
    coarse = np.arange(-_WIDEST, _WIDEST + _COARSE / 2, _COARSE)
    best = max(coarse, key=lambda turn: _order(x, y, float(turn), 2.0))
    fine = np.arange(best - _COARSE, best + _COARSE + _FINE / 2, _FINE)
    return float(max(fine, key=lambda turn: _order(x, y, float(turn), 1.0)))


def _order(x: NDArray[np.float32], y: NDArray[np.float32], degrees: float, width: float) -> float:
    """How unevenly the points fall into rows and columns ``width`` pixels wide once turned back by ``degrees``."""
    slope = np.float32(math.tan(math.radians(degrees)))
    return _crowding((y - slope * x) / width) + _crowding((x + slope * y) / width)


def _crowding(places: NDArray[np.floating[Any]]) -> float:
    counts = np.bincount((places - places.min()).astype(np.intp))
    return float(np.dot(counts, counts))
