"""A picture prepared for all findings: reduced twice, with its paper and its ink measured once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.findings.paper_area import CELL, Paper, paper_area

Grey = NDArray[np.uint8]

#: The resolution on which ink is looked for: a pen's stroke (0.3 mm) is about one pixel.
SMALL_DPI = 75.0

#: Ink takes at least this share of the light from the paper around it; folds, stains and show-through take less.
INK = 0.2


@dataclass(frozen=True)
class PreparedPicture:
    """A picture (RGB at ``dpi``), its reduced copy ``small`` (RGB at ``small_dpi``), and the paper seen in it."""

    picture: NDArray[np.uint8]
    dpi: float
    small: NDArray[np.uint8]
    small_dpi: float
    paper: Paper

    @classmethod
    def of(cls, picture: NDArray[np.uint8], dpi: float) -> PreparedPicture:
        """Reduce the picture and find the paper."""
        small, step = reduced(picture, max(1, round(dpi / SMALL_DPI)))
        tiny, _ = reduced(small, CELL)
        return cls(picture, dpi, small, dpi / step, paper_area(tiny, dpi / step / CELL))

    @cached_property
    def grey(self) -> Grey:
        """``small`` as grey levels."""
        return np.asarray(cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def contrast(self) -> Grey:
        """The share of the paper's light that is missing at each point of ``small``, 255 = all; 0 off the paper."""
        height, width = self.grey.shape
        ground = cv2.resize(self.paper.ground, (width, height), interpolation=cv2.INTER_LINEAR)
        missing = cv2.divide(cv2.subtract(ground, self.grey), ground, scale=255)
        return np.asarray(cv2.bitwise_and(missing, self.paper_mask), np.uint8)

    @cached_property
    def paper_mask(self) -> Grey:
        """255 where ``small`` shows paper, without its rim, else 0."""
        height, width = self.grey.shape
        return np.asarray(cv2.resize(self.paper.inside, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)

    @cached_property
    def ink(self) -> Grey:
        """255 where there is ink on ``small``, else 0."""
        return np.asarray(cv2.threshold(self.contrast, INK * 255, 255, cv2.THRESH_BINARY)[1], np.uint8)

    @cached_property
    def paper_pixels(self) -> int:
        """How many pixels of ``small`` are paper, without its rim."""
        return cv2.countNonZero(self.paper.inside) * CELL**2

    @cached_property
    def ink_share(self) -> float:
        """The share of the paper that ink covers, 0-1."""
        return cv2.countNonZero(self.ink) / max(1, self.paper_pixels)

    def pixels(self, mm: float) -> float:
        """A length on the paper in pixels of ``small``."""
        return mm * self.small_dpi / 25.4


def reduced(picture: NDArray[np.uint8], step: int) -> tuple[NDArray[np.uint8], int]:
    """The picture at one ``step``-th of its size (what is over at the right and below is left out), and the step.

    A whole step keeps OpenCV on its quick path: 2 ms for an A3 picture at 150 dpi, 20 ms for a crooked one.
    """
    height, width = picture.shape[0] // step * step, picture.shape[1] // step * step
    size = (width // step, height // step)
    return np.asarray(cv2.resize(picture[:height, :width], size, interpolation=cv2.INTER_AREA), np.uint8), step
