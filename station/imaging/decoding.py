"""Decoding of image files: proves that a file is whole to its last pixel, measures and hashes it.

Every byte of a JPEG is decoded, but at a reduced scale: that costs a fraction and finds the same damage, and what comes
of it is what findings and previews are made of. Runs in the workers (:mod:`station.imaging.worker_pool`), not in the
daemon.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

from station.errors import Refused
from station.imaging.image_facts import DecodedFile
from station.imaging.jpeg_quality import jpeg_quality

#: A2 at 600 dpi is 140 million pixels; what is larger is not a page of a ledger but a trap (pixels).
MOST_PIXELS = 160_000_000
#: What is looked at has at least this resolution (dpi), where the master has it.
LOOKED_AT = 150
#: Of a master that does not tell (dpi).
USUAL_DPI = 300
#: What Pillow raised for 36,000 masters damaged at random; TypeError and SyntaxError come from torn TIFF
#: directories.
DAMAGE = (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError)

Pixels = npt.NDArray[np.uint8]
Resolution = tuple[float, float]

#: A resolution so much finer in one direction than in the other is no scanner's, but a mistake.
_MOST_STRETCHED = 4.0

_JPEG = b"\xff\xd8"
#: A JPEG decodes at an eighth at most; every coefficient is read all the same.
_SMALLEST = 8


def decode(file: Path, dpi: float | None = None) -> tuple[DecodedFile, Pixels]:
    """Decode ``file`` fully and hash it; gives what was found, and the image at a glance.

    ``dpi`` is the master's, None where unknown. ``Refused`` ("image-damaged", "image-too-large") when it is not a whole
    image of a page.
    """
    return _examine(file, _factor(dpi))


def decode_reduced(file: Path) -> DecodedFile:
    """What was found in a ``file`` that is only to be whole: decoded fully, in grey and as small as can be."""
    return _examine(file, None)[0]


def decode_whole(file: Path) -> Pixels:
    """All pixels of a ``file`` that was found whole before, in grey."""
    with Image.open(file) as image:
        return np.asarray(image.convert("L"))


def reduced_view(pixels: Pixels, dpi: float | None) -> Pixels:
    """An image reduced to :data:`LOOKED_AT` to twice that, as RGB, (height, width, 3)."""
    return reduced(pixels, _factor(dpi))


def resolution_of(image: Image.Image) -> Resolution | None:
    """The resolution that a file tells of its image (dpi); None where it does not, or says 1 x 1 for "no idea"."""
    across, down = (float(each) for each in image.info.get("dpi", (0, 0)))
    return (across, down) if across > 1 and down > 1 else None


def square_size(width: int, height: int, dpi: Resolution | None) -> tuple[int, int]:
    """How many square pixels (width, height) show what so many of ``dpi`` show: those of a fax are higher than wide."""
    if dpi is None or min(dpi) <= 0 or max(dpi) > _MOST_STRETCHED * min(dpi):
        return width, height
    x, y = dpi
    return round(width * max(1.0, y / x)), round(height * max(1.0, x / y))


def squared(pixels: Pixels, dpi: Resolution | None) -> Pixels:
    """An image in true proportions, as it is where its resolution is the same in both directions."""
    size = square_size(pixels.shape[1], pixels.shape[0], dpi)
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _factor(dpi: float | None) -> int:
    return max(1, int((dpi or USUAL_DPI) / LOOKED_AT))


def _examine(file: Path, factor: int | None) -> tuple[DecodedFile, Pixels]:
    """Without a ``factor`` the picture is of no use: it was made the quickest way."""
    whole = file.read_bytes()
    try:
        width, height, pixels = (_jpeg if whole[:2] == _JPEG else _decode_other)(file, whole, factor)
        quality = jpeg_quality(whole) if factor and whole[:2] == _JPEG else None
    except DAMAGE as error:
        raise Refused("image-damaged", file=file.name, detail=error) from error
    return DecodedFile(width, height, hashlib.sha256(whole).hexdigest(), len(whole), quality), pixels


def _jpeg(file: Path, whole: bytes, factor: int | None) -> tuple[int, int, Pixels]:
    height, width, _colour, _sampling = simplejpeg.decode_jpeg_header(whole, strict=True)
    _bounded(file, width, height)
    kind, divisor = ("RGB", factor) if factor else ("GRAY", _SMALLEST)
    # As many pixels as are looked at, or the next more that the format can give: m/8 of each side (libjpeg).
    least = {"min_height": max(1, height // divisor), "min_width": max(1, width // divisor)}
    pixels = simplejpeg.decode_jpeg(whole, kind, fastdct=True, fastupsample=True, strict=True, **least)
    return width, height, pixels


def _decode_other(file: Path, _whole: bytes, factor: int | None) -> tuple[int, int, Pixels]:
    with Image.open(file) as image:
        width, height = image.size
        _bounded(file, width, height)
        pixels = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    return width, height, reduced(pixels, factor) if factor else pixels


def reduced(pixels: Pixels, factor: int) -> Pixels:
    """An image as RGB, each side ``factor`` times smaller; what is left over at the right and below is cut off."""
    height, width = (max(1, side // factor) for side in pixels.shape[:2])
    # By whole pixels: that is six times faster than by a fraction.
    even = pixels[: height * factor, : width * factor]
    small: Pixels = even
    if factor > 1:
        small = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.repeat(small[:, :, np.newaxis], 3, axis=2) if small.ndim == 2 else small


def _bounded(file: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Refused("image-too-large", file=file.name, pixels=width * height)
