"""The same page again: a fingerprint of where the ink is, and how alike two of them are, part by part.

Pages of one printed form have most of their ink in the same places. So it is not the whole that is compared: the page
is cut into blocks, and even the least similar of these must be alike. On a clean print even these are alike on
different pages; there the other pages of the ledger tell what the form is, and what is left is compared. The
fingerprint is free of the page's turn and place: ink is turned level and centred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from station.findings.paper import CELL
from station.findings.sight import Sight, reduced
from station.limits import Limits

#: Cells along a side of the fingerprint (the image's longer side) and along a block.
_CELLS, _BLOCK = 192, 32

#: Cells along a side at a glance.
_GLANCE = 24

#: How far one page may be moved against the other is sought in cells of this size, up to so many; then in each block
#: up to so many of the fine ones.
_COARSE, _MOVED, _NEAR = 2, 6, 2

#: How much ink there is around a cell is weighed over this many cells; the least inked part of all inked ones is left
#: out, so that brightness does not matter.
_WEIGHED, _FAINT = 0.75, 0.25

#: A block tells something whose share of inked cells lies within these; so many blocks must. One may differ: a thumb,
#: a slip of paper, a number stamped between two scans.
_LIVELY, _ENOUGH, _MAY_DIFFER = (0.06, 0.94), 5, 1

#: Pages that agree more than this share a form at least. So many pages tell that there is none, so many what is on it.
_RATHER, _FEW, _KNOWN = 0.5, 3, 5
#: Without the form, this share of the inked cells of two pages must meet, to one cell; under so many nothing is told.
_SAME_HAND, _LITTLE = 0.61, 80

Cells = NDArray[np.uint8]


def fingerprint(sight: Sight, angle: float) -> str:
    """Where the ink of a picture is, as hexadecimal digits (1 bit for each of 192 x 192 cells).

    ``angle`` is the page's, in degrees as :func:`station.findings.skew.angle` gives it.
    """
    ink, _ = reduced(sight.ink, CELL)
    moments = cv2.moments(ink)
    if not moments["m00"]:
        return ""
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    tiny, _ = reduced(sight.contrast, CELL)
    cell = max(tiny.shape) / _CELLS
    cosine, sine = (turn(math.radians(angle)) * cell for turn in (math.cos, math.sin))
    middle = (_CELLS - 1) / 2
    to_pixel = np.array(
        [
            [cosine, -sine, x - cosine * middle + sine * middle],
            [sine, cosine, y - sine * middle - cosine * middle],
        ]
    )
    weighed = cv2.GaussianBlur(tiny, (0, 0), _WEIGHED * cell)
    cells = cv2.warpAffine(weighed, to_pixel, (_CELLS, _CELLS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inked = cells[cells > 2]
    return np.packbits(cells > np.quantile(inked, _FAINT)).tobytes().hex() if inked.size else ""


def twin(mine: str, others: Mapping[int, str], limits: Limits) -> int | None:
    """Which of ``others``, fingerprints of one ledger by any number, is of the same page as ``mine``; None if none is.

    Where several of them are rather like it they share a printed form: then what is left without the form must agree
    too. While too few pages are known to tell the form, or whether there is one, a twin must be more alike than the
    limit says. Never one whose fingerprint is empty, or with a limit of 0.
    """
    wanted, sure = limits.near_duplicate, (1 + limits.near_duplicate) / 2
    if not wanted or not mine:
        return None
    rather = min(_RATHER, wanted)
    found = {number: score(mine, its, rather) for number, its in others.items() if its}
    formed = {number: others[number] for number, agreement in found.items() if agreement > rather}
    others_on_form = len(formed) - 1
    if len(others) < _FEW or 0 < others_on_form < _KNOWN:
        return next((number for number in formed if found[number] > sure), None)
    close = [number for number in formed if found[number] > wanted]
    if not close or not others_on_form:
        return next(iter(close), None)
    written = _Written(mine, formed)
    return next((number for number in close if written.agrees(number)), None)


def coarse(text: str) -> bytes:
    """A fingerprint at a glance: how much ink there is in each of 24 x 24 cells, a byte each."""
    return cv2.resize(_cells(text), (_GLANCE, _GLANCE), interpolation=cv2.INTER_AREA).tobytes()


def nearest(one: bytes, others: Sequence[bytes], most: int) -> list[int]:
    """Which of ``others`` are most like ``one`` at a glance, by :func:`coarse`: their places, the nearest first."""
    if not others:
        return []
    rows = np.frombuffer(b"".join((one, *others)), np.uint8).reshape(len(others) + 1, -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1.0
    return [int(place) for place in np.argsort(-(rows[1:] @ rows[0]), kind="stable")[:most]]


def score(a: str, b: str, wanted: float = 0.0) -> float:
    """How alike the least similar parts are but one: 1 the same, about 0 nothing in common.

    Ends early, with too low a score, when ``wanted`` cannot be reached any more.
    """
    mine, theirs = _cells(a), _cells(b)
    down, right = _shift(mine, theirs)
    reach = _COARSE * _MOVED + _NEAR
    theirs = np.pad(theirs, reach)
    blocks = [
        (top, left)
        for top in range(0, _CELLS, _BLOCK)
        for left in range(0, _CELLS, _BLOCK)
        if _LIVELY[0] < np.count_nonzero(mine[top : top + _BLOCK, left : left + _BLOCK]) / _BLOCK**2 < _LIVELY[1]
    ]
    if len(blocks) < _ENOUGH:
        return 0.0
    lowest: list[float] = []
    for top, left in blocks:
        row, column = top + down + reach - _NEAR, left + right + reach - _NEAR
        window = theirs[row : row + _BLOCK + 2 * _NEAR, column : column + _BLOCK + 2 * _NEAR]
        agreement = cv2.matchTemplate(window, mine[top : top + _BLOCK, left : left + _BLOCK], cv2.TM_CCOEFF_NORMED)
        lowest = sorted([*lowest, float(agreement.max())])[: _MAY_DIFFER + 1]
        if len(lowest) > _MAY_DIFFER and lowest[-1] <= wanted:
            break
    return lowest[-1]


class _Written:
    """Pages on one printed form, laid upon a page ``mine``: what is written on them is what few of them share."""

    def __init__(self, mine: str, pages: Mapping[int, str]) -> None:
        self._mine = _cells(mine)
        self._pages = {number: _laid_upon(self._mine, _cells(its)) for number, its in pages.items()}
        self._near = {number: _widened(its) > 0 for number, its in self._pages.items()}
        self._inked = np.sum(list(self._near.values()), axis=0)

    def agrees(self, one: int) -> bool:
        """Whether mine and the page ``one`` have ink in the same cells, without what a third of the others share."""
        written = (self._inked - self._near[one]) * 3 < len(self._pages) - 1
        mine, its = (self._mine > 0) & written, (self._pages[one] > 0) & written
        count = np.count_nonzero(mine) + np.count_nonzero(its)
        met = np.count_nonzero(mine & self._near[one]) + np.count_nonzero(its & (_widened(self._mine) > 0))
        return bool(count >= _LITTLE and met / count > _SAME_HAND)


def _widened(cells: Cells) -> Cells:
    """Each inked cell with the eight around it: a page never lies twice in the same place."""
    return np.asarray(cv2.dilate(cells, np.ones((3, 3), np.uint8)), np.uint8)


def _laid_upon(mine: Cells, its: Cells) -> Cells:
    """``its`` cells moved to where they fit ``mine`` best, to one cell."""
    down, right = _shift(mine, its)
    reach = _COARSE * _MOVED
    rows, columns = slice(reach + down, reach + down + _CELLS), slice(reach + right, reach + right + _CELLS)
    return np.pad(its, reach)[rows, columns]


def _cells(text: str) -> Cells:
    packed = np.frombuffer(bytes.fromhex(text), np.uint8)
    return np.unpackbits(packed).reshape(_CELLS, _CELLS) * np.uint8(255)


def _shift(mine: Cells, theirs: Cells) -> tuple[int, int]:
    """By how many cells down and right ``theirs`` is moved, in whole coarse cells."""
    size = (_CELLS // _COARSE,) * 2
    small = cv2.resize(mine, size, interpolation=cv2.INTER_AREA)
    inner = small[_MOVED:-_MOVED, _MOVED:-_MOVED]
    agreement = cv2.matchTemplate(cv2.resize(theirs, size, interpolation=cv2.INTER_AREA), inner, cv2.TM_CCOEFF_NORMED)
    _, _, _, (right, down) = cv2.minMaxLoc(agreement)
    return (down - _MOVED) * _COARSE, (right - _MOVED) * _COARSE
