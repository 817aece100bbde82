"""The code on a printed cover sheet, as it comes off the glass."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from station.imaging.decoding import Pixels
from station.reading import cover_sheets
from station.reading.fields import Grade
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reports import qr_code

DPI = 150
#: White around the code (pixels): four of 33 modules on 52 mm.
QUIET = 37


def sheet(text: str, turned: float = 0) -> Pixels:
    """An A4 page with the code 52 mm wide, turned by so many degrees, a little blurred and noisy."""
    width, height, side = (round(mm * DPI / 25.4) for mm in (210, 297, 52))
    page = np.full((height, width), 235, np.uint8)
    code = cv2.resize(qr_code._modules(text), (side, side), interpolation=cv2.INTER_NEAREST)
    page[height // 2 : height // 2 + side, width // 3 : width // 3 + side] = np.where(code > 128, 235, 30)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), turned, 1)
    blurred = cv2.GaussianBlur(cv2.warpAffine(page, turn, (width, height), borderValue=235), (0, 0), 0.8)
    noise = np.random.default_rng(7).normal(0, 6, page.shape)
    return np.repeat(np.clip(blurred + noise, 0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


@pytest.mark.parametrize("turned", [0, 2.5, 90, 180, -8])
def test_sheet_tells_its_ledger_however_it_lies(turned: float) -> None:
    fields = cover_sheets.read(PageImage(sheet("19429:KS.2007.01", turned)))
    assert {str(one.kind): one.value for one in fields} == {"type": "KS", "book": "1", "year": "2007"}
    assert {one.grade for one in fields} == {Grade.SURE}


def test_reader_of_pages_takes_its_word(reader: PageReader) -> None:
    reading = reader.read(PageImage(sheet("19429:KS.2007.01")))
    assert [one.value for one in reading.fields] == ["KS", "1", "2007"]
    assert (reading.upside_down, reading.empty_form) == (False, False)


def test_its_place_is_where_the_code_is() -> None:
    page = PageImage(sheet("19429:KH.1998.12"))
    left, top, right, bottom = cover_sheets.read(page)[0].box
    assert left == pytest.approx(page.width / 3 + QUIET, abs=12)
    assert top == pytest.approx(page.height / 2 + QUIET, abs=12)
    assert right - left == pytest.approx(bottom - top, abs=8)


@pytest.mark.parametrize("text", ["https://vi.dụ".encode("idna").decode(), "19429:KS.2007", "x19429:KS.2007.01"])
def test_code_of_something_else_says_nothing(text: str) -> None:
    assert cover_sheets.read(PageImage(sheet(text))) == []


def test_sliver_and_noise_say_nothing() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 640, 3), np.uint8)
    assert cover_sheets.read(PageImage(noise)) == []
    assert cover_sheets.read(PageImage(noise[:3, :400])) == []


def test_fine_lines_over_which_the_detector_stumbles_say_nothing(reader: PageReader) -> None:
    """A quarter of the colour pattern of SANE's test backend: OpenCV 5.0's detector ends in an assertion there."""
    y, x = np.mgrid[0:2500, 0:1800]
    level = np.where(y // 5 % 2, 255 - x // 5 % 256, x // 5 % 256)
    shown = np.where(
        (x % 5 == 0) | (y % 5 == 0), 85, np.where(y // 10 % 3 == np.arange(3)[:, np.newaxis, np.newaxis], level, 0)
    )
    pattern = np.ascontiguousarray(np.moveaxis(shown, 0, 2), np.uint8)
    fine = cv2.resize(cv2.cvtColor(pattern, cv2.COLOR_RGB2GRAY), (239, 332), interpolation=cv2.INTER_AREA)
    page = PageImage(np.repeat(fine[..., np.newaxis], 3, axis=2))
    assert cover_sheets.read(page) == []
    assert reader.read(page).fields == ()
