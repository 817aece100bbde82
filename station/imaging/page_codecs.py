"""An image of a page within a number of bytes: as JPEG or as JPEG 2000, what a PDF can hold.

At the bytes that the ministry takes (100 kB for an A4 page) JPEG falls into blocks and JPEG 2000 keeps the strokes. On
a page with little on it both do, and JPEG is what every viewer shows at once. The same pixels give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from station.imaging import jpeg2000_layers

#: (height, width) grey or (height, width, 3) RGB.
Pixels = npt.NDArray[np.uint8]

#: From this quality on no block is seen beside the strokes.
CLEAN_QUALITY = 30
_HIGHEST_QUALITY = 90
#: So much larger than the best one is a JPEG that was made quickly, at most.
_QUICK = 1.4
#: Chroma of a page without colour (levels beside 128), in all but the farthest pixels (percent).
_COLOURLESS, _ALMOST_ALL = 3.0, 99.5
#: Every so many-th pixel is looked at for colour.
_SAMPLE = 4
#: Red, green, blue and grey: what a profile makes of them, within so many levels, tells whether it changes anything.
_PRIMARIES: Pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]]], np.uint8)
_UNCHANGED = 3


def as_grey(pixels: Pixels) -> Pixels:
    """The grey levels of an image."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8) if pixels.ndim == 3 else pixels


def without_empty_colour(pixels: Pixels) -> Pixels:
    """The image in grey where it has no colour, as a film's; else as it is."""
    if pixels.ndim == 2:
        return pixels
    chroma = cv2.cvtColor(np.ascontiguousarray(pixels[::_SAMPLE, ::_SAMPLE]), cv2.COLOR_RGB2YCrCb)[..., 1:]
    far = np.percentile(np.abs(chroma.astype(np.int16) - 128), _ALMOST_ALL)
    return as_grey(pixels) if far <= _COLOURLESS else pixels


def in_usual_colours(pixels: Pixels, profile: bytes) -> Pixels:
    """An RGB image whose colours are meant by a profile in those of sRGB, which need none: it would cost its bytes.

    A profile that nobody can read changes nothing.
    """
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), "RGB", "RGB")
        changed = _transformed(_PRIMARIES, transform).astype(np.int16) - _PRIMARIES
        return pixels if np.abs(changed).max() <= _UNCHANGED else _transformed(pixels, transform)
    except (ImageCms.PyCMSError, OSError):
        return pixels


def jpeg(pixels: Pixels, limit: int, lowest: int = CLEAN_QUALITY) -> bytes | None:
    """The best JPEG of at most ``limit`` bytes; None where that is below the ``lowest`` quality."""
    image = Image.fromarray(pixels)
    low, high = lowest, _HIGHEST_QUALITY
    if len(_quick_jpeg(image, low)) > limit * _QUICK:
        return None
    best = _jpeg(image, low)
    if len(best) > limit:
        return None
    # Sizes grow nearly in proportion to quality here: by the rule of three it is found in three or four steps.
    size = len(best)
    while high > low:
        guess = min(high, max(low + 1, low * limit // size))
        data = _jpeg(image, guess)
        if len(data) <= limit:
            low, best, size = guess, data, len(data)
            if size > limit * 0.97:
                break
        else:
            high = guess - 1
    return best


def jpeg2000(pixels: Pixels, limits: Sequence[int]) -> list[bytes]:
    """For each of the ``limits``, which grow, a JPEG 2000 of at most so many bytes, but for the few of its headers.

    All are layers of one, so that several take no longer than one.
    """
    file = io.BytesIO()
    image = Image.fromarray(_with_half_chroma(pixels))
    rates = [max(1.0, pixels.size / limit) for limit in limits]
    layers = list(dict.fromkeys(rates))
    settings = {"quality_mode": "rates", "quality_layers": layers, "irreversible": True, "codeblock_size": (64, 64)}
    image.save(file, "JPEG2000", mct=int(pixels.ndim == 3), plt=True, **settings)
    return [jpeg2000_layers.cut(file.getvalue(), layers.index(rate) + 1) for rate in rates]


def decode(data: bytes) -> Pixels:
    """The pixels of what was encoded here."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "JPEG2000")) as image:
        return np.asarray(image)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    sampling = {"subsampling": "4:2:0"} if image.mode == "RGB" else {}
    image.save(file, "JPEG", quality=quality, optimize=True, progressive=True, **sampling)
    return file.getvalue()


def _quick_jpeg(image: Image.Image, quality: int) -> bytes:
    """The same image, some larger, in a third of the time."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _transformed(pixels: Pixels, transform: ImageCms.ImageCmsTransform) -> Pixels:
    return np.asarray(transform.apply(Image.fromarray(pixels)), np.uint8)


def _with_half_chroma(pixels: Pixels) -> Pixels:
    """The same brightness with colour at half the resolution: a sixth less time, and no eye sees it on a page."""
    if pixels.ndim == 2:
        return pixels
    height, width = pixels.shape[:2]
    planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
    half = (max(1, width // 2), max(1, height // 2))
    small = cv2.resize(planes[..., 1:], half, interpolation=cv2.INTER_AREA)
    planes[..., 1:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)
