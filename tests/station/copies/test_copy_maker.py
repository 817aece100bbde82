"""Copies are made by a program of its own: whatever ends it, no page is lost and the next one is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from drivers.drawn import draw_page
from station.copies import copy_maker
from station.copies.copy_maker import CopyMaker
from station.errors import Refused, StorageFailed
from station.imaging import page_codecs
from station.reading.page_image import load
from station.reading.page_reader import PageReader

DPI = (200.0, 200.0)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pages") / "KH.2007.01.001.jpg"
    draw_page(4, seed=1, dpi=200).save(file, quality=90, dpi=DPI)
    return file


@pytest.fixture
def maker() -> Iterator[CopyMaker]:
    with CopyMaker(100_000, 200_000, 200) as maker:
        yield maker


def test_page_is_copied_with_what_was_read_on_it(maker: CopyMaker, page: Path) -> None:
    fields = [field.as_dict() for field in PageReader().read_form(load(page)).fields]
    copy = maker.make(page, None, DPI, fields)
    assert len(copy.data) <= 100_000
    assert copy.read > 0
    assert copy.is_readable


def test_part_of_a_master_is_copied_alone(maker: CopyMaker, page: Path) -> None:
    copy = maker.make(page, (100, 200, 900, 1200), DPI)
    assert (copy.width, copy.height) == (800, 1000)


@pytest.mark.parametrize("deaths", [1, 2])
def test_program_that_died_over_a_page_is_started_again(
    maker: CopyMaker, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    """Once it may have been the kernel, short of memory; a page that two died over is the cause."""
    fault = tmp_path / "fault"
    fault.write_text("copying:kill")
    monkeypatch.setenv("TRAMQUET_FAULTS", f"@{fault}" if deaths == 1 else "copying:kill")
    if deaths == 1:
        assert maker.make(page, None, DPI).data
        assert not fault.exists(), "one died"
        return
    with pytest.raises(Refused) as refused:
        maker.make(page, None, DPI)
    assert refused.value.code == "copy-not-made"
    monkeypatch.delenv("TRAMQUET_FAULTS")
    assert maker.make(page, None, DPI).data, "the next page is made"


def test_program_that_hangs_is_ended(maker: CopyMaker, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_maker, "LONGEST", 0.0)
    with pytest.raises(Refused) as refused:
        maker.make(page, None, DPI)
    assert refused.value.code == "copy-not-made"


def test_damaged_and_missing_masters_are_told_as_such(maker: CopyMaker, page: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no image of a page")
    for file, code in ((damaged, "master-damaged"), (tmp_path / "gone.jpg", "master-missing")):
        with pytest.raises(StorageFailed) as failed:
            maker.make(file, None, DPI)
        assert failed.value.code == code
    assert maker.make(page, None, DPI).data


def test_master_that_keeps_the_budget_needs_no_copy(maker: CopyMaker) -> None:
    a4 = (1654, 2339)
    assert maker.is_small_enough(100_000, a4, DPI)
    assert not maker.is_small_enough(100_200, a4, DPI)
    assert maker.is_small_enough(199_000, (2339, 3308), DPI)


def test_colours_are_those_that_the_masters_profile_means(maker: CopyMaker, page: Path, tmp_path: Path) -> None:
    file = tmp_path / "KH.2007.01.002.jpg"
    with Image.open(page) as image:
        image.paste((210, 40, 40), (400, 400, 800, 600))
        image.save(file, quality=90, dpi=DPI, icc_profile=red_and_blue_exchanged())
    copy = page_codecs.decode(maker.make(file, None, DPI).data)
    red, _, blue = copy[450:550, 450:750].reshape(-1, 3).mean(axis=0)
    assert blue - red > 100


def red_and_blue_exchanged() -> bytes:
    """A profile of RGB by which what is stored as red is seen as blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"----", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"----", b"bXYZ", 1)
