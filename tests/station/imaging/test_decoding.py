"""Decoding reads a file to its end, and makes no more pixels than are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from station.errors import Refused
from station.imaging import decoding


def noise(folder: Path, kind: str) -> Path:
    """An image of 700 x 1001 pixels in a file of that kind."""
    pixels = np.random.default_rng(7).integers(0, 255, (1001, 700, 3), np.uint8)
    file = folder / f"master.{kind.lower()}"
    Image.fromarray(pixels).save(file, kind)
    return file


@pytest.fixture(params=["JPEG", "TIFF"])
def master(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return noise(tmp_path, request.param)


@pytest.mark.parametrize(("dpi", "divisor"), [(100.0, 1), (300.0, 2), (None, 2), (600.0, 4)])
def test_picture_has_the_resolution_that_findings_were_tried_at(master: Path, dpi: float | None, divisor: int) -> None:
    examined, pixels = decoding.decode(master, dpi)
    assert (examined.width, examined.height) == (700, 1001)
    assert pixels.shape == pytest.approx((1001 / divisor, 700 / divisor, 3), abs=1)


def test_jpeg_whose_pixels_nobody_needs_is_decoded_as_small_as_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A2 at 600 dpi would take 140 MB in grey, and seconds, to be known as whole."""
    file = noise(tmp_path, "JPEG")
    decode, shapes = simplejpeg.decode_jpeg, []

    def decoded(*facts: Any, **more: Any) -> Any:
        pixels = decode(*facts, **more)
        shapes.append(pixels.shape)
        return pixels

    monkeypatch.setattr(simplejpeg, "decode_jpeg", decoded)
    decoding.decode_reduced(file)
    assert shapes == [(126, 88, 1)]


def test_image_that_lacks_its_last_rows_is_damaged_however_small_it_is_decoded(master: Path) -> None:
    whole = master.read_bytes()
    master.write_bytes(whole[: len(whole) * 9 // 10])
    for look in (decoding.decode_reduced, decoding.decode):
        with pytest.raises(Refused) as refused:
            look(master)
        assert refused.value.code == "image-damaged"
