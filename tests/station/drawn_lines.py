"""Lines of print and of handwriting, drawn, where the networks need no page; and one form that is filled in."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
from PIL import Image, ImageDraw

from drivers.drawn import forms, hand
from drivers.drawn.sheet import DrawnSheet
from station.imaging.decoding import Pixels
from station.reading.page_image import PageImage

PAPER = (244, 240, 226)


def printed(text: str, size: int = 40) -> Pixels:
    face = hand.font(hand.PRINTED, size)
    image = Image.new("RGB", (round(face.getlength(text)) + size, 2 * size), PAPER)
    ImageDraw.Draw(image).text((size // 2, round(1.4 * size)), text, fill=(50, 48, 46), font=face, anchor="ls")
    return np.asarray(image)


def written(text: str, seed: int = 0, size: int = 70) -> Pixels:
    mask, _ = hand.word(text, size, random.Random(seed), slant=0.05)
    image = Image.new("RGB", mask.size, PAPER)
    image.paste((26, 44, 128), (0, 0), mask)
    box = mask.getbbox()
    assert box is not None
    return np.asarray(image.crop(box).crop((-10, -10, box[2] + 10, box[3] + 10)))


def on_paper(*lines: tuple[Pixels, int, int], width: int = 1600, height: int = 1000) -> Pixels:
    """A page with lines at these places: from the left, from the top (pixels)."""
    page = np.full((height, width, 3), PAPER, np.uint8)
    for line, left, top in lines:
        page[top : top + line.shape[0], left : left + line.shape[1]] = line
    return page


def filled_form() -> PageImage:
    """Entry 35 of 16 December 1997 in the tenth book of marriages of that year, printed page 38; 300 dpi."""
    sheet = DrawnSheet(random.Random(5), 300)
    forms.entry(sheet, forms.book("KH", 1997, 10, 5), 35, date(1997, 12, 16), 38)
    return PageImage(np.asarray(sheet.image))
