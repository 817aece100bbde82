from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from drivers import Encoding, Identity, Storing
from drivers.images.masters import encode, read_provenance
from drivers.images.raw_sheet import Origin

ORIGIN = Origin(
    identity=Identity("Hãng", "Kính A3", "S1"),
    started_at=datetime(2025, 3, 2, 1, 2, 3, tzinfo=UTC),
    dpi=(299.5, 300.0),
    dpi_asked=300,
    token="a:1:2",
    caller={"operator": "Đặng", "label": "KH.2007.01.001"},
)


def encoded(image: Image.Image, encoding: Encoding, quality: int = 90) -> io.BytesIO:
    into = io.BytesIO()
    encode(np.asarray(image), into, ORIGIN, Storing(encoding, quality))
    return into


@settings(max_examples=25)
@given(
    mode=st.sampled_from(["L", "RGB"]),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    data=st.data(),
)
def test_tiff_gives_back_every_pixel(mode: str, size: tuple[int, int], data: st.DataObject) -> None:
    length = size[0] * size[1] * (3 if mode == "RGB" else 1)
    image = Image.frombytes(mode, size, data.draw(st.binary(min_size=length, max_size=length)))
    with Image.open(encoded(image, Encoding.TIFF)) as back:
        assert (back.mode, back.tobytes()) == (mode, image.tobytes())


def test_jpeg_keeps_full_chroma_and_looks_the_same() -> None:
    image = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L")])
    with Image.open(encoded(image, Encoding.JPEG)) as back:
        assert [component[1:3] for component in back.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
        difference = ImageChops.difference(image, back.convert("RGB")).convert("L")
        assert sum(difference.histogram()[10:]) == 0


@pytest.mark.parametrize("encoding", list(Encoding))
def test_master_tells_where_it_comes_from(tmp_path: Path, encoding: Encoding) -> None:
    path = tmp_path / f"0001.{encoding}"
    path.write_bytes(encoded(Image.new("L", (30, 20)), encoding).getvalue())
    facts = read_provenance(path)
    assert facts["identity"] == {"vendor": "Hãng", "model": "Kính A3", "serial": "S1"}
    assert (facts["width"], facts["height"], facts["mode"]) == (30, 20, "grey")
    assert (facts["dpi_asked"], facts["dpi"], facts["token"]) == (300, [299.5, 300.0], "a:1:2")
    assert datetime.fromisoformat(facts["started_at"]) == ORIGIN.started_at
    assert facts["provenance"] == {"operator": "Đặng", "label": "KH.2007.01.001"}
    with Image.open(path) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.5)
        exif = image.getexif()
        assert exif[306] == "2025:03:02 01:02:03"
        assert exif[305].startswith("tramquet")
        assert exif[272] == "K?nh A3"
        assert (exif[282], exif[283]) == (299.5, 300.0), "across and down, to the fraction"


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("length", [3000, 200_000])
def test_master_keeps_the_colour_profile_that_it_is_given(tmp_path: Path, encoding: Encoding, length: int) -> None:
    profile = bytes(range(256)) * (length // 256)
    into = io.BytesIO()
    origin = Origin(Identity("a", "b"), datetime.now(UTC), (300, 300))
    encode(np.zeros((20, 30, 3), np.uint8), into, origin, Storing(encoding), profile)
    with Image.open(into) as master:
        assert master.info["icc_profile"] == profile
        master.load()


def test_foreign_image_has_no_provenance(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "phone.jpg")
    with pytest.raises(ValueError, match=r"phone\.jpg"):
        read_provenance(tmp_path / "phone.jpg")


def test_broken_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"no image")
    with pytest.raises(OSError, match="identify"):
        read_provenance(tmp_path / "x.jpg")
