"""A JPEG made strip by strip is the JPEG made at once: every pixel of every kind of image, for every decoder."""

from __future__ import annotations

import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from drivers import Chroma, Storing
from drivers.images.jpeg_strips import STRIP, Pixels, StripEncoder, encode_jpeg

#: More strips than there are restart markers.
MANY = 10 * STRIP


def noise(height: int, width: int, *, colour: bool) -> Pixels:
    """No block is like another, so a difference that goes on from the wrong one is seen."""
    shape = (height, width, 3) if colour else (height, width)
    return np.random.default_rng(height * width).integers(0, 256, shape, dtype=np.uint8)


def decoded(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.tobytes()


@pytest.mark.parametrize("height", [1, STRIP - 1, STRIP, STRIP + 1, 3 * STRIP + 9, MANY, MANY + 17])
@pytest.mark.parametrize("width", [1, 16, 121])
@pytest.mark.parametrize("chroma", [*Chroma, None], ids=str)
def test_strips_give_the_very_pixels_of_an_image_encoded_at_once(
    height: int, width: int, chroma: Chroma | None
) -> None:
    storing = Storing(quality=87, chroma=chroma or Chroma.FULL)
    pixels = noise(height, width, colour=chroma is not None)
    encoder = StripEncoder(storing)
    encoder.add(pixels[:STRIP])  # as they come, strip by strip
    jpeg = b"".join(encoder.pieces(pixels[STRIP:]))  # and what is left when all are there
    assert encoder.lines == height
    whole = encode_jpeg(pixels, storing)
    assert decoded(jpeg) == decoded(whole)
    kind = "RGB" if chroma else "GRAY"
    strictly = simplejpeg.decode_jpeg(jpeg, kind, strict=True)
    assert np.array_equal(strictly, simplejpeg.decode_jpeg(whole, kind))


def test_the_widest_jpeg_can_be_counted() -> None:
    """Blocks of a strip stand in sixteen bits; libjpeg itself takes 65,500 pixels at most."""
    pixels = noise(STRIP + 1, 65_500, colour=False)
    encoder = StripEncoder(Storing())
    encoder.add(pixels[:STRIP])
    assert decoded(b"".join(encoder.pieces(pixels[STRIP:]))) == decoded(encode_jpeg(pixels, Storing()))
