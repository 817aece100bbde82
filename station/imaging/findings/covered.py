"""Whether something lies over a part of the page, or a piece of it is gone: a hand, a folded corner, a torn edge.

Such a part has not the paper's colour, begins at the page's side, and ends sharply: worn corners, a shadow in the fold
and a stain on the paper end softly. Another leaf of the same paper that shows below a torn one is not told apart by its
colour.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from station.domain.image_places import ImagePlace, of_box
from station.imaging.findings.paper_area import Paper
from station.imaging.findings.prepared import PreparedPicture

#: What is off the paper's own colour by so many levels of Lab (colours counted double) is something else.
_OFF = 26.0
#: How much further off it is within its edge than beyond it, over so many mm, where it ends sharply.
_STEP, _EDGE_MM = 20.0, 4.0
#: What is narrower covers no writing to speak of (mm).
_NARROW_MM = 11.0
#: A strip that is no wider than so many mm and so many times as long is the ground, the facing page or the book's back;
#: what takes so much of the paper is the other page of an open book.
_STRIP_MM, _LONG, _PAGE = 30.0, 3.5, 0.35
#: What reaches no further into the page than this is a stamp across its edge, or the facing page's (mm).
_REACH_MM = 19.0
#: So near to the paper's edge nothing is looked at, and so near beyond that a part begins that comes from there (mm).
_RIM_MM, _SIDE_MM = 4.0, 6.0
#: The paper's own colour is sought at every so many-th point, and again without what is far from it.
_EVERY, _ROUNDS, _FAR = 8, 3, 60.0

Mask = NDArray[np.uint8]


def covered_part(sight: PreparedPicture) -> tuple[float, ImagePlace] | None:
    """The area in square millimetres of the largest part that is not the page's paper, and where it lies."""
    paper = sight.paper
    core = _core(paper)
    # How far each point is from the side of the page; beyond the picture there is no page.
    away = cv2.distanceTransform(cv2.copyMakeBorder(core, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), cv2.DIST_L2, 3)
    away_mm = away[1:-1, 1:-1] * 25.4 / paper.dpi + _RIM_MM
    off = _off_colour(paper)
    other = np.where((off > _OFF) & (core > 0), 255, 0).astype(np.uint8)
    other = np.asarray(cv2.morphologyEx(other, cv2.MORPH_OPEN, _disc(paper, _NARROW_MM / 2)), np.uint8)
    _, parts, boxes, _ = cv2.connectedComponentsWithStats(other, connectivity=4)
    high, wide = off.shape
    for part in np.argsort(-boxes[1:, cv2.CC_STAT_AREA], kind="stable") + 1:
        left, top, width, height, area = (int(each) for each in boxes[part])
        if area > _PAGE * cv2.countNonZero(core) or _is_strip(paper, width, height):
            continue
        here = parts == part
        comes_from_side = away_mm[here].min() < _RIM_MM + _SIDE_MM
        if comes_from_side and away_mm[here].max() >= _REACH_MM and _ends_sharply(paper, off, core, here):
            return area * (25.4 / paper.dpi) ** 2, of_box(left, top, width, height, wide=wide, high=high)
    return None


def _off_colour(paper: Paper) -> NDArray[np.float32]:
    """How far each point is from the paper's own colour, which changes slowly over the page as the light does."""
    high, wide = paper.colours.shape[:2]
    rows, columns = np.mgrid[0:high:_EVERY, 0:wide:_EVERY]
    y, x = rows.ravel() / high - 0.5, columns.ravel() / wide - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    colours = paper.colours[::_EVERY, ::_EVERY].reshape(-1, 3)
    inside = paper.inside[::_EVERY, ::_EVERY].ravel() > 0
    if not inside.any():
        inside[:] = True
    own = inside & (np.linalg.norm(colours - np.median(colours[inside], axis=0), axis=1) < _FAR)
    for _ in range(_ROUNDS):
        weights, *_rest = np.linalg.lstsq(terms[own], colours[own], rcond=None)
        away = np.linalg.norm(terms @ weights - colours, axis=1)
        own = inside & (away < max(8.0, 2 * float(np.median(away[own]))))
    even = (terms @ weights).reshape(*rows.shape, 3).astype(np.float32)
    # Each of these points stands for itself and what lies right of it and below.
    whole = cv2.resize(even, None, fx=_EVERY, fy=_EVERY, interpolation=cv2.INTER_LINEAR)[:high, :wide]
    return np.asarray(np.linalg.norm(paper.colours - whole, axis=2), np.float32)


def _core(paper: Paper) -> Mask:
    """255 in the smallest box around the paper, as it lies, without its rim: a corner that is folded away is in it."""
    outlines, _ = cv2.findContours(paper.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = np.zeros_like(paper.mask)
    if outlines:
        box = cv2.boxPoints(cv2.minAreaRect(np.concatenate(outlines)))
        cv2.fillPoly(whole, [np.round(box).astype(np.int32)], 255)
    return _without_rim(whole, paper, _RIM_MM)


def _without_rim(mask: Mask, paper: Paper, rim_mm: float) -> Mask:
    size = _cells(paper, rim_mm) * 2 + 1
    square = np.ones((size, size), np.uint8)
    return np.asarray(cv2.erode(mask, square, borderType=cv2.BORDER_CONSTANT, borderValue=0), np.uint8)


def _is_strip(paper: Paper, width: int, height: int) -> bool:
    narrow, long = sorted(side * 25.4 / paper.dpi for side in (width, height))
    return narrow <= _STRIP_MM and long >= _LONG * narrow


def _ends_sharply(paper: Paper, off: NDArray[np.float32], core: Mask, part: NDArray[np.bool_]) -> bool:
    """Whether the colour leaps where the part ends; where the paper itself ends that is not known."""
    disc = _disc(paper, _EDGE_MM)
    whole = part.astype(np.uint8)
    tells = _without_rim(core, paper, _EDGE_MM) > 0
    within = part & (cv2.erode(whole, disc, borderType=cv2.BORDER_CONSTANT, borderValue=1) == 0) & tells
    beyond = (cv2.dilate(whole, disc) > 0) & ~part & tells
    if not within.any() or not beyond.any():
        return False
    return float(np.median(off[within])) - float(np.median(off[beyond])) > _STEP


def _disc(paper: Paper, radius_mm: float) -> Mask:
    size = _cells(paper, radius_mm) * 2 + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _cells(paper: Paper, mm: float) -> int:
    return max(1, round(mm * paper.dpi / 25.4))
