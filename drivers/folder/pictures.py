"""One page of a dropped file as a picture: a JPEG as it is, or decoded pixels, with the facts of its file."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageCms, ImageOps

from drivers import Mode
from drivers.errors import Unreadable
from drivers.folder import jpeg as folder_jpeg
from drivers.images.colour_profiles import matching_profile
from drivers.images.pnm import UNREADABLE, plain

#: A2 at 600 dpi is 140 million pixels; what is larger is not a page of a ledger but a trap (pixels).
MOST_PIXELS = 160_000_000
#: A ledger has some hundred pages; what has more is no scan of one.
MOST_PAGES = 2000
#: A pixel so much longer than wide, or wider than long, is meant; beyond that a file talks nonsense.
_SQUARE, _LONGEST = 1.02, 4.0
#: EXIF 2.32, tag Orientation: how far, clockwise, an image is to be turned (degrees). The others are mirrored as well.
_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}


@dataclass(frozen=True)
class Camera:
    """What took a picture, and when, by its EXIF data; empty where they have no such field."""

    make: str = ""
    model: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Picture:
    """One page: a ``jpeg`` to be kept as it is, or ``pixels``, (height, width) or (height, width, 3), 8 bits each.

    ``rotation`` is clockwise degrees to turn it upright. ``lossy``: the pixels were compressed with loss.
    ``dpi`` is the resolution that the file tells, None where it tells none, or two that differ.
    ``profile`` is the colour profile (ICC) of what is kept. ``proportion`` is how high a pixel is for its width: a fax
    of 204 x 98 dpi has pixels twice as high as wide.
    """

    width: int
    height: int
    mode: Mode
    jpeg: bytes | None = None
    pixels: npt.NDArray[np.uint8] | None = None
    rotation: int = 0
    lossy: bool = False
    camera: Camera = Camera()
    dpi: float | None = None
    profile: bytes | None = None
    proportion: float = 1.0

    @cached_property
    def digest(self) -> str:
        """What the same image in another file has, too: 16 hexadecimal digits."""
        digest = hashlib.sha256(b"%d %d " % (self.width, self.height))
        digest.update(self.jpeg or b"")
        if self.pixels is not None:
            digest.update(np.ascontiguousarray(self.pixels).data)
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Pages:
    """The pages of a file: how many, and each (from 0) as it is asked for. ``page`` raises :class:`Unreadable`."""

    count: int
    page: Callable[[int], Picture]


def jpeg_picture(data: bytes, *, upright: bool = False) -> Picture:
    """A JPEG as it is, or decoded where it cannot be kept: mirrored, in CMYK, coloured by removed metadata.

    With ``upright`` its orientation is ignored: in a PDF the page says how it lies.
    """
    with decoder_errors():
        jpeg = folder_jpeg.read(data)
        check_pixels(jpeg.width, jpeg.height)
        jpeg, pixels = folder_jpeg.proven_image(jpeg)
        with Image.open(io.BytesIO(jpeg.whole), formats=("JPEG", "MPO")) as image:
            exif = exif_of(image)
            turn = None if upright else exif.get(ExifTags.Base.Orientation, 1)
            rotation = 0 if turn is None else _TURNS.get(turn, 0 if turn not in range(1, 9) else None)
            is_kept = image.mode in ("L", "RGB") and rotation is not None
            if is_kept and np.array_equal(pixels, folder_jpeg.decode(jpeg.whole)):
                return Picture(
                    *image.size,
                    Mode.GREY if image.mode == "L" else Mode.COLOUR,
                    jpeg=jpeg.bare,
                    rotation=rotation or 0,
                    camera=camera_facts(exif),
                    profile=matching_profile(image.info.get("icc_profile"), len(image.getbands())),
                    proportion=_proportion(image),
                    dpi=_dpi(image),
                )
            return decoded_picture(image, camera_facts(exif), lossy=True, upright=upright)


def decoded_picture(
    image: Image.Image, taken_by: Camera = Camera(), *, lossy: bool = False, upright: bool = False
) -> Picture:
    """Decoded pixels: transparent parts become white, 16 bits become 8, everything else stays as it is.

    The image is turned as its EXIF says, unless it is ``upright`` already.
    """
    high, profile = _proportion(image), image.info.get("icc_profile")
    turned = image if upright else ImageOps.exif_transpose(image)
    if turned.size != image.size:
        high = 1 / high
    pixels = np.asarray(_in_rgb(turned, profile) if turned.mode == "CMYK" and profile else plain(turned))
    height, width = pixels.shape[:2]
    mode, channels = (Mode.GREY, 1) if pixels.ndim == 2 else (Mode.COLOUR, 3)
    return Picture(
        width,
        height,
        mode,
        pixels=pixels,
        lossy=lossy,
        camera=taken_by,
        profile=matching_profile(profile, channels),
        proportion=high,
        dpi=_dpi(image),
    )


def proportion(across: float, down: float) -> float:
    """How high a pixel is for its width at this resolution; 1 where that is nearly so, or no sense."""
    high = across / down if across > 0 and down > 0 else 1.0
    return high if _SQUARE <= max(high, 1 / high) <= _LONGEST else 1.0


def camera_facts(exif: Image.Exif) -> Camera:
    """What of a photo's EXIF goes into its master: the camera's make and model and the time, never the place."""
    moment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal, "")
    values = (exif.get(ExifTags.Base.Make, ""), exif.get(ExifTags.Base.Model, ""), moment)
    return Camera(*("".join(filter(str.isprintable, str(value))).strip()[:64] for value in values))


def _dpi(image: Image.Image) -> float | None:
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # A PNG keeps whole dots per metre: 200 dpi comes back as 199.9996.
    return round(x, 2) if math.isfinite(x + y) and round(x) == round(y) else None


def _in_rgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A CMYK image in the colours that its profile means; a profile of CMYK cannot go with what is kept."""
    try:
        inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, inks, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        converted = None
    return converted or plain(image)


def _proportion(image: Image.Image) -> float:
    """The proportion of an image's pixels by whatever its file tells: JFIF and PNG may tell an aspect alone."""
    stated_dpi = next(
        (image.info[key] for key in ("dpi", "resolution", "jfif_density", "aspect") if key in image.info), None
    )
    try:
        across, down = (float(value) for value in stated_dpi or (1, 1))
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0
    return proportion(across, down)


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF data; empty where they are damaged: they are no part of the picture."""
    try:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.Exif)
    except UNREADABLE:
        return Image.Exif()
    return exif


def check_pixels(width: int, height: int) -> None:
    """Refuse an image of more than :data:`MOST_PIXELS`."""
    if width * height > MOST_PIXELS:
        raise Unreadable("large", pixels=width * height)


@contextmanager
def decoder_errors() -> Iterator[None]:
    """Turn what decoders raise into :class:`Unreadable`."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise Unreadable("damaged", detail=str(error)) from error
    except (*UNREADABLE, RuntimeError) as error:
        raise Unreadable("damaged", detail=str(error) or type(error).__name__) from error
