"""One page's upload copy: which codec, how many bytes, and the proof that it reads like the master.

Two things are held against the master. What the machine reads there for sure, numbers and dates, must read the same on
the copy. For all that the machine does not read, strokes must be kept in the worst places too. Where the budget does
not do, more bytes are taken up to the limit; what is not readable even then is told, and a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from station.copies.page_copy import Budget, UploadCopy, area
from station.domain.states import CopyCodec
from station.imaging import ink, page_codecs
from station.imaging.page_codecs import Pixels
from station.reading import rereading
from station.reading.detector import Box
from station.reading.fields import Field, Grade
from station.reading.grading import SURE
from station.reading.page_image import PageImage
from station.reading.recogniser import Recogniser

#: What was sure on the master must be read the same on the copy, at least so probably.
LEAST_PROBABLE = 0.8
#: So many values are read again at most.
MOST_READ = 64
#: So many places of bad ink are shown to a person.
MOST_PLACES = 3


def make(
    master: PageImage,
    dpi: tuple[float, float],
    budget: Budget,
    fields: Sequence[Field],
    recogniser: Recogniser | None,
    turn: int = 0,
) -> UploadCopy:
    """The copy of a page: the first that is proven, else the one with all the bytes of the limit.

    ``master`` is the page's part of its image as stored, at its full size, of ``dpi``; ``fields`` is what was read
    there, upright when it is turned by ``turn`` (clockwise degrees). Without a ``recogniser`` the ink alone is the
    proof.
    """
    pixels, copy_dpi = reduced(master.pixels, dpi, budget.dpi)
    sure = [field for field in fields if field.grade is Grade.SURE and rereading.is_readable_again(field)][:MOST_READ]
    copy: UploadCopy | None = None
    for codec, data in _encoded(pixels, budget.steps(area(master.width, master.height, dpi))):
        copy, copy_pixels = _measured(pixels, copy_dpi, codec, data)
        if copy.is_readable and recogniser and sure:
            copy = _read(copy, as_page(copy_pixels, master).turned(turn), master.turned(turn), sure, recogniser)
        if copy.is_readable:
            return copy
    assert copy is not None
    return copy if copy.places else replace(copy, places=_worst_places(pixels, page_codecs.decode(copy.data), master))


def reduced(pixels: Pixels, dpi: tuple[float, float], least: int) -> tuple[Pixels, tuple[float, float]]:
    """The image at the copy's resolution, the same in both directions; never enlarged."""
    height, width = pixels.shape[:2]
    across, down = (min(1.0, least / each) for each in dpi)
    size = (max(1, round(width * across)), max(1, round(height * down)))
    if size != (width, height):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return page_codecs.without_empty_colour(pixels), (dpi[0] * size[0] / width, dpi[1] * size[1] / height)


def _encoded(pixels: Pixels, limits: Sequence[int]) -> Iterator[tuple[CopyCodec, bytes]]:
    """The page within each limit: as JPEG, which every viewer shows at once, where that is clean, else as JPEG 2000."""
    layered: list[bytes] = []
    for step, limit in enumerate(limits):
        data = page_codecs.jpeg(pixels, limit)
        if data is not None:
            yield CopyCodec.JPEG, data
            continue
        layered = layered or page_codecs.jpeg2000(pixels, limits)
        yield CopyCodec.JPEG2000, layered[step]


def _measured(pixels: Pixels, dpi: tuple[float, float], codec: CopyCodec, data: bytes) -> tuple[UploadCopy, Pixels]:
    """The copy with the ink that it keeps, and what it shows."""
    copy_pixels = page_codecs.decode(data)
    ink_share = ink.share_kept(page_codecs.as_grey(pixels), page_codecs.as_grey(copy_pixels))
    height, width = pixels.shape[:2]
    return UploadCopy(data, codec, width, height, pixels.ndim == 2, dpi, ink_share, 0, ()), copy_pixels


def _worst_places(pixels: Pixels, shown: Pixels, master: PageImage) -> tuple[tuple[int, int, int, int], ...]:
    """Where the ink of a copy is worst, in pixels of the stored master."""
    across, down = master.width / pixels.shape[1], master.height / pixels.shape[0]
    squares = ink.worst_places(page_codecs.as_grey(pixels), page_codecs.as_grey(shown), MOST_PLACES)
    boxes = (Box(round(x * across), round(y * down), round(r * across), round(b * down)) for x, y, r, b in squares)
    return tuple(map(master.box_in_file, boxes))


def _read(
    copy: UploadCopy, copy_image: PageImage, master: PageImage, fields: Sequence[Field], recogniser: Recogniser
) -> UploadCopy:
    """The copy with how many of the fields were read on it, and which came out otherwise."""
    values = rereading.read_again(copy_image, fields, recogniser)
    doubtful = [
        (field, value, probable)
        for field, (value, probable) in zip(fields, values, strict=True)
        if value != field.value or probable < LEAST_PROBABLE
    ]
    # What only the register's order made sure, and not its own look, is no measure of what a copy must show.
    originals = rereading.read_again(master, [field for field, _, _ in doubtful], recogniser)
    own = [
        (field, original, value, probable)
        for (field, value, probable), (original, sure) in zip(doubtful, originals, strict=True)
        if sure >= SURE
    ]
    differing = [
        (original, field.box)
        for field, original, value, probable in own
        if value != original or probable < LEAST_PROBABLE
    ]
    return replace(
        copy,
        read=len(fields) - len(doubtful) + len(own),
        differing=tuple(value for value, _ in differing),
        places=tuple(box for _, box in differing),
    )


def as_page(pixels: Pixels, master: PageImage) -> PageImage:
    """A copy's pixels as the image of its master's page, so that places mean the same."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., np.newaxis], 3, axis=2)
    height, width = pixels.shape[:2]
    across, down = width / master.width, height / master.height
    if abs(across - down) > 0.01 * across:  # a fax's pixels are higher than wide
        pixels = np.asarray(cv2.resize(pixels, (master.width, master.height)), np.uint8)
        across = 1.0
    return replace(master, pixels=pixels, share=master.share * across)
