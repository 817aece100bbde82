"""Masters of dropped files: a camera's JPEG with our provenance in place of its own, all else without loss."""

from __future__ import annotations

import os
from pathlib import Path

from drivers import Encoding, Identity, Storing
from drivers.folder.pictures import Picture
from drivers.images import masters
from drivers.images.raw_sheet import PART, Origin

#: A register page of 12 million pixels: HEIC 0.8 MB, a JPEG of this quality 2.3 MB, a TIFF of the same pixels 7.4 MB.
ONCE_MORE_QUALITY = 95
_MM_PER_INCH = 25.4
_A4_MM = (210.0, 297.0)
#: Phones tell 72 or 96 dpi whatever the distance; flatbeds that save files have these (dpi).
_LOWEST_DPI, _HIGHEST_DPI = 100, 1200
#: What stands around the pixels in a file (bytes).
_AROUND = 1024**2


def room(picture: Picture) -> int:
    """How large its master is at most (bytes)."""
    return _AROUND + (len(picture.jpeg or b"") if picture.pixels is None else picture.pixels.nbytes)


def store(picture: Picture, origin: Origin, storing: Storing, stem: Path) -> Path:
    """Write the master; synced before it has its name, or a power cut could leave a whole-looking half of it."""
    keeps_loss = picture.lossy and storing.encoding is Encoding.JPEG
    encoding = Encoding.JPEG if picture.jpeg is not None or keeps_loss else Encoding.TIFF
    part, final = stem.with_suffix(PART), stem.with_suffix(f".{encoding}")
    with part.open("wb") as file:
        if picture.jpeg is not None:
            description = masters.describe(picture.width, picture.height, picture.mode, origin)
            file.writelines(masters.with_provenance(picture.jpeg, description, origin, picture.profile))
        elif picture.pixels is not None:
            masters.encode(picture.pixels, file, origin, Storing(encoding, ONCE_MORE_QUALITY), picture.profile)
        file.flush()
        os.fsync(file.fileno())
    return part.rename(final)


def resolution(
    picture: Picture, paper_mm: tuple[float, float] | None, *, own_dpi: bool
) -> tuple[tuple[float, float], dict[str, str]]:
    """The resolution of an image (x, y; dpi), and the facts for its master where that is only supposed.

    With ``own_dpi`` an image is believed that tells a resolution scanners have. Else it follows from the paper; without
    the paper's size it is taken for A4.
    """
    if own_dpi and picture.dpi is not None and _LOWEST_DPI <= picture.dpi <= _HIGHEST_DPI:
        return (picture.dpi, picture.dpi), {}
    if paper_mm is not None:
        return effective_dpi(picture, paper_mm), {}
    return effective_dpi(picture, _A4_MM), {masters.SUPPOSED: "A4"}


def effective_dpi(picture: Picture, paper_mm: tuple[float, float]) -> tuple[float, float]:
    """The resolution (x, y; dpi) that an image of a whole sheet of ``paper_mm`` has; equal where its pixels are square.

    A photo shows some of the table as well, so the true one is never more than the smaller of both directions'
    quotients: that one is given. Image and paper may lie or stand, each as it is.
    """
    short, long = sorted(paper_mm)
    fewer, more = sorted((picture.width, picture.height * picture.proportion))
    dpi = min(fewer / short, more / long) * _MM_PER_INCH
    return round(dpi, 2), round(dpi / picture.proportion, 2)


def photo_facts(picture: Picture) -> dict[str, str]:
    """Further facts for the master: when the picture was taken, and the turn in degrees that makes it upright."""
    facts = {"photographed": picture.camera.moment, "rotation": str(picture.rotation or "")}
    return {name: fact for name, fact in facts.items() if fact}


def identity(picture: Picture) -> Identity | None:
    """The camera, from the picture's EXIF data; None where they name none."""
    camera = picture.camera
    return Identity(camera.make, camera.model) if camera.make or camera.model else None
