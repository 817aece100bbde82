"""Where the paper lies in a picture and how large it is, told from the dark ground or pale lid around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

#: Pixels of the small picture to one of the tiny one.
CELL = 3

#: A ground is dark that is below this share of the paper's light; shadows in a fold stay above.
_DARK = 0.6

#: How far a pale lid's colour must be from the paper's (levels of Lab, colours counted double) to be told apart.
_LID = 10.0

#: Another piece of paper counts that has at least this share of the largest one's area.
_LARGE = 0.4

#: How wide writing and print may be to be closed over, and how far from the paper's edge nothing counts as ink, mm.
_STROKE_MM, _RIM_MM = 7.0, 2.5


@dataclass(frozen=True)
class Paper:
    """The paper in a tiny picture of ``dpi``: ``mask`` and, without its rim, ``inside`` are 255 where it is.

    ``ground`` is the grey level of the bare paper at each point, writing closed over; ``level`` its middle. ``colours``
    is the same before it was smoothed, and with Lab's two colours, counted double.
    """

    mask: NDArray[np.uint8]
    inside: NDArray[np.uint8]
    ground: NDArray[np.uint8]
    level: float
    colours: NDArray[np.float32]
    dpi: float

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in tiny pixels: the rows and columns that are paper for the most part."""
        share = self.mask.astype(np.float32) / 255
        spans = []
        for axis in (0, 1):
            filled = share.mean(axis=axis)
            # A page that covers half of the picture's other side still fills its own rows.
            there = np.flatnonzero(filled > 0.5 * float(filled.max()))
            spans.append((int(there[0]), int(there[-1]) + 1) if there.size else (0, filled.size))
        (left, right), (top, bottom) = spans
        return left, top, right, bottom

    @cached_property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper as far as it is in the picture, in mm."""
        left, top, right, bottom = self.box
        width, height = float(right - left), float(bottom - top)
        outlines, _ = cv2.findContours(self.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if outlines:
            # The smallest box around a page that lies crooked; which of its sides is the width, the upright box tells.
            _, sides, _ = cv2.minAreaRect(np.concatenate(outlines))
            short, long = sorted(side + 1 for side in sides)
            width, height = (long, short) if width > height else (short, long)
        return width * 25.4 / self.dpi, height * 25.4 / self.dpi


def paper_area(tiny: NDArray[np.uint8], dpi: float) -> Paper:
    """The paper in a tiny picture (RGB): what is like the picture's middle and not like what lies around it."""
    stroke = max(3, round(_STROKE_MM * dpi / 25.4)) | 1
    grey = cv2.cvtColor(tiny, cv2.COLOR_RGB2GRAY)
    ground = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((stroke, stroke), np.uint8))
    lab = cv2.cvtColor(tiny, cv2.COLOR_RGB2LAB)
    merged = cv2.merge([ground, cv2.medianBlur(lab[:, :, 1], 5), cv2.medianBlur(lab[:, :, 2], 5)])
    colours = np.asarray(merged, np.float32)
    colours[:, :, 1:] *= 2
    height, width = grey.shape
    middle = colours[height // 4 : height - height // 4, width // 4 : width - width // 4].reshape(-1, 3)
    own = np.median(middle, axis=0)
    other = (colours[:, :, 0] < _DARK * own[0]) | _lid(colours, own)
    mask = _sheets(np.where(other, 0, 255).astype(np.uint8))
    rim = max(1, round(_RIM_MM * dpi / 25.4)) * 2 + 1
    inside = cv2.erode(mask, np.ones((rim, rim), np.uint8))
    smooth = cv2.blur(ground, (stroke, stroke))
    level = float(np.median(ground[inside > 0])) if inside.any() else float(own[0])
    return Paper(mask, np.asarray(inside, np.uint8), np.asarray(smooth, np.uint8), level, colours, dpi)


def _lid(colours: NDArray[np.float32], own: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where the picture is nearer to the colour of a lid, seen along the picture's border, than to the paper's."""
    ring = np.concatenate([colours[:3].reshape(-1, 3), colours[-3:].reshape(-1, 3)])
    ring = np.concatenate([ring, colours[:, :3].reshape(-1, 3), colours[:, -3:].reshape(-1, 3)])
    pale = ring[(ring[:, 0] > own[0]) & (np.linalg.norm(ring - own, axis=1) > _LID)]
    if len(pale) < len(ring) / 20:
        return np.zeros(colours.shape[:2], np.bool_)
    away = np.median(pale, axis=0) - own
    return np.asarray((colours - own) @ away > 0.5 * float(away @ away), np.bool_)


def _sheets(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask's largest connected part, its holes filled, and others that are large too: the other page of a book."""
    cleaned = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    outlines, _ = cv2.findContours(cleaned, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = [cv2.contourArea(outline) for outline in outlines]
    large = [one for one, area in zip(outlines, areas, strict=True) if area > _LARGE * max(areas)]
    whole = np.zeros_like(mask)
    cv2.drawContours(whole, large, -1, 255, cv2.FILLED)
    return whole
