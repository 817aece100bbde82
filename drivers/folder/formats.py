"""What lies in a file that was dropped: one picture per page, told by its content, not by its name.

A JPEG is kept as it is; everything else is decoded once. EXIF orientation is honoured: a JPEG tells how far it must be
turned, decoded pixels are turned.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageOps

from drivers import Mode
from drivers.errors import Unreadable
from drivers.folder import jpeg as folder_jpeg
from drivers.images.colour_profiles import fitting
from drivers.images.pnm import UNREADABLE, plain

#: A2 at 600 dpi is 140 million pixels; what is larger is not a page of a ledger but a trap (pixels).
MOST_PIXELS = 160_000_000
#: A ledger has some hundred pages; what has more is no scan of one.
MOST_PAGES = 2000

#: TIFF 6.0, NewSubfileType and SubfileType: an image that is a smaller one of another, or its mask, is no page.
_NEW_SUBFILE, _SUBFILE = 254, 255
_NO_PAGE, _SMALLER = 0b101, 2
#: A pixel so much longer than wide, or wider than long, is meant; beyond that a file talks nonsense.
_SQUARE, _LONGEST = 1.02, 4.0
#: EXIF 2.32, tag Orientation: how far, clockwise, an image is to be turned (degrees). The others are mirrored as well.
_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}
#: ISO 23008-12: brands of a file whose images are HEVC.
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_PDF_HEAD = 1024
#: No file of any of the formats is as short (bytes).
_LEAST = 12


@dataclass(frozen=True)
class Camera:
    """What took a picture, and when, as EXIF tells it; empty where it does not."""

    make: str = ""
    model: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Picture:
    """One page: a ``jpeg`` to be kept as it is, or ``pixels``, (height, width) or (height, width, 3), 8 bits each.

    ``rotation`` is clockwise degrees to turn it upright. ``lossy`` tells that the pixels were compressed with loss.
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


@contextmanager
def open_pages(file: Path) -> Iterator[Pages]:
    """The pages of ``file`` until the block ends.

    :raises Unreadable: it is none of the formats, damaged, or protected.
    """
    with file.open("rb") as stream:
        head = stream.read(_PDF_HEAD)
    if not head:
        raise Unreadable("empty")
    if head.startswith(b"\xff\xd8\xff"):
        yield Pages(1, lambda _: jpeg_picture(file.read_bytes()))
    elif head.startswith((b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        with _damage(), Image.open(file, formats=("PNG", "TIFF")) as image:
            frames = _frames(image) if image.format == "TIFF" else [0]
        yield Pages(len(frames), lambda index: _frame(file, frames[index]))
    elif head[4:8] == b"ftyp" and any(brand in head[8:64] for brand in _HEIF_BRANDS):
        yield Pages(1, lambda _: _heif(file))
    elif b"%PDF-" in head:
        from drivers.folder import pdf  # pikepdf takes 0.2 s to import, and most folders never see a PDF

        with pdf.open_pages(file) as pages:
            yield pages
    else:
        # A copy over the network may reserve a file's whole length before its first byte arrives.
        raise Unreadable("format" if head.strip(b"\0") and len(head) >= _LEAST else "damaged", detail="no head")


def jpeg_picture(data: bytes, *, upright: bool = False) -> Picture:
    """A JPEG as it is, or decoded where it cannot be kept: mirrored, in CMYK, in colours told by what must go.

    ``upright`` tells to believe no orientation of its own: in a PDF the page says how it lies.
    """
    with _damage():
        jpeg = folder_jpeg.read(data)
        _limit(jpeg.width, jpeg.height)
        jpeg, seen = folder_jpeg.proven(jpeg)
        with Image.open(io.BytesIO(jpeg.whole), formats=("JPEG", "MPO")) as image:
            exif = _exif(image)
            turn = None if upright else exif.get(ExifTags.Base.Orientation, 1)
            rotation = 0 if turn is None else _TURNS.get(turn, 0 if turn not in range(1, 9) else None)
            kept = image.mode in ("L", "RGB") and rotation is not None
            if kept and np.array_equal(seen, folder_jpeg.reduced(jpeg.whole)):
                return Picture(
                    *image.size,
                    Mode.GREY if image.mode == "L" else Mode.COLOUR,
                    jpeg=jpeg.bare,
                    rotation=rotation or 0,
                    camera=camera_facts(exif),
                    profile=fitting(image.info.get("icc_profile"), len(image.getbands())),
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
        profile=fitting(profile, channels),
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


def _frames(image: Image.Image) -> list[int]:
    """The images of a TIFF that are pages; all of them where it calls none a page."""
    pages: list[int] = []
    index = 0
    while True:
        try:
            image.seek(index)
        except EOFError:
            return pages or list(range(index))
        tags = image.getexif()
        if not int(tags.get(_NEW_SUBFILE, 0)) & _NO_PAGE and tags.get(_SUBFILE) != _SMALLER:
            pages.append(index)
        index += 1
        if index > MOST_PAGES:
            raise Unreadable("many", most=MOST_PAGES)


def _frame(file: Path, index: int) -> Picture:
    with _damage(), Image.open(file, formats=("PNG", "TIFF")) as image:
        image.seek(index)
        _limit(*image.size)
        taken_by = camera_facts(_exif(image))
        image.load()
        return decoded_picture(image, taken_by)


def _heif(file: Path) -> Picture:
    """The primary image. libheif has turned it already as the file's own properties say; EXIF only repeats them."""
    with _damage():
        opened = pi_heif.open_heif(file)
        _limit(*opened.size)
        image = opened.to_pillow()
        return decoded_picture(image, camera_facts(_exif(image)), lossy=True, upright=True)


def _in_rgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A CMYK image in the colours that its profile means; a profile of CMYK cannot go with what is kept."""
    try:
        inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        told = ImageCms.profileToProfile(image, inks, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        told = None
    return told or plain(image)


def _proportion(image: Image.Image) -> float:
    """The proportion of an image's pixels by whatever its file tells: JFIF and PNG may tell an aspect alone."""
    told = next((image.info[key] for key in ("dpi", "resolution", "jfif_density", "aspect") if key in image.info), None)
    try:
        across, down = (float(value) for value in told or (1, 1))
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0
    return proportion(across, down)


def _exif(image: Image.Image) -> Image.Exif:
    """What EXIF tells; nothing where it is torn: it is no part of the picture."""
    try:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.Exif)
    except UNREADABLE:
        return Image.Exif()
    return exif


def _limit(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Unreadable("large", pixels=width * height)


@contextmanager
def _damage() -> Iterator[None]:
    """Turn what decoders raise into :class:`Unreadable`."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise Unreadable("damaged", detail=str(error)) from error
    except (*UNREADABLE, RuntimeError) as error:
        raise Unreadable("damaged", detail=str(error) or type(error).__name__) from error
