"""The same page again: a fingerprint of where the ink is, and how alike two of them are, part by part.

Pages of one printed form have most of their ink in the same places. So it is not the whole that is compared: the page
is cut into blocks, and even the least similar of these must be alike. Where only the form is the same, the blocks with
handwriting differ. The fingerprint is free of the page's turn and place: ink is turned level and centred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def alike(a: str, b: str, limits: Limits) -> bool:
    """Whether two fingerprints are of the same page; never where one is empty or the limit is 0."""
    wanted = limits.near_duplicate
    return bool(wanted and a and b) and score(a, b, wanted) > wanted


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
