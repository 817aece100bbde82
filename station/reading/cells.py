"""The cells of a ruled page: what the detector finds is cut at the rules between columns, and between rows.

The detector has no notion of columns and rows: it joins an entry's number with the day beside it, and takes a column of
numbers that stand close below each other for one upright line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from station.imaging.decoding import Pixels
from station.reading.detector import Box

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

#: A rule goes on so far above and below what is written (heights of the box), writing does not.
_BEYOND = 0.8
#: It is darker than the paper around it (grey levels) for this share of that length; askew it moves a little aside.
_DARKER, _SHARE, _ASIDE = 10, 0.85, 7
#: Across which the paper's own shade is taken, and what is no piece of writing between two rules (pixels).
_PAPER, _THINNEST = 41, 16
#: What is so many times higher than wide is more than one row. Ink of a row is darker than the paper by so much (grey
#: levels), in so many pixels of a line; a row is so high at least, and gets so much paper above and below (pixels).
_UPRIGHT, _INK, _PIXELS, _LOWEST, _ROOM = 2.0, 40, 2, 14, 8


def parted(boxes: Sequence[Box], pixels: Pixels) -> list[Box]:
    """The boxes, cut where a rule goes through them and between the rows that they hold."""
    if not boxes:
        return []
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    return [row for box in boxes for piece in _pieces(box, grey) for row in _rows(piece, grey)]


def _pieces(box: Box, grey: Grey) -> list[Box]:
    beyond = min(round(box.height * _BEYOND), grey.shape[1])
    window = grey[max(0, box.top - beyond) : box.bottom + beyond, box.left : box.right]
    cuts = [box.left + cut for cut in _rules(window)] if window.size else []
    edges = [box.left, *cuts, box.right]
    pieces = [Box(left, box.top, right, box.bottom) for left, right in pairwise(edges)]
    return [piece for piece in pieces if piece.width >= _THINNEST] if cuts else [box]


def _rules(window: Grey) -> list[int]:
    """Where rules go down through a piece of a page (pixels from its left)."""
    wide = cv2.dilate(_darker(window, _DARKER).astype(np.uint8), np.ones((1, _ASIDE), np.uint8))
    return [(first + last) // 2 for first, last in _runs(wide.mean(axis=0) > _SHARE)]


def _rows(box: Box, grey: Grey) -> list[Box]:
    if box.height < _UPRIGHT * box.width:
        return [box]
    ink = _darker(grey[box.top : box.bottom, box.left : box.right], _INK)
    ink[:, ink.mean(axis=0) > _SHARE / 2] = False  # what is left of a rule at the edge
    rows = [(first, last) for first, last in _runs(ink.sum(axis=1) >= _PIXELS) if last - first >= _LOWEST]
    return [
        Box(box.left, max(0, box.top + first - _ROOM), box.right, min(len(grey), box.top + last + 1 + _ROOM))
        for first, last in rows
    ]


def _darker(window: Grey, levels: int) -> Mask:
    """What is darker than the paper around it by so many grey levels."""
    paper = cv2.medianBlur(np.ascontiguousarray(window), _PAPER)
    darker: Mask = paper.astype(np.int16) - window > levels
    return darker


def _runs(inside: Mask) -> Iterator[tuple[int, int]]:
    """From where to where (included) it is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(np.int8)))
    for first, beyond in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield first, beyond - 1
