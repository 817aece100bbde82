"""Exposure: how bright the paper is, how much of it is burned out, how strong the ink stands out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.findings.prepared import PreparedPicture

#: Paper above this grey level may be overexposed; faded ink on paper that is darker was scanned as it is.
NEAR_WHITE = 240.0

#: What is left of strong ink when it is overexposed; on paper that is near white nothing else is so dark.
_FAINT = 0.1

#: Green (which carries most of what people see) at this level or above has nothing left to tell.
_FULL = 253


def paper_grey(sight: PreparedPicture) -> float:
    """The grey level of the bare paper, 0-255."""
    return sight.paper.level


def burned_share(sight: PreparedPicture) -> float:
    """The share of the paper at full white, 0-1."""
    inside = sight.paper.inside > 0
    rows, columns = inside.shape
    green = sight.small[1 : rows * 3 : 3, 1 : columns * 3 : 3, 1]
    paper = green[inside]
    return float(np.count_nonzero(paper >= _FULL) / paper.size) if paper.size else 0.0


def ink_strength(sight: PreparedPicture) -> float:
    """The share of the paper's light that strong ink takes (its ninth tenth), 0-1."""
    inked = _contrasts(sight).cumsum()
    return float(np.searchsorted(inked, 0.9 * inked[-1])) / 255 + _FAINT if inked[-1] else 0.0


def faint_share(sight: PreparedPicture) -> float:
    """The share of the paper that holds ink or what is left of it on an overexposed picture, 0-1."""
    return float(_contrasts(sight).sum()) / max(1, sight.paper_pixels)


def _contrasts(sight: PreparedPicture) -> NDArray[np.float32]:
    """How many pixels have each level of contrast above the faintest."""
    counts = cv2.calcHist([sight.contrast], [0], None, [256], [0, 256]).ravel()
    return np.asarray(counts[round(_FAINT * 255) :], np.float32)
