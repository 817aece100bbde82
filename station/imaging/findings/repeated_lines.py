"""Whether a feeder stopped while the sensor read on: the same line of the image stands there again and again.

Where lines repeat to the last grey level, whatever stands on them, no paper was read. Where noise or a JPEG's
compression lies over them, they still tell: all that stands on them, to the paper's own grain, runs on straight down.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from station.domain.image_places import ImagePlace
from station.imaging.findings.prepared import PreparedPicture

#: Lines are compared at about this resolution along themselves, where each point is a mean of several.
_ALONG_DPI = 38.0

#: A line is the one before it where this share of its points are the same, while this share differ from the point
#: beside them: paper that was burned to white is the same everywhere.
_SAME, _VARIED = 0.97, 0.25

#: Or where, over so many mm, light changes down the page by this share of what it changes along it (squared, and no
#: change counts for more than so many levels, or strokes would hide the grain), if it changes at all: so many levels
#: squared. That is also less than this share of what the stillest tenth of the page does.
_STRETCH_MM, _CHANGE, _MOST, _LIVELY, _STILLER = 3.0, 0.028, 12.0, 3.0, 0.3

#: Where half of all lines are to this share the ones before, a JPEG made the page smooth, and only exact ones tell.
_SMOOTH = 0.5

#: What is longer than this down the page is a rule or a fold, and runs on straight by itself, mm.
_RULE_MM = 25.0

#: Fewer points along a line than these are a sliver, and chance makes lines of it alike.
_POINTS = 50

Flags = NDArray[np.bool_]


def repeated_lines(sight: PreparedPicture, *, upright: bool = True) -> tuple[float, ImagePlace] | None:
    """The longest stretch of repeated lines in mm, and where it lies; None where no line repeats.

    The sensor's lines are the picture's rows, or its columns where the picture does not stand ``upright`` as it was
    scanned.
    """
    green = np.asarray(cv2.extractChannel(sight.picture, 1), np.uint8)
    box = np.array(sight.paper.box) / np.array(sight.paper.mask.shape[1::-1] * 2)
    if not upright:
        green, box = np.ascontiguousarray(green.T), box[[1, 0, 3, 2]]
    left, top, right, bottom = (round(share * side) for share, side in zip(box, green.shape[::-1] * 2, strict=True))
    lines = _along(green[top:bottom, left:right], max(1, round(sight.dpi / _ALONG_DPI)))
    if lines.shape[0] < _STRETCH_MM * sight.dpi / 25.4 + 2 or lines.shape[1] < _POINTS:
        return None
    first, count = _longest(_repeated(lines, sight.dpi))
    if not count:
        return None
    high = green.shape[0]
    start, end = (top + first) / high, (top + first + count + 1) / high
    place = (float(box[0]), start, float(box[2]), end) if upright else (start, float(box[0]), end, float(box[2]))
    return count * 25.4 / sight.dpi, place


def _along(green: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Each line with so many of its points in one."""
    width = green.shape[1] // step
    if not width or not green.shape[0]:
        return np.zeros((0, 0), np.uint8)
    size = (width, green.shape[0])
    return np.asarray(cv2.resize(green[:, : width * step], size, interpolation=cv2.INTER_AREA), np.uint8)


def _repeated(lines: NDArray[np.uint8], dpi: float) -> Flags:
    """Which lines are the one before, but for the first one."""
    same = np.count_nonzero(lines[1:] == lines[:-1], axis=1) / lines.shape[1]
    varied = np.count_nonzero(lines[1:, 1:] != lines[1:, :-1], axis=1) / lines.shape[1]
    exact = np.asarray((same > _SAME) & (varied > _VARIED), np.bool_)
    return exact if np.median(same) > _SMOOTH else exact | _still(lines, varied, dpi)


def _still(lines: NDArray[np.uint8], varied: NDArray[np.float64], dpi: float) -> Flags:
    """Which lines are of a stretch on which everything runs straight down; ``varied`` is how much each is."""
    level = lines.astype(np.float32)
    grain = level - cv2.blur(level, (1, round(_RULE_MM * dpi / 25.4) | 1))
    along = np.clip(np.diff(grain[1:], axis=1), -_MOST, _MOST)
    down = np.clip(np.diff(level, axis=0), -_MOST, _MOST)
    stretch = np.ones(max(1, round(_STRETCH_MM * dpi / 25.4)))
    across, change = (np.convolve(np.einsum("ij,ij->i", each, each), stretch, "valid") for each in (along, down))
    lively = (across > _LIVELY * stretch.size * lines.shape[1]) & (
        np.convolve(varied, stretch, "valid") > _VARIED * stretch.size
    )
    if not lively.any():
        return np.zeros(len(lines) - 1, np.bool_)
    share = change / np.maximum(across, 1)
    limit = min(_CHANGE, _STILLER * float(np.percentile(share[lively], 10)))
    return np.asarray(np.convolve(lively & (share < limit), stretch) > 0, np.bool_)


def _longest(flags: Flags) -> tuple[int, int]:
    """Where the longest run of set flags begins, and how long it is."""
    edges = np.diff(flags.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    if not starts.size:
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest] - starts[longest])
