"""The image of a page: no larger than reading needs, and its places told as in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from station.errors import Refused
from station.reading import page_image
from station.reading.detector import Box
from station.reading.page_image import LONGEST, PageImage


@pytest.mark.parametrize("name", ["page.jpg", "page.png", "page.tif"])
def test_large_page_is_read_smaller_and_its_boxes_are_those_of_the_file(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (5000, 7100), (240, 235, 220)).save(tmp_path / name)
    page = page_image.load(tmp_path / name)
    assert max(page.width, page.height) == LONGEST
    assert page.box_in_file(Box(0, 0, page.width, page.height)) == pytest.approx((0, 0, 5000, 7100), abs=3)


def test_small_page_and_a_grey_one_are_read_as_they_are(tmp_path: Path) -> None:
    Image.new("L", (600, 800), 200).save(tmp_path / "grey.png")
    page = page_image.load(tmp_path / "grey.png")
    assert (page.pixels.shape, page.share) == ((800, 600, 3), 1.0)


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0 torn", b"\x89PNG\r\n\x1a\n torn"])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.jpg").write_bytes(content)
    with pytest.raises(Refused, match="no image of a page"):
        page_image.load(tmp_path / "file.jpg")


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        page_image.load(tmp_path / "nowhere.jpg")


def test_image_larger_than_any_page_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (13_000, 13_000)).save(tmp_path / "huge.png")
    with pytest.raises(Refused, match="more than any page"):
        page_image.load(tmp_path / "huge.png")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_box_on_a_page_that_was_cut_out_and_turned_is_where_it_was(turn: int) -> None:
    stored = np.zeros((200, 300, 3), np.uint8)
    stored[60:80, 150:190] = 255
    page = PageImage(stored).part((100, 40, 280, 190)).turned(turn)
    down, across = np.nonzero(page.pixels[:, :, 0])
    box = Box(int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1)
    assert page.box_in_file(box) == (150, 60, 190, 80)


def test_part_of_a_page_that_is_read_smaller_is_where_it_was() -> None:
    page = PageImage(np.zeros((500, 400, 3), np.uint8), share=0.5).part((200, 100, 700, 900))
    assert (page.width, page.height) == (250, 400)
    assert page.box_in_file(Box(10, 20, 30, 60)) == (220, 140, 260, 220)


def test_paper_is_told_from_a_dark_ground_and_where_it_cannot_be_it_is_the_image() -> None:
    ground = np.full((1200, 1000, 3), 18, np.uint8)
    ground[150:1100, 200:900] = (244, 236, 212)
    paper = page_image.paper_of(PageImage(ground))
    assert (paper.left, paper.top, paper.right, paper.bottom) == pytest.approx((200, 150, 900, 1100), abs=10)
    bare = PageImage(np.full((1200, 1000, 3), 240, np.uint8))
    assert page_image.paper_of(bare) == Box(0, 0, 1000, 1200)
