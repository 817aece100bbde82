"""Proving that an image file is whole: decoded to its last pixel, measured and hashed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from station import durable
from station.errors import Refused

#: A2 at 600 dpi is 140 million pixels; what is larger is not a page of a ledger but a trap (pixels).
MOST_PIXELS = 160_000_000


#: What Pillow raised for 36,000 masters damaged at random; TypeError and SyntaxError come from torn TIFF
#: directories.
DAMAGE = (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True)
class Examined:
    """What was found in a file: pixels, bytes, and the SHA-256 of the whole file in hex."""

    width: int
    height: int
    sha256: str
    bytes: int


def examine(file: Path) -> Examined:
    """Decode ``file`` fully and hash it; ``Refused`` ("image-damaged") when it is not a whole image."""
    try:
        with Image.open(file) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise Refused("image-too-large", file=file.name, pixels=width * height)
            image.load()
    except DAMAGE as error:
        raise Refused("image-damaged", file=file.name, detail=error) from error
    return Examined(width, height, durable.sha256_of(file), file.stat().st_size)
