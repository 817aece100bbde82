"""Whatever lies on the glass, reading ends, within bounds, and claims nothing that is not there."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from drivers.drawn import draw_page
from drivers.drawn.hand import PRINTED, font
from station.imaging.decoding import Pixels
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from tests.station.drawn_lines import on_paper, printed


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


def lettered(text: str, across: int, down: int) -> Pixels:
    """A page full of the same words."""
    image = Image.new("RGB", (1600, 2200), (250, 250, 245))
    for left in range(20, 1560, across):
        for top in range(20, 2160, down):
            ImageDraw.Draw(image).text((left, top), text, fill=(20, 20, 20), font=font(PRINTED, 20))
    return np.asarray(image)


PAGES = {
    "black": np.zeros((2200, 1600, 3), np.uint8),
    "white": np.full((2200, 1600, 3), 255, np.uint8),
    "noise": np.random.default_rng(0).integers(0, 255, (2200, 1600, 3), np.uint8),
    "a thousand boxes": lettered("x7", 60, 40),
    "fifteen digits": lettered("123456789012345", 1600, 90),
    "another script": lettered("日本語の戸籍 Книга", 500, 90),
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "a sliver": np.zeros((1, 4000, 3), np.uint8),
    "a sliver on end": np.zeros((4000, 2, 3), np.uint8),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("ruled", [False, True], ids=["form", "register"])
def test_page_without_anything_to_read_gives_nothing(reader: PageReader, name: str, ruled: bool) -> None:
    page = PageImage(PAGES[name])
    reading = reader.read_register(page) if ruled else reader.read_form(page)
    assert reading.fields == ()
    assert not reading.upside_down
    assert not reading.empty_form


@pytest.mark.parametrize("ruled", [False, True], ids=["form", "register"])
def test_a_thousand_boxes_cost_some_pages_and_not_a_thousand(reader: PageReader, ruled: bool) -> None:
    def cost(pixels: Pixels) -> float:
        began = time.thread_time()
        reader.read_register(PageImage(pixels)) if ruled else reader.read_form(PageImage(pixels))
        return time.thread_time() - began

    usual = np.asarray(draw_page(11, dpi=200))
    cost(usual)
    assert cost(PAGES["a thousand boxes"]) < 12 * cost(usual)


def test_number_without_a_label_is_no_entrys(reader: PageReader) -> None:
    reading = reader.read_form(PageImage(on_paper((printed("571"), 200, 100), height=2200)))
    assert reading.fields == ()
