"""An image is encoded within its bytes, and the same image to the same bytes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from drivers.drawn import draw_page
from station.imaging import page_codecs
from station.imaging.page_codecs import Pixels


@pytest.fixture(scope="module")
def page() -> Pixels:
    return np.asarray(draw_page(4, seed=1, dpi=100))


@pytest.mark.parametrize("limit", [20_000, 40_000, 80_000])
def test_both_codecs_keep_the_limit_and_use_it(page: Pixels, limit: int) -> None:
    jpeg = page_codecs.jpeg(page, limit, lowest=1)
    assert jpeg is not None
    assert 0.8 * limit < len(jpeg) <= limit
    # The headers of JPEG 2000 are a few hundred bytes, which it does not count.
    assert 0.9 * limit < len(page_codecs.jpeg2000(page, [limit])[0]) <= limit + 500
    for data in (jpeg, page_codecs.jpeg2000(page, [limit])[0]):
        assert page_codecs.decode(data).shape == page.shape


def test_jpeg_that_would_be_seen_is_none(page: Pixels) -> None:
    assert page_codecs.jpeg(page, 5_000) is None
    quality = page_codecs.jpeg(page, 80_000)
    assert quality is not None
    with Image.open(io.BytesIO(quality)) as image:
        assert image.format == "JPEG"


def test_same_pixels_give_the_same_bytes(page: Pixels) -> None:
    assert page_codecs.jpeg2000(page, [30_000]) == page_codecs.jpeg2000(page.copy(), [30_000])
    assert page_codecs.jpeg(page, 60_000, 1) == page_codecs.jpeg(page.copy(), 60_000, 1)


def test_page_without_colour_is_grey_and_one_with_a_stamp_is_not(page: Pixels) -> None:
    grey = np.repeat(page_codecs.as_grey(page)[..., np.newaxis], 3, axis=2)
    assert page_codecs.without_empty_colour(grey).ndim == 2
    stamped = grey.copy()
    stamped[100:180, 100:300] = (200, 40, 40)
    assert page_codecs.without_empty_colour(stamped).ndim == 3


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (900, 1), (64, 64)])
def test_sliver_is_encoded_too(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    assert page_codecs.decode(page_codecs.jpeg2000(pixels, [10_000])[0]).shape[:2] == shape[:2]
    jpeg = page_codecs.jpeg(pixels, 10_000)
    assert jpeg is not None
    assert page_codecs.decode(jpeg).shape[:2] == shape[:2]
