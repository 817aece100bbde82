"""Where text lines stand on a page: the network that finds them, run by OpenCV.

The image goes in as BGR / 255, less the mean and over the deviation of ImageNet, its sides multiples of 32; what comes
out is a map of how much each place looks like the middle of a line (PP-OCRv6, differentiable binarisation).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from station.imaging.decoding import Pixels
from station.reading import weight_files

#: The longest side at which a page is looked at, unless told (pixels).
USUAL_SIDE = 960
#: A page has so many lines at most; of a thousand boxes those that are surest (a photograph, noise).
MOST_BOXES = 400

_STEP = 32
_MEAN, _DEVIATION = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)
#: From where on a place belongs to a line, and how sure a line must be on the mean.
_INSIDE, _SURE = 0.3, 0.5
#: The network sees lines thinner than they are: so much of a box's height is added on each side.
_GROWN = 0.5
_SMALLEST = 3


@dataclass(frozen=True)
class Box:
    """A place in an image (pixels, right and bottom excluded)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """Across, down."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def offset(self, across: int, down: int) -> Box:
        """The same box so much further to the right and below."""
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def around(self, other: Box) -> Box:
        """The smallest box that holds both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Box(left, top, max(self.right, other.right), max(self.bottom, other.bottom))

    def of(self, pixels: Pixels) -> Pixels:
        """What of an image lies in it."""
        return pixels[max(0, self.top) : max(0, self.bottom), max(0, self.left) : max(0, self.right)]


class Detector:
    """Finds lines; errors of :func:`station.reading.weight_files.verified_path`."""

    def __init__(self, weights: Path | None = None) -> None:
        self._net = cv2.dnn.readNetFromONNX(str(weights or weight_files.verified_path(weight_files.DETECTOR)))

    def boxes(self, pixels: Pixels, side: int = USUAL_SIDE) -> list[Box]:
        """Boxes of the lines in an RGB image, from top to bottom, looked at with its longer side at ``side`` pixels."""
        height, width = pixels.shape[:2]
        if not pixels.size:
            return []
        share = min(1.0, side / max(height, width))
        size = tuple(max(_STEP, round(length * share / _STEP) * _STEP) for length in (width, height))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        scaled = (small[:, :, ::-1].astype(np.float32) / 255 - _MEAN) / _DEVIATION
        self._net.setInput(np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis]))
        likeness = self._net.forward()[0, 0]
        return _boxes(likeness, width, height)


def _boxes(likeness: np.ndarray, width: int, height: int) -> list[Box]:
    inside = (likeness > _INSIDE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    sums = np.bincount(labels.ravel(), likeness.ravel(), count)
    mean = sums / np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    mean[0] = 0  # what lies between the lines
    across, down = width / likeness.shape[1], height / likeness.shape[0]
    boxes = []
    for index in np.argsort(-mean)[:MOST_BOXES]:
        left, top, wide, high, _ = stats[index]
        if mean[index] < _SURE or min(wide, high) < _SMALLEST:
            continue
        more = min(wide, high) * _GROWN
        boxes.append(
            Box(
                max(0, round((left - more) * across)),
                max(0, round((top - more) * down)),
                min(width, round((left + wide + more) * across)),
                min(height, round((top + high + more) * down)),
            )
        )
    return sorted(boxes, key=lambda box: (box.top, box.left))
