"""Images of a folder as PNM files that SANE's pnm backend scans pixel for pixel."""

from __future__ import annotations

import errno
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from drivers.errors import DamagedImage, DiskFull, InputOutput

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pnm", ".ppm", ".pgm"})
DEFAULT_DPI = 300.0

_GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_DEEP_GREY = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})
# A binary PNM with 8 bits a sample; comments may stand between the numbers (netpbm, pgm(5)).
_BINARY_8_BIT = re.compile(rb"P[56](?:\s+|#[^\n]*\n)+\d+(?:\s+|#[^\n]*\n)+\d+(?:\s+|#[^\n]*\n)+255\s")
#: What Pillow's decoders raise for data they cannot make sense of.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class FolderImage:
    """One image of the folder: ``position`` counts from 1, ``token`` changes when the file does."""

    position: int
    path: Path
    token: str


@dataclass(frozen=True)
class Prepared:
    """A picture as PNM in ``path``, with the resolution (x, y) that the image itself claims, in dpi."""

    path: Path
    dpi: tuple[float, float]


def pictures(folder: Path) -> list[FolderImage]:
    """The images in ``folder`` by name, hidden files left out."""
    files = sorted(
        (file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")),
        key=lambda file: file.name,
    )
    return [FolderImage(position, file, _token(file)) for position, file in enumerate(files, 1) if file.is_file()]


def prepare(picture: FolderImage, folder: Path, *, cut: bool = False) -> Prepared:
    """Put ``picture`` as PNM into ``folder``; with ``cut`` only the first third of it, as a scanner that stopped.

    A PNM file that the backend understands is only linked. Grey stays grey and colour colour; transparent parts
    become white, 16 bits become 8.

    :raises DamagedImage: the image cannot be decoded.
    :raises DiskFull: there is no room for the PNM.
    """
    target = folder / f"{picture.position:06d}.pnm"
    target.unlink(missing_ok=True)
    if not cut and _passes(picture.path):
        target.symlink_to(picture.path.absolute())
        return Prepared(target, (DEFAULT_DPI, DEFAULT_DPI))
    try:
        with Image.open(picture.path) as image:
            dpi = _dpi(image)
            pixels = plain(image)
    except UNREADABLE as error:
        raise DamagedImage(f"{picture.path.name}: {error}") from error
    try:
        pixels.save(target, "PPM")
        if cut:
            with target.open("r+b") as file:
                file.truncate(target.stat().st_size // 3)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise (DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else InputOutput)(str(error)) from error
    return Prepared(target, dpi)


def _token(file: Path) -> str:
    status = file.stat()
    return f"{file.name}:{status.st_size}:{status.st_mtime_ns}"


def _passes(path: Path) -> bool:
    if path.suffix.lower() not in (".pnm", ".ppm", ".pgm"):
        return False
    try:
        with path.open("rb") as file:
            return _BINARY_8_BIT.match(file.read(4096)) is not None
    except OSError as error:
        raise DamagedImage(f"{path.name}: {error}") from error


def _dpi(image: Image.Image) -> tuple[float, float]:
    try:
        # A PNG keeps whole dots per metre: 200 dpi comes back as 199.9996.
        x, y = (round(float(value), 2) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return DEFAULT_DPI, DEFAULT_DPI
    # Pillow makes 1 dpi of a TIFF that tells no resolution.
    return (x, y) if 1 < x < 100_000 and 1 < y < 100_000 else (DEFAULT_DPI, DEFAULT_DPI)


def plain(image: Image.Image) -> Image.Image:
    """The image in mode L or RGB."""
    if image.mode in ("L", "RGB"):
        image.load()
        return image
    if image.mode in _DEEP_GREY:
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    mode = "L" if image.mode in _GREY_MODES else "RGB"
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert(mode)
    return image.convert(mode)
