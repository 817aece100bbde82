"""Fewer layers of a JPEG 2000 are a whole JPEG 2000, which other programs open as one that was made so."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from drivers.drawn import draw_page
from station.imaging import ink, jpeg2000_layers, page_codecs
from station.imaging.page_codecs import Pixels

LIMITS = (30_000, 45_000, 60_000)


@pytest.fixture(scope="module")
def page() -> Pixels:
    return np.asarray(draw_page(4, seed=1, dpi=100))


def kept(page: Pixels, data: bytes) -> float:
    return ink.share_kept(page_codecs.as_grey(page), page_codecs.as_grey(page_codecs.decode(data)))


@pytest.mark.parametrize("colour", [True, False])
def test_each_has_its_bytes_and_shows_what_it_would_if_made_alone(page: Pixels, colour: bool) -> None:
    pixels = page if colour else page_codecs.as_grey(page)
    copies = page_codecs.jpeg2000(pixels, LIMITS)
    for limit, data in zip(LIMITS, copies, strict=True):
        (alone,) = page_codecs.jpeg2000(pixels, [limit])
        assert 0.9 * limit < len(data) <= limit + 500
        assert abs(len(data) - len(alone)) < 0.02 * limit
        assert kept(pixels, data) == pytest.approx(kept(pixels, alone), abs=0.01)
    assert kept(pixels, copies[0]) < kept(pixels, copies[1]) < kept(pixels, copies[2])


def test_file_tells_of_no_more_than_it_has(page: Pixels) -> None:
    """Lengths of box and tile-part, and the number of layers: a strict reader refuses what is only cut off."""
    (data, *_) = page_codecs.jpeg2000(page, LIMITS)
    box = data.index(b"jp2c") - 4
    assert struct.unpack_from(">I", data, box)[0] == len(data) - box
    tile_part = data.index(b"\xff\x90\x00\x0a")
    assert tile_part + struct.unpack_from(">I", data, tile_part + 6)[0] == len(data) - 2
    assert struct.unpack_from(">H", data, data.index(b"\xff\x52\x00\x0c") + 6)[0] == 1
    assert data.endswith(b"\xff\xd9")


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (900, 1), (64, 64)])
def test_sliver_has_its_layers_too(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    for data in page_codecs.jpeg2000(pixels, (400, 800, 10_000)):
        assert page_codecs.decode(data).shape[:2] == shape[:2]


def test_other_files_are_refused(page: Pixels) -> None:
    file = io.BytesIO()
    Image.fromarray(page).save(file, "JPEG2000", quality_mode="rates", quality_layers=[20, 10])
    with pytest.raises(ValueError, match="lengths of its packets"):
        jpeg2000_layers.cut(file.getvalue(), 1)
    file = io.BytesIO()
    Image.fromarray(page).save(file, "JPEG2000", quality_mode="rates", quality_layers=[20, 10], plt=True)
    assert jpeg2000_layers.cut(file.getvalue(), 2)
    with pytest.raises(ValueError, match="equal layers"):
        jpeg2000_layers.cut(file.getvalue(), 3)
