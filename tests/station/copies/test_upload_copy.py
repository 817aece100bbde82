"""A page's copy keeps its budget, and is readable: proven by what the machine reads and by the ink that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from station.copies import upload_copy
from station.copies.page_copy import A4, LEAST_INK, Budget
from station.domain.states import CopyCodec
from station.imaging import page_codecs
from station.reading.fields import Field, FieldKind
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.recogniser import Recogniser
from tests.station.drawn_lines import filled_form

DPI = (300.0, 300.0)
BUDGET = Budget()


@pytest.fixture(scope="module")
def page() -> PageImage:
    return filled_form()


@pytest.fixture(scope="module")
def fields(page: PageImage) -> tuple[Field, ...]:
    return PageReader().read_form(page).fields


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def test_form_fits_into_its_budget_and_reads_the_same(
    page: PageImage, fields: tuple[Field, ...], recogniser: Recogniser
) -> None:
    copy = upload_copy.make(page, DPI, BUDGET, fields, recogniser)
    assert 50_000 < len(copy.data) <= BUDGET.bytes_per_a4
    assert (copy.width, copy.height, copy.dpi[0]) == (1653, 2339, pytest.approx(200, abs=0.1))
    assert copy.is_readable
    assert copy.read >= 3
    assert copy.differing == ()


def test_page_twice_as_large_has_twice_the_bytes(page: PageImage) -> None:
    wide = replace(page, pixels=np.concatenate((page.pixels, page.pixels), axis=1))
    assert len(upload_copy.make(wide, DPI, BUDGET, (), None).data) > 1.5 * BUDGET.bytes_per_a4


def test_more_bytes_are_taken_where_a_value_reads_otherwise(
    page: PageImage, fields: tuple[Field, ...], recogniser: Recogniser
) -> None:
    tight = Budget(5_000, 100_000)
    first = upload_copy.make(page, DPI, Budget(5_000, 5_000), fields, recogniser)
    assert not first.is_readable
    copy = upload_copy.make(page, DPI, tight, fields, recogniser)
    assert copy.is_readable
    assert len(first.data) < 6_000 < len(copy.data) <= 100_000


def test_page_that_is_unreadable_at_its_limit_is_told_as_that(
    page: PageImage, fields: tuple[Field, ...], recogniser: Recogniser
) -> None:
    copy = upload_copy.make(page, DPI, Budget(3_000, 4_000), fields, recogniser)
    assert not copy.is_readable
    assert copy.differing or copy.ink < LEAST_INK
    assert copy.places


def test_value_that_the_copy_lost_is_named(
    page: PageImage, fields: tuple[Field, ...], recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the ink says: the place of the number is wiped on the copy only."""
    number = next(field for field in fields if field.kind is FieldKind.NUMBER)
    encode = page_codecs.jpeg2000

    def wiped(pixels: np.ndarray, limits: Sequence[int]) -> list[bytes]:
        left, top, right, bottom = (round(edge * 2 / 3) for edge in number.box)
        pixels = pixels.copy()
        pixels[top - 5 : bottom + 5, left - 5 : right + 5] = 235
        return encode(pixels, limits)

    monkeypatch.setattr(page_codecs, "jpeg2000", wiped)
    monkeypatch.setattr(page_codecs, "jpeg", lambda pixels, limit: None)
    copy = upload_copy.make(page, DPI, BUDGET, fields, recogniser)
    assert copy.differing == ("35",)
    assert copy.places == (number.box,)
    assert not copy.is_readable


def test_film_stays_grey_and_a_small_image_is_not_enlarged(page: PageImage) -> None:
    small = cv2.resize(page_codecs.as_grey(page.pixels), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    film = PageImage(np.repeat(np.asarray(small, np.uint8)[..., np.newaxis], 3, axis=2))
    copy = upload_copy.make(film, (150.0, 150.0), BUDGET, (), None)
    assert copy.grey
    assert (copy.width, copy.height, copy.dpi) == (film.width, film.height, (150.0, 150.0))


def test_fax_gets_square_pixels_and_is_read_in_its_places(
    page: PageImage, fields: tuple[Field, ...], recogniser: Recogniser
) -> None:
    squeezed = cv2.resize(page.pixels, (page.width, page.height // 2), interpolation=cv2.INTER_AREA)
    fax = PageImage(np.asarray(squeezed, np.uint8))
    halved = [replace(one, box=(one.box[0], one.box[1] // 2, one.box[2], one.box[3] // 2)) for one in fields]
    copy = upload_copy.make(fax, (300.0, 150.0), BUDGET, halved, recogniser)
    assert copy.dpi == (pytest.approx(200, abs=0.1), 150.0)
    assert copy.is_readable


def test_light_page_is_a_jpeg_that_every_viewer_shows() -> None:
    blank = PageImage(np.full((3508, 2480, 3), 240, np.uint8))
    copy = upload_copy.make(blank, DPI, BUDGET, (), None)
    assert (copy.codec, copy.ink) == (CopyCodec.JPEG, 1.0)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((40, 4000, 3), np.uint8),
        np.random.default_rng(0).integers(0, 255, (1600, 1200, 3), np.uint8),
    ],
    ids=["one pixel", "a sliver", "noise"],
)
def test_whatever_lies_on_the_glass_gives_a_copy_or_an_honest_no(pixels: np.ndarray) -> None:
    copy = upload_copy.make(PageImage(pixels), DPI, BUDGET, (), None)
    area = pixels.shape[0] * pixels.shape[1] * (25.4 / 300) ** 2
    assert len(copy.data) <= max(2000, BUDGET.limit_per_a4 * area / A4 + 500)
