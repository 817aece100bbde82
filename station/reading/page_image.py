"""The image of a page as the reader looks at it: decoded, no larger than reading needs, its places told as stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from station.errors import Refused
from station.imaging.decoding import DAMAGE, MOST_PIXELS
from station.reading import Pixels
from station.reading.detector import Box

#: The longer side of what is read (pixels): A3 at 200 dpi, where the smallest writing is still twice what is needed.
LONGEST = 3300

_JPEG = b"\xff\xd8"


@dataclass(frozen=True)
class PageImage:
    """An RGB image; ``share`` is its size against the file's, ``turned`` that it stands on its head there."""

    pixels: Pixels
    share: float = 1.0
    turned: bool = False

    @property
    def width(self) -> int:
        """In pixels, as it is read."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels, as it is read."""
        return int(self.pixels.shape[0])

    def upended(self) -> PageImage:
        """The same page turned half around."""
        return PageImage(np.ascontiguousarray(self.pixels[::-1, ::-1]), self.share, not self.turned)

    def stored(self, box: Box) -> tuple[int, int, int, int]:
        """Where a box of this image lies in the file's: left, top, right, bottom (pixels)."""
        edges = (box.left, box.top, box.right, box.bottom)
        if self.turned:
            edges = (self.width - box.right, self.height - box.bottom, self.width - box.left, self.height - box.top)
        left, top, right, bottom = (round(edge / self.share) for edge in edges)
        return left, top, right, bottom


def load(file: Path) -> PageImage:
    """Decode the image in ``file``; ``Refused`` ("reading-no-image", "reading-too-large") when it is none of a page."""
    try:
        content = file.read_bytes()
        return _shrunk(*(_jpeg if content[:2] == _JPEG else _other)(file, content))
    except (*DAMAGE, KeyError) as error:  # KeyError: a JPEG that ends before its first block
        raise Refused("reading-no-image", file=file.name, detail=getattr(error, "strerror", None) or error) from error


def _jpeg(file: Path, content: bytes) -> tuple[Pixels, int]:
    height, width, _colour, _sampling = simplejpeg.decode_jpeg_header(content, strict=False)
    _bounded(file, width, height)
    # Reduced while it is decoded, in eighths, not below what is read.
    share = min(1.0, LONGEST / max(width, height))
    least = {"min_height": max(1, int(height * share)), "min_width": max(1, int(width * share))}
    return simplejpeg.decode_jpeg(content, "RGB", strict=False, **least), max(width, height)


def _other(file: Path, _content: bytes) -> tuple[Pixels, int]:
    with Image.open(file) as image:
        _bounded(file, *image.size)
        return np.asarray(image.convert("RGB")), max(image.size)


def _bounded(file: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Refused("reading-too-large", file=file.name, pixels=width * height)


def _shrunk(pixels: Pixels, longest: int) -> PageImage:
    height, width = pixels.shape[:2]
    share = min(1.0, LONGEST / max(height, width))
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return PageImage(pixels, max(pixels.shape[:2]) / longest)
