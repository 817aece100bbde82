"""Reduced pictures of masters: how they are made. Their files are in :mod:`station.imaging.preview_files`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from station.errors import Refused
from station.imaging import decoding
from station.imaging.decoding import Pixels
from station.imaging.preview_files import SIZES, Box, name_of
from station.storage import durable

_QUALITY = 78
#: A JPEG decodes at a half, a quarter, an eighth for nearly nothing; making it exact costs more than it shows.
_NEAR_ENOUGH = 1.3
_LITTLE = 0.5


def thumbnails_of(upright: Pixels) -> dict[int, bytes]:
    """The previews of an image that is at hand reduced, as JPEG, by their longest sides (pixels)."""
    previews = {}
    small = upright
    for longest in sorted(SIZES.values(), reverse=True):
        share = min(1.0, longest / max(small.shape[:2]))
        size = (max(1, round(small.shape[1] * share)), max(1, round(small.shape[0] * share)))
        # Each is made of the one before; a little smaller is quick by neighbours alone.
        way = cv2.INTER_LINEAR if share > _LITTLE else cv2.INTER_AREA
        small = np.asarray(cv2.resize(small, size, interpolation=way), np.uint8)
        previews[longest] = simplejpeg.encode_jpeg(small, quality=_QUALITY, colorsubsampling="420")
    return previews


def keep(previews: Mapping[int, bytes], folder: Path, sha256: str, rotation: int) -> None:
    """Keep ``previews`` as those of a master turned by ``rotation`` (clockwise degrees)."""
    for longest, preview in previews.items():
        with _new(name_of(folder, sha256, longest, rotation)) as new:
            new.write_bytes(preview)


def make(master: Path, preview: Path, longest: int, rotation: int, crop: Box | None) -> None:
    """Make the preview ``preview`` of a master; ``Refused`` ("image-damaged") when that cannot be decoded."""
    with _new(preview) as new:
        try:
            with Image.open(master) as image:
                left, top, right, bottom = crop or (0, 0, *image.size)
                share = longest / max(right - left, bottom - top)
                width = image.width
                image.draft(image.mode, (int(image.width * share), int(image.height * share)))
                left, top, right, bottom = (edge * image.width // width for edge in (left, top, right, bottom))
                page = image.crop((left, top, right, bottom)) if crop else image
                straight = decoding.square_size(*page.size, decoding.resolution_of(image))
                if straight != page.size:
                    page = page.resize(straight)
                if max(page.size) > longest * _NEAR_ENOUGH:
                    page.thumbnail((longest, longest))
                upright = page.rotate(-rotation, expand=True) if rotation else page
                upright.save(new, "JPEG", quality=_QUALITY)
        except decoding.DAMAGE as error:
            raise Refused("image-damaged", file=master.name, detail=error) from error


@contextmanager
def _new(preview: Path) -> Iterator[Path]:
    """A name to write a preview under, which it keeps until it is whole; not synced, since a lost one is made again."""
    preview.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = preview.with_suffix(f".{os.getpid()}{durable.TEMPORARY_SUFFIX}")
    try:
        yield new
        new.rename(preview)
    finally:
        new.unlink(missing_ok=True)
