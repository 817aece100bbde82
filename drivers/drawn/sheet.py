"""A drawn sheet of old ledger paper, with print, handwriting and stamps on it.

Lengths are in mm from the top left.
"""

from __future__ import annotations

import math
import random
from functools import cache

from PIL import Image, ImageChops, ImageDraw

from drivers.drawn import hand

WIDTH, HEIGHT = 210.0, 297.0  # A4 portrait, mm
Colour = tuple[int, int, int]
PRINT: Colour = (58, 52, 50)
INKS: tuple[Colour, ...] = ((26, 44, 128), (32, 54, 140), (20, 32, 96), (38, 38, 46))
STAMP: Colour = (196, 38, 48)


class DrawnSheet:
    """Paper under construction; ``image`` is the result. ``ink`` is the pen in use, changed by assigning."""

    def __init__(self, rng: random.Random, dpi: int) -> None:
        self.rng, self.dpi = rng, dpi
        self.image = paper(rng, self.px(WIDTH), self.px(HEIGHT))
        self.ink: Colour = rng.choice(INKS)
        self.slant = rng.uniform(-0.02, 0.10)
        self._press = ImageDraw.Draw(self.image)

    def px(self, mm: float) -> int:
        """A length in whole pixels."""
        return round(mm * self.dpi / 25.4)

    def print(self, x: float, y: float, text: str, size: float, *, bold: bool = False, anchor: str = "ls") -> float:
        """Print ``text`` with its baseline at ``y``, letters ``size`` mm high (em); returns its length in mm."""
        face = hand.font(hand.PRINTED_BOLD if bold else hand.PRINTED, max(4, self.px(size)))
        self._press.text((self.px(x), self.px(y)), text, fill=PRINT, font=face, anchor=anchor)
        return face.getlength(text) * 25.4 / self.dpi

    def rule(self, x0: float, y0: float, x1: float, y1: float, thick: float = 0.25) -> None:
        """A printed line."""
        ends = (self.px(x0), self.px(y0), self.px(x1), self.px(y1))
        self._press.line(ends, fill=PRINT, width=max(1, self.px(thick)))

    def dots(self, x0: float, x1: float, y: float) -> None:
        """The dotted line on which people write."""
        size, step = max(1, self.px(0.22)), 1.15
        for index in range(int((x1 - x0) / step)):
            left, top = self.px(x0 + index * step), self.px(y)
            self._press.rectangle((left, top, left + size - 1, top + size - 1), fill=PRINT)

    def write(self, x: float, y: float, text: str, room: float, size: float = 6.6) -> None:
        """Write ``text`` by hand from ``x`` along the baseline ``y``, smaller where it would not fit into ``room``."""
        rng = self.rng
        pixels = max(6, self.px(size * rng.uniform(0.95, 1.05)))
        width = hand.width(text, pixels) * 1.03
        if width > self.px(room):
            pixels = max(6, int(pixels * self.px(room) / width))
        at, line = self.px(x + rng.uniform(0.3, 1.2)), self.px(y - rng.uniform(0.1, 0.8))
        climb = rng.uniform(-0.008, 0.004)
        start = at
        for word in text.split():
            mask, origin = hand.word(word, pixels, rng, slant=self.slant + rng.uniform(-0.025, 0.025))
            strength = rng.uniform(0.80, 0.97)
            mask = mask.point([round(level * strength) for level in range(256)])
            top = line + (at - start) * climb + rng.uniform(-0.02, 0.02) * pixels - origin[1]
            self.image.paste(self.ink, (round(at - origin[0]), round(top)), mask)
            at += round(hand.width(word, pixels) + pixels * rng.uniform(0.20, 0.28))

    def sign(self, name: str, x: float, y: float) -> None:
        """The signature of ``name``, 36 x 17 mm with its top left corner at (x, y): the same shape on every page."""
        mask = hand.signature(self.px(36), self.px(17), random.Random(name), max(1, self.px(0.42)))
        mask = mask.rotate(self.rng.uniform(-2, 9), Image.Resampling.BILINEAR, expand=True)
        self.image.paste(self.rng.choice(INKS), (self.px(x), self.px(y)), mask)

    def strike(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A long line drawn by pen, as over the unused part of a page."""
        box = (self.px(min(x0, x1)), self.px(min(y0, y1)), self.px(max(x0, x1)) + 8, self.px(max(y0, y1)) + 8)
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ends = [(self.px(x) - box[0] + 4, self.px(y) - box[1] + 4) for x, y in ((x0, y0), (x1, y1))]
        hand.stroke(ImageDraw.Draw(mask), ends, max(1, self.px(0.4)), fill=220)
        self.image.paste(self.ink, box[:2], mask)

    def stamp(self, x: float, y: float, text: str) -> None:
        """A round red stamp, its middle at (x, y): beyond the paper's edge only a part of it is seen."""
        mask = stamp_mask(text, self.dpi).rotate(self.rng.uniform(-25, 25), Image.Resampling.BILINEAR)
        worn = Image.frombytes("L", (24, 24), self.rng.randbytes(576)).resize(mask.size, Image.Resampling.BICUBIC)
        mask = ImageChops.multiply(mask, worn.point([105 + level // 3 for level in range(256)]))
        self.image.paste(STAMP, (self.px(x) - mask.width // 2, self.px(y) - mask.height // 2), mask)


def paper(rng: random.Random, width: int, height: int) -> Image.Image:
    """Yellowed paper of ``width`` x ``height`` pixels: slow shades, fibres, a dark gutter, a few specks."""
    shades = bytearray()
    for _ in range(44):
        for column in range(31):
            gutter = 34 * math.exp(-column / 1.3)
            edge = 10 * math.exp(-(30 - column) / 0.8)
            shades.append(round(max(0, rng.uniform(126, 136) - gutter - edge)))
    cloud = Image.frombytes("L", (31, 44), bytes(shades)).resize((width, height), Image.Resampling.BICUBIC)
    half = (width // 2 + 1, height // 2 + 1)
    fibres = Image.frombytes("L", half, rng.randbytes(half[0] * half[1])).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    shade = Image.blend(cloud, fibres, 0.06)
    for _ in range(rng.randint(10, 40)):
        x, y, size = rng.randrange(width), rng.randrange(height), rng.uniform(0.0004, 0.0014) * width
        ImageDraw.Draw(shade).ellipse((x - size, y - size, x + size, y + size), fill=rng.randint(60, 105))
    yellow = rng.uniform(0.75, 1.2)
    whites = (250, 248 - 6 * yellow, 238 - 24 * yellow)
    bands = [
        shade.point([round(max(0, min(255, white + (level - 136) * 1.1))) for level in range(256)]) for white in whites
    ]
    return Image.merge("RGB", bands)


@cache
def stamp_mask(text: str, dpi: int) -> Image.Image:
    """The stamp's face as a mask: two rings, a star, ``text`` around. It says "MẪU", so that it is nobody's seal."""
    across = round(36 / 25.4 * dpi) * 2
    middle, mask = across / 2, Image.new("L", (across, across))
    pen = ImageDraw.Draw(mask)
    for share, thick in ((0.96, 0.030), (0.62, 0.014)):
        radius = middle * share
        pen.ellipse(
            (middle - radius,) * 2 + (middle + radius,) * 2, outline=255, width=max(1, round(across * thick / 2))
        )
    star = [
        (middle + radius * math.sin(turn * math.pi / 5), middle * 0.85 - radius * math.cos(turn * math.pi / 5))
        for turn in range(10)
        for radius in (middle * (0.24 if turn % 2 == 0 else 0.095),)
    ]
    pen.polygon(star, fill=255)
    pen.text((middle, middle * 1.32), "MẪU", fill=255, font=hand.font(hand.PRINTED_BOLD, across // 11), anchor="ms")
    face = hand.font(hand.PRINTED_BOLD, across // 14)
    around = [face.getlength(letter) + across * 0.006 for letter in text]
    angle = -sum(around) / 2
    for letter, length in zip(text, around, strict=True):
        tile = Image.new("L", mask.size)
        ImageDraw.Draw(tile).text((middle, middle * 0.30), letter, fill=255, font=face, anchor="ms")
        degrees = math.degrees((angle + length / 2) / (middle * 0.74))
        mask = ImageChops.lighter(mask, tile.rotate(-degrees, Image.Resampling.BILINEAR))
        angle += length
    return mask.reduce(2)
