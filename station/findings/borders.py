"""Whether something of the page was cut off: strokes that run into the picture's border where paper still is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.findings.sight import Sight

#: A stroke is cut that reaches from the border this far in and is no wider than a pen makes it; dirt and the fittings
#: around a book are not. Two strokes alone must be lines of a frame, straight and longer. In mm.
_DEEP_MM, _LONG_MM, _WIDE_MM = 2.4, 10.0, 4.0

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


def cut(sight: Sight) -> Cut | None:
    """The side that cuts strokes on the longest stretch; None where no side cuts any."""
    deep, long, wide = (round(sight.pixels(mm)) for mm in (_DEEP_MM, _LONG_MM, _WIDE_MM))
    cuts = []
    for side, turns in _TURNS.items():
        colour = np.rot90(sight.small, turns)[:long].astype(np.int16)
        stamped = colour[:, :, 0] - colour[:, :, 1:].max(axis=2) > _RED
        band = (np.rot90(sight.ink, turns)[:long] > 0) & ~stamped
        places = _crossings(band[:deep], wide)
        if len(places) == 2:
            places = _crossings(band, wide)
        if len(places) > 1:
            cuts.append(Cut(side, len(places), (places[-1] - places[0]) / sight.pixels(1)))
    return max(cuts, key=lambda one: one.stretch_mm, default=None)


def _crossings(band: NDArray[np.bool_], wide: int) -> list[int]:
    """Where a stroke goes from the first row of ``band`` through all of it, leaning as it may."""
    reached = band[0] | band[1]
    for row in band[2:]:
        beside = reached.copy()
        beside[1:] |= reached[:-1]
        beside[:-1] |= reached[1:]
        reached = beside & row
    edges = np.diff(reached.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    return [int(start) for start, end in zip(starts, ends, strict=True) if end - start <= wide]
