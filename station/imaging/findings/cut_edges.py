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

#: What lies beyond a stretch without ink is not of this page: the facing page's strip or stamp, dirt in the fold, the
#: binding. So wide a stretch, beginning so far in at most, with ink on less than this share of it, beside the strokes
#: and so far around them. In mm.
_BARE_MM, _STRIP_MM, _BARE, _AROUND_MM = 5.0, 25.0, 0.004, 10.0

#: Paper this much darker than on both sides of it, so far in at most, is the fold: what lies beyond is the facing page.
_FOLD = 0.05

#: A line so near to the picture's corner is a page's edge or a fold that runs along the side, mm.
_CORNER_MM = 8.0

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
    deep, long, wide, corner = (round(sight.pixels(mm)) for mm in (_DEEP_MM, _LONG_MM, _WIDE_MM, _CORNER_MM))
    cuts: list[Cut] = []
    if min(deep, *sight.small.shape[:2]) < 2:
        return None  # one row of pixels shows no stroke: at so low a resolution nothing is told
    for side, turns in _TURNS.items():
        red, *others = cv2.split(np.ascontiguousarray(np.rot90(sight.small, turns)[:long]))
        stamped = cv2.subtract(red, cv2.max(*others)) > _RED
        band = (np.rot90(sight.ink, turns)[:long] > 0) & ~stamped
        lines, strokes = _crossings(band, wide), _crossings(band[:deep], wide)
        lines = [line for line in lines if corner < line < band.shape[1] - corner]
        if len(lines) == 2 and lines[1] - lines[0] < sight.pixels(_STAMP_MM):
            lines = []
        if len(strokes) < _WRITING or _ends(sight, turns):
            strokes = []
        for places in (lines, strokes):
            if len(places) > 1 and not _beyond_a_fold(sight, turns) and not _stands_apart(sight, turns, places):
                cuts.append(Cut(side, len(places), (places[-1] - places[0]) / sight.pixels(1)))
    return max(cuts, key=lambda one: one.stretch_mm, default=None)


def _ends(sight: PreparedPicture, turns: int) -> bool:
    """Whether the paper ends, or folds away, at the border on that side."""
    ground = np.rot90(sight.paper.ground, turns)
    edge, flat = (max(1, round(mm * sight.paper.dpi / 25.4)) for mm in (_EDGE_MM, _FLAT_MM))
    profile = np.median(ground[:flat], axis=1)
    return bool(profile[:edge].min() < (1 - _SHADE) * profile[edge:].max(initial=0))


def _beyond_a_fold(sight: PreparedPicture, turns: int) -> bool:
    """Whether a fold runs along the border on that side, so that the strip beyond it is another page's."""
    strip = round(_STRIP_MM * sight.paper.dpi / 25.4)
    profile = np.median(np.rot90(sight.paper.ground, turns)[: 2 * strip], axis=1)
    if not strip or len(profile) <= strip:
        return False
    deepest = int(np.argmin(profile[:strip]))
    beside = min(profile[: deepest + 1].max(), profile[deepest:].max())
    return bool(profile[deepest] < (1 - _FOLD) * beside)


def _stands_apart(sight: PreparedPicture, turns: int, places: list[int]) -> bool:
    """Whether bare paper parts the strokes at the border on that side from all that is written on the page."""
    bare, strip, around = (round(sight.pixels(mm)) for mm in (_BARE_MM, _STRIP_MM, _AROUND_MM))
    ink = np.rot90(sight.ink, turns)[: strip + bare, max(0, places[0] - around) : places[-1] + around]
    empty = (ink > 0).mean(axis=1) < _BARE
    run = np.convolve(empty, np.ones(bare), "valid") if len(empty) >= bare else np.zeros(0)
    return bool((run >= bare).any())


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
