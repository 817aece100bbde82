"""Fingerprints by which the same page is recognised: how much ink is where, compared part by part.

Pages of one printed form have most of their ink in the same places. So it is not the whole that is compared: the page
is cut into blocks, and even the least similar of these must be alike; and where a ledger has a form, more alike than
where it has none. The fingerprint is free of the page's turn and place: ink is turned level and centred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from station.domain.finding_limits import Limits
from station.imaging.findings.paper_area import CELL
from station.imaging.findings.prepared import PreparedPicture, reduced

#: Cells along a side of the fingerprint (the image's longer side) and along a block.
_CELLS, _BLOCK = 192, 32

#: Cells along a side at a glance.
_GLANCE = 24

#: How far one page may be moved against the other is sought in cells of this size, up to so many; then in each block
#: up to so many of the fine ones.
_COARSE, _MOVED, _NEAR = 2, 6, 2

#: How much ink there is around a cell is weighed over this many cells; levels are told by shares of all inked ones, and
#: the least inked count for nothing, so that brightness does not matter.
_WEIGHED, _LEVELS = 0.75, (0.25, 0.5, 0.75)

#: A block tells something whose share of inked cells lies within these; so many blocks must. One may differ: a thumb,
#: a slip of paper, a number stamped between two scans.
_LIVELY, _ENOUGH, _MAY_DIFFER = (0.06, 0.94), 5, 1

#: Pages of the ledger that agree more than this share a form, and so many tell that there is none. On a form, or where
#: nobody knows, the same page must agree more than this, however low the limit is.
_RATHER, _FEW, _SURE = 0.5, 3, 0.872

Cells = NDArray[np.uint8]


def fingerprint(sight: PreparedPicture, angle: float) -> str:
    """Where the ink of a picture is, as hexadecimal digits: 2 bits for each of 192 x 192 cells, the higher ones first.

    ``angle`` is the page's, in degrees as :func:`station.imaging.findings.skew.angle` gives it.
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
    if not inked.size:
        return ""
    levels = np.sum([cells > level for level in np.quantile(inked, _LEVELS)], axis=0, dtype=np.uint8)
    return np.packbits([levels >> 1, levels & 1]).tobytes().hex()


def near_duplicate(fingerprint: str, others: Mapping[int, str], limits: Limits) -> int | None:
    """Which of ``others``, fingerprints of one ledger by any number, is of the same page as ``fingerprint``; None if
    none is. A page that stands on its head is the same page.

    Never one whose fingerprint is empty, or with a limit of 0.
    """
    threshold = limits.near_duplicate
    if not threshold or not fingerprint:
        return None
    comparable = {number: its for number, its in others.items() if len(its) == len(fingerprint)}
    upright = _same_page(fingerprint, comparable, threshold)
    return _same_page(turned_round(fingerprint), comparable, threshold) if upright is None else upright


def _same_page(fingerprint: str, others: Mapping[int, str], threshold: float) -> int | None:
    like = {}
    for number, its in others.items():
        if (agreement := similarity(fingerprint, its, threshold)) > max(threshold, _SURE):
            return number
        if agreement > threshold:
            like[number] = agreement
    if len(like) != 1 or len(others) < _FEW:
        return None  # several are as like: that is their form
    (label,) = like
    formed = any(similarity(fingerprint, its, _RATHER) > _RATHER for number, its in others.items() if number != label)
    return None if formed else label


def turned_round(text: str) -> str:
    """The fingerprint of the page standing on its head."""
    planes = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).reshape(2, _CELLS, _CELLS)
    return np.packbits(planes[:, ::-1, ::-1]).tobytes().hex()


def coarse(text: str) -> bytes:
    """A coarse fingerprint: the ink in each of 24 x 24 cells, a byte each."""
    return cv2.resize(_cells(text), (_GLANCE, _GLANCE), interpolation=cv2.INTER_AREA).tobytes()


def nearest(one: bytes, others: Sequence[bytes], most: int) -> list[int]:
    """Which of ``others`` are most like ``one`` by :func:`coarse`: their indices, the nearest first."""
    if not others:
        return []
    rows = np.frombuffer(b"".join((one, *others)), np.uint8).reshape(len(others) + 1, -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1.0
    return [int(place) for place in np.argsort(-(rows[1:] @ rows[0]), kind="stable")[:most]]


def similarity(a: str, b: str, threshold: float = 0.0) -> float:
    """How alike the least similar parts are but one: 1 the same, about 0 nothing in common.

    Ends early, with too low a score, when ``threshold`` cannot be reached any more.
    """
    cells, other_cells = _cells(a), _cells(b)
    down, right = _shift(cells, other_cells)
    reach = _COARSE * _MOVED + _NEAR
    other_cells = np.pad(other_cells, reach)
    blocks = [
        (top, left)
        for top in range(0, _CELLS, _BLOCK)
        for left in range(0, _CELLS, _BLOCK)
        if _LIVELY[0] < np.count_nonzero(cells[top : top + _BLOCK, left : left + _BLOCK]) / _BLOCK**2 < _LIVELY[1]
    ]
    if len(blocks) < _ENOUGH:
        return 0.0
    lowest: list[float] = []
    for top, left in blocks:
        row, column = top + down + reach - _NEAR, left + right + reach - _NEAR
        window = other_cells[row : row + _BLOCK + 2 * _NEAR, column : column + _BLOCK + 2 * _NEAR]
        agreement = cv2.matchTemplate(window, cells[top : top + _BLOCK, left : left + _BLOCK], cv2.TM_CCOEFF_NORMED)
        lowest = sorted([*lowest, float(agreement.max())])[: _MAY_DIFFER + 1]
        if len(lowest) > _MAY_DIFFER and lowest[-1] <= threshold:
            break
    return lowest[-1]


def _cells(text: str) -> Cells:
    planes = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).reshape(2, _CELLS, _CELLS)
    return np.asarray((planes[0] * 2 + planes[1]) * (255 // len(_LEVELS)), np.uint8)


def _shift(cells: Cells, other_cells: Cells) -> tuple[int, int]:
    """By how many cells down and right ``other_cells`` is moved, in whole coarse cells."""
    size = (_CELLS // _COARSE,) * 2
    small = cv2.resize(cells, size, interpolation=cv2.INTER_AREA)
    inner = small[_MOVED:-_MOVED, _MOVED:-_MOVED]
    agreement = cv2.matchTemplate(
        cv2.resize(other_cells, size, interpolation=cv2.INTER_AREA), inner, cv2.TM_CCOEFF_NORMED
    )
    _, _, _, (right, down) = cv2.minMaxLoc(agreement)
    return (down - _MOVED) * _COARSE, (right - _MOVED) * _COARSE
