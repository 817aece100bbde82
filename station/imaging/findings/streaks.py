"""Streaks that run along the whole page: dirt on the strip of glass under which a feeder draws the sheets.

Print ends where its form ends, and paper's creases wander; a streak is in the same column from one end of the sheet to
the other. Whether it is dirt the next sheet tells: see :mod:`station.scanning.batch_streaks`.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from station.domain.image_places import ImagePlace
from station.imaging.findings.prepared import PreparedPicture

#: Lines of the sensor that are looked at, at most.
_LOOKED_AT = 256
#: The sheet is looked at in so many pieces, besides both of its ends, which are this share of it; print never reaches
#: there. One of all pieces may differ: writing crosses the streak.
_PIECES, _END = 14, 0.025
#: A piece's paper is told by this percentile of its points: writing leaves so much between its strokes.
_PAPER = 70
#: What is narrower than half of this stands out from its neighbours (mm).
_AROUND_MM = 5.2
#: So near to the paper's edges nothing is looked at (mm); streaks nearer to each other than this are one.
_RIM_MM, _APART_MM = 2.0, 0.5
#: How wide a streak is framed (mm).
_FRAME_MM = 4.0


def streaks(sight: PreparedPicture, limit: float, *, upright: bool = True) -> Iterator[ImagePlace]:
    """Where streaks run that differ by more than ``limit`` grey levels (of 255) from the paper beside them.

    ``upright`` says that the sensor's lines are the picture's rows, else its columns.
    """
    share = sight.picture.shape[1] / sight.paper.ground.shape[1]
    rim = round(_RIM_MM * sight.dpi / 25.4)
    left, top, right, bottom = (round(side * share) for side in sight.paper.box)
    page = sight.picture[top + rim : bottom - rim, left + rim : right - rim]
    start, across = (left + rim, sight.picture.shape[1]) if upright else (top + rim, sight.picture.shape[0])
    lines = page if upright else np.swapaxes(page, 0, 1)
    if len(lines) < _PIECES + 2 or lines.shape[1] < 2:
        return
    columns = np.flatnonzero(_differs(lines[:: max(1, len(lines) // _LOOKED_AT)], sight.dpi, limit))
    apart = _APART_MM * sight.dpi / 25.4
    half = _FRAME_MM / 2 * sight.dpi / 25.4
    for group in np.split(columns, np.flatnonzero(np.diff(columns) > apart) + 1) if columns.size else ():
        middle = start + (float(group[0]) + float(group[-1])) / 2
        first, last = max(0.0, (middle - half) / across), min(1.0, (middle + half) / across)
        yield (first, 0.0, last, 1.0) if upright else (0.0, first, 1.0, last)


def _differs(lines: NDArray[np.uint8], dpi: float, limit: float) -> NDArray[np.bool_]:
    """Which columns are darker, or lighter, than those beside them from one end of the sheet to the other."""
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(lines), cv2.COLOR_RGB2GRAY), np.uint8)
    end = max(1, round(len(grey) * _END))
    pieces = [grey[:end], *np.array_split(grey[end:-end], _PIECES), grey[-end:]]
    paper = np.stack([_of_paper(piece) for piece in pieces if len(piece)])
    around = min(255, round(_AROUND_MM * dpi / 25.4)) | 1
    # A median over one row only: the row three times, of which the middle one counts.
    beside = np.stack([cv2.medianBlur(np.repeat(row[None], 3, axis=0), around)[1] for row in paper])
    difference = paper.astype(np.int16) - beside
    in_order = np.sort(difference, axis=0)
    darker = (in_order[-2] < -limit) & (difference[0] < -limit) & (difference[-1] < -limit)
    lighter = (in_order[1] > limit) & (difference[0] > limit) & (difference[-1] > limit)
    return np.asarray(darker | lighter, np.bool_)


def _of_paper(piece: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The level of the paper in each column: of its points in order, that at the percentile (a sort of bytes)."""
    at = round((len(piece) - 1) * _PAPER / 100)
    return np.asarray(np.partition(piece, at, axis=0)[at], np.uint8)
