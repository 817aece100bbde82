"""Whether something of the page was cut off: strokes that run into the picture's border where paper still is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.findings.prepared import PreparedPicture

#: A stroke is cut that reaches from the border this far in and is no wider than a pen makes it; dirt and the fittings
#: around a book are not. A line of a form reaches further. In mm.
_DEEP_MM, _LONG_MM, _WIDE_MM = 2.4, 10.0, 4.0

#: So many short strokes are writing, where the paper does not end by itself.
_WRITING = 3

#: Two lines alone may be the ring of a stamp, unless they are further apart than one is wide (36 mm).
_STAMP_MM = 40.0

#: Paper that gets darker towards the border by this share, within so many mm of it, ends there: an edge or a fold.
_SHADE, _EDGE_MM, _FLAT_MM = 0.04, 8.0, 30.0

#: Red ink is a stamp across two pages (giáp lai), which every page's edge cuts: red above the other colours by this.
_RED = 30

#: How often a side is turned by a quarter so that it lies on top.
_TURNS = {"top": 0, "right": 1, "bottom": 2, "left": 3}


@dataclass(frozen=True)
class Cut:
    """The side on which strokes are cut, how many, and from the first to the last of them in mm."""

    side: str
    strokes: int
    stretch_mm: float


def cut_side(sight: PreparedPicture) -> Cut | None:
    """The side that cuts strokes on the longest stretch; None where no side cuts any."""
    deep, long, wide = (round(sight.pixels(mm)) for mm in (_DEEP_MM, _LONG_MM, _WIDE_MM))
    cuts: list[Cut] = []
    if min(deep, *sight.small.shape[:2]) < 2:
        return None  # one row of pixels shows no stroke: at so low a resolution nothing is told
    for side, turns in _TURNS.items():
        red, *others = cv2.split(np.ascontiguousarray(np.rot90(sight.small, turns)[:long]))
        stamped = cv2.subtract(red, cv2.max(*others)) > _RED
        band = (np.rot90(sight.ink, turns)[:long] > 0) & ~stamped
        lines, strokes = _crossings(band, wide), _crossings(band[:deep], wide)
        if len(lines) == 2 and lines[1] - lines[0] < sight.pixels(_STAMP_MM):
            lines = []
        if len(strokes) < _WRITING or _ends(sight, turns):
            strokes = []
        for places in (lines, strokes):
            if len(places) > 1:
                cuts.append(Cut(side, len(places), (places[-1] - places[0]) / sight.pixels(1)))
    return max(cuts, key=lambda one: one.stretch_mm, default=None)


def _ends(sight: PreparedPicture, turns: int) -> bool:
    """Whether the paper ends, or folds away, at the border on that side."""
    ground = np.rot90(sight.paper.ground, turns)
    edge, flat = (max(1, round(mm * sight.paper.dpi / 25.4)) for mm in (_EDGE_MM, _FLAT_MM))
    profile = np.median(ground[:flat], axis=1)
    return bool(profile[:edge].min() < (1 - _SHADE) * profile[edge:].max(initial=0))


def _crossings(band: NDArray[np.bool_], wide: int) -> list[int]:
    """Where a stroke goes from the first row of ``band`` through all of it, leaning as it may."""
    stroke = band[0] | band[1]
    for row in band[2:]:
        beside = stroke.copy()
        beside[1:] |= stroke[:-1]
        beside[:-1] |= stroke[1:]
        stroke = beside & row
    edges = np.diff(stroke.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    return [int(start) for start, end in zip(starts, ends, strict=True) if end - start <= wide]
