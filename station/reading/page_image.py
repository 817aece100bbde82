"""The image of a page as the reader looks at it: decoded, no larger than reading needs, its places told as stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from station.errors import Refused
from station.imaging.decoding import DAMAGE, MOST_PIXELS, Pixels
from station.imaging.findings.paper_area import paper_area
from station.reading.detector import Box

#: The longer side of what is read (pixels): A3 at 200 dpi, where the smallest writing is still twice what is needed.
LONGEST = 3300

#: The longer side of a page reduced for what needs no letters (pixels).
REDUCED = 900

#: The paper is looked for in an image this high (pixels), of so many dpi if it is A4; it is this part of it at least.
_TINY, _TINY_DPI, _PART = 300, 25.0, 5

_JPEG = b"\xff\xd8"


@dataclass(frozen=True)
class PageImage:
    """An RGB image; ``share`` is its size against the file's.

    ``left`` and ``top`` are where it lies there (pixels as stored), ``turn`` how far it was turned since (clockwise
    degrees: 0, 90, 180, 270).
    """

    pixels: Pixels
    share: float = 1.0
    left: int = 0
    top: int = 0
    turn: int = 0

    @property
    def width(self) -> int:
        """In pixels, as it is read."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels, as it is read."""
        return int(self.pixels.shape[0])

    @cached_property
    def reduced(self) -> Pixels:
        """The page with its longer side at :data:`REDUCED` pixels at most."""
        pixels = self.pixels
        # By whole steps first: OpenCV means whole blocks in a third of the time that parts of pixels take.
        if (steps := max(self.width, self.height) // REDUCED) > 1 and min(self.width, self.height) >= steps:
            pixels = _resized(pixels, self.width // steps, self.height // steps)
        share = min(1.0, REDUCED / max(1, self.width, self.height))
        return _resized(pixels, round(self.width * share), round(self.height * share))

    def part(self, crop: tuple[int, int, int, int]) -> PageImage:
        """What of an image that was not turned lies in ``crop``: left, top, right, bottom (pixels as stored)."""
        left, top, right, bottom = (round(edge * self.share) for edge in crop)
        return replace(self, pixels=self.pixels[top:bottom, left:right], left=crop[0], top=crop[1])

    def turned(self, degrees: int) -> PageImage:
        """The same page turned clockwise by so many degrees: 0, 90, 180, 270."""
        pixels = np.ascontiguousarray(np.rot90(self.pixels, -degrees // 90))
        return replace(self, pixels=pixels, turn=(self.turn + degrees) % 360)

    def box_in_file(self, box: Box) -> tuple[int, int, int, int]:
        """Where a box of this image lies in the file's: left, top, right, bottom (pixels)."""
        left, top, right, bottom = box.left, box.top, box.right, box.bottom
        match self.turn:
            case 90:
                left, top, right, bottom = top, self.width - right, bottom, self.width - left
            case 180:
                left, top, right, bottom = (
                    self.width - right,
                    self.height - bottom,
                    self.width - left,
                    self.height - top,
                )
            case 270:
                left, top, right, bottom = self.height - bottom, left, self.height - top, right
        across = [self.left + round(edge / self.share) for edge in (left, right)]
        down = [self.top + round(edge / self.share) for edge in (top, bottom)]
        return across[0], down[0], across[1], down[1]

    def box_of_file(self, box: tuple[int, int, int, int]) -> Box:
        """Where a box of the file's image (left, top, right, bottom, pixels as stored) lies in this one."""
        left, right = (round((edge - self.left) * self.share) for edge in (box[0], box[2]))
        top, bottom = (round((edge - self.top) * self.share) for edge in (box[1], box[3]))
        match self.turn:
            case 90:
                return Box(self.width - bottom, left, self.width - top, right)
            case 180:
                return Box(self.width - right, self.height - bottom, self.width - left, self.height - top)
            case 270:
                return Box(top, self.height - right, bottom, self.height - left)
        return Box(left, top, right, bottom)


def paper_of(page: PageImage) -> Box:
    """Where the paper lies in an image: all of it where it cannot be told from what is around it."""
    whole = Box(0, 0, page.width, page.height)
    share = _TINY / max(1, page.width, page.height)
    width, height = round(page.width * share), round(page.height * share)
    if min(width, height) < _TINY // 4:
        return whole
    edges = paper_area(_resized(page.reduced, width, height), _TINY_DPI).box
    paper = Box(*(round(edge / share) for edge in edges))
    return paper if paper.width * paper.height > whole.width * whole.height / _PART else whole


def load(file: Path, longest: int = LONGEST) -> PageImage:
    """Decode the image in ``file``, its longer side at most ``longest`` (pixels).

    ``Refused`` ("reading-no-image", "reading-too-large") when it is none of a page.
    """
    try:
        content = file.read_bytes()
        return _shrunk(*(_jpeg if content[:2] == _JPEG else _other)(file, content, longest), longest)
    except (*DAMAGE, KeyError) as error:  # KeyError: a JPEG that ends before its first block
        raise Refused("reading-no-image", file=file.name, detail=getattr(error, "strerror", None) or error) from error


def _jpeg(file: Path, content: bytes, longest: int) -> tuple[Pixels, int]:
    height, width, _colour, _sampling = simplejpeg.decode_jpeg_header(content, strict=False)
    _bounded(file, width, height)
    # Reduced while it is decoded, in eighths, not below what is read.
    share = min(1.0, longest / max(width, height))
    least = {"min_height": max(1, int(height * share)), "min_width": max(1, int(width * share))}
    return simplejpeg.decode_jpeg(content, "RGB", strict=False, **least), max(width, height)


def _other(file: Path, _content: bytes, _longest: int) -> tuple[Pixels, int]:
    with Image.open(file) as image:
        _bounded(file, *image.size)
        return np.asarray(image.convert("RGB")), max(image.size)


def _bounded(file: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Refused("reading-too-large", file=file.name, pixels=width * height)


def _shrunk(pixels: Pixels, stored: int, longest: int) -> PageImage:
    height, width = pixels.shape[:2]
    share = min(1.0, longest / max(height, width))
    if share < 1:
        pixels = _resized(pixels, round(width * share), round(height * share))
    return PageImage(pixels, max(pixels.shape[:2]) / stored)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    size = max(1, width), max(1, height)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
