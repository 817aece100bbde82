"""Where the ruled lines of a printed form stand, told apart from the writing between them, and how alike two forms are.

A line is ink that runs straight for some centimetres: handwriting never does so downwards, and hardly across. What is
kept is how long the lines are in each strip of the page, across and down; that says nothing of who filled the form in,
or how much of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.findings.paper_area import CELL
from station.imaging.findings.prepared import PreparedPicture
from station.imaging.image_facts import RuledLines

#: A strip's width, mm, and how many of them there are in each direction, around the middle of the paper: A3 and more.
_STRIP_MM, _STRIPS = 2.0, 216

#: A line is at least so long, mm: upright strokes of writing are short, and words across touch each other.
_UPRIGHT_MM, _LEVEL_MM = 12.0, 100.0

#: A line takes this share of the paper's light; what is broader than so many mm is a shadow, a blot or the ground.
_LINE, _BROAD_MM = 0.08, 3.0

#: Lines are made so many pixels thick before they are followed.
_THICK = 3

Strips = NDArray[np.uint8]

#: A page may lie so many strips beside another one.
_MOVED = 14


def ruled_lines(sight: PreparedPicture, angle: float) -> RuledLines:
    """The ruled lines of a picture; ``angle`` as :func:`station.imaging.findings.skew.angle` gives it (degrees)."""
    ink = np.asarray(cv2.threshold(sight.contrast, _LINE * 255, 255, cv2.THRESH_BINARY)[1], np.uint8)
    broad, upright, along = (round(sight.pixels(mm)) | 1 for mm in (_BROAD_MM, _UPRIGHT_MM, _LEVEL_MM))
    thin = cv2.subtract(ink, cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((broad, broad), np.uint8)))
    height, width = thin.shape
    left, top, right, bottom = (side * CELL for side in sight.paper.box)
    middle = ((left + right) / 2, (top + bottom) / 2)
    level = cv2.warpAffine(thin, cv2.getRotationMatrix2D(middle, angle, 1.0), (width, height), flags=cv2.INTER_NEAREST)
    # A line bends with its page, and passes through several rows of pixels: it may be one beside itself.
    beside = np.ones((1, _THICK), np.uint8)
    columns = _straight(cv2.dilate(level, beside), (1, upright))
    rows = _straight(cv2.dilate(level, beside.T), (along, 1))
    return RuledLines(
        _strips(sight, cv2.reduce(columns, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel(), middle[0]),
        _strips(sight, cv2.reduce(rows, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel(), middle[1]),
    )


def _straight(ink: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """What fills a window of this ``size`` (width, height; odd, less than 500), as 255.

    This is a morphological opening, by means that cost the same for a window of any length.
    """
    whole = cv2.threshold(cv2.blur(ink, size), 254, 255, cv2.THRESH_BINARY)[1]
    return np.asarray(cv2.threshold(cv2.blur(whole, size), 0, 255, cv2.THRESH_BINARY)[1])


def _strips(sight: PreparedPicture, amounts: NDArray[Any], middle: float) -> bytes:
    """How long lines are in each strip, of the ``amounts`` in each row of pixels: roots, that the frame is not all."""
    strips = np.floor((np.arange(len(amounts)) - middle) / sight.pixels(_STRIP_MM) + _STRIPS / 2)
    inside = (strips >= 0) & (strips < _STRIPS)
    sums = np.bincount(strips[inside].astype(np.intp), amounts[inside], minlength=_STRIPS)
    length = sums / 255 / _THICK / sight.pixels(1.0)
    return (
        np.minimum(255, np.sqrt(np.maximum(0, length - RuledLines.LEAST_MM)) * RuledLines.STEPS)
        .astype(np.uint8)
        .tobytes()
    )


def likeness(ones: Sequence[RuledLines], others: Sequence[RuledLines]) -> NDArray[np.float64]:
    """How alike the lines of each of ``ones`` are to those of each of the ``others``: (2, ones, others), the columns'
    and the rows'; 1 the same, 0 nothing in common.

    Moved pages are alike. A page that has all rows of the other one is like it, whatever rows it has besides: dashes
    between entries, and a hand that fills its lines, run across as rules do. Without any lines pages are the same.
    """
    columns = _correlations([one.columns for one in ones], [one.columns for one in others]).max(axis=0)
    return np.stack([columns, _shares_in_common([one.rows for one in ones], [one.rows for one in others])])


def _correlations(ones: Sequence[bytes], others: Sequence[bytes]) -> NDArray[np.float64]:
    """How strips correlate, by how far ones are moved: (2 * _MOVED + 1, ones, others)."""
    around, still = _margins(_smooth(ones)), _smooth(others).T
    return np.stack([around[:, start : start + _STRIPS] @ still for start in range(2 * _MOVED + 1)])


def _shares_in_common(ones: Sequence[bytes], others: Sequence[bytes]) -> NDArray[np.float64]:
    """The share of the one's lines that the other has too, or the other way round, the larger of both."""
    moved_by = _correlations(ones, others).argmax(axis=0)
    places = moved_by[:, :, None] + np.arange(_STRIPS)
    moved = _margins(_strips_of(ones))[np.arange(len(ones))[:, None, None], places]
    still = _strips_of(others)[None, :, :]
    return np.maximum(_share(moved, still), _share(still, moved))


def _share(lines: Strips, beside: Strips) -> NDArray[np.float64]:
    """The share of ``lines`` that stand ``beside`` too, in the same strip or the next one; 1 where there are none."""
    padded = np.pad(beside, ((0, 0), (0, 0), (1, 1)))
    wide = np.maximum(np.maximum(padded[..., :-2], padded[..., 2:]), beside)
    there, whole = (one.sum(axis=2, dtype=np.float64) for one in (np.minimum(lines, wide), lines))
    return np.asarray(np.where(whole > 0, there / np.maximum(whole, 1.0), 1.0), np.float64)


def _margins(rows: NDArray[Any]) -> NDArray[Any]:
    return np.pad(rows, ((0, 0), (_MOVED, _MOVED)))


def _strips_of(many: Sequence[bytes]) -> Strips:
    return np.frombuffer(b"".join(many), np.uint8).reshape(len(many), -1)


def _smooth(many: Sequence[bytes]) -> NDArray[np.float64]:
    """Rows of length 1: what stands at the border of two strips is in both."""
    rows = _strips_of(many).astype(np.float64)
    rows[:, 1:-1] = rows[:, 1:-1] / 2 + (rows[:, :-2] + rows[:, 2:]) / 4
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.where(lengths > 0, rows / np.maximum(lengths, 1e-9), rows.shape[1] ** -0.5), np.float64)
