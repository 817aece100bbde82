"""Handwriting: a Latin script font, with every Vietnamese mark put on by strokes of the same pen.

No handwriting font in Debian 12 covers Vietnamese (measured: Dancing Script 1.2 lacks 102 of the 186 letters, Breip,
Kristi, Kaushan and Lobster about as many), so the font gives the plain letters and the marks are drawn as a clerk adds
them: after the word, a little off. Everything is drawn twice as large and reduced, which smooths the strokes.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

PRINTED, PRINTED_BOLD, SCRIPT = "DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DancingScript-Regular.otf"
PACKAGES = {PRINTED: "fonts-dejavu-core", PRINTED_BOLD: "fonts-dejavu-core", SCRIPT: "fonts-dancingscript"}

Point = tuple[float, float]
DOTLESS_I = "\u0131"

# One stroke per mark, in x-heights: x from the letter's middle, y upwards from the letter's top (dot: from its foot).
_STROKES: dict[str, tuple[Point, ...]] = {
    "\u0301": ((-0.10, 0.12), (0.20, 0.46)),
    "\u0300": ((-0.20, 0.46), (0.10, 0.12)),
    "\u0302": ((-0.30, 0.12), (0.00, 0.42), (0.28, 0.12)),
    "\u0306": ((-0.30, 0.42), (-0.16, 0.18), (0.08, 0.15), (0.28, 0.42)),
    "\u0309": ((-0.14, 0.50), (0.06, 0.60), (0.14, 0.44), (0.00, 0.30), (-0.02, 0.16)),
    "\u0303": ((-0.34, 0.16), (-0.16, 0.38), (0.12, 0.20), (0.34, 0.42)),
    "\u0323": ((-0.02, -0.34), (0.02, -0.32)),
}
_HORN: tuple[Point, ...] = ((-0.22, -0.04), (0.00, 0.04), (0.08, 0.34))  # from the letter's top right corner
_FIRST_FLOOR = frozenset("\u0302\u0306")  # a tone above one of these stands higher, and aside


class FontMissingError(RuntimeError):
    """A font is not installed; the message names the Debian package that has it."""


@cache
def font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """The font ``file`` at ``size`` pixels, found by Pillow among the system's; raises :class:`FontMissingError`."""
    try:
        # Basic layout: the same advances whether or not this machine's Pillow has libraqm.
        return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise FontMissingError(f"font {file} not found: install the Debian package {PACKAGES[file]}") from error


def letters(text: str) -> list[tuple[str, str]]:
    """Each character as (what the script font draws, combining marks for the pen); "-" alone stands for a crossbar."""
    split = []
    for character in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", character)
        base, marks = {"đ": ("d", "-"), "Đ": ("D", "-")}.get(character, (parts[0], parts[1:]))
        if base == "i" and any(unicodedata.combining(mark) == 230 for mark in marks):
            base = DOTLESS_I
        split.append((base, marks))
    return split


def width(text: str, size: int) -> float:
    """Length in pixels of ``text`` written at ``size`` pixels."""
    return font(SCRIPT, size).getlength("".join(base for base, _ in letters(text)))


def word(text: str, size: int, rng: random.Random, *, slant: float) -> tuple[Image.Image, Point]:
    """One written word as a mask, and where in it (x, y) the word's start on the baseline is.

    ``slant`` leans the word to the right, as a share of the height; a little turn and thickness are the rng's.
    """
    big, margin = size * 2, size
    face = font(SCRIPT, big)
    split = letters(text)
    plain = "".join(base for base, _ in split)
    mask = Image.new("L", (int(face.getlength(plain)) + 2 * margin + big // 2, 3 * big))
    pen = ImageDraw.Draw(mask)
    baseline = 1.8 * big
    pen.text((margin, baseline), plain, fill=255, font=face, anchor="ls")
    for index, (base, marks) in enumerate(split):
        if marks:
            _marks(pen, face, base, marks, (margin + face.getlength(plain[:index]), baseline), rng)
    turn = rng.uniform(-0.012, 0.012)
    # Affine from result to source, fixed at the word's start: x leans with the height, y climbs or falls a little.
    lean = (1, slant, -slant * baseline, turn, 1, -turn * margin)
    mask = mask.transform(mask.size, Image.Transform.AFFINE, lean, Image.Resampling.BILINEAR)
    return mask.reduce(2), (margin / 2, baseline / 2)


def _marks(
    pen: ImageDraw.ImageDraw, face: ImageFont.FreeTypeFont, base: str, marks: str, at: Point, rng: random.Random
) -> None:
    left, top, right, _ = face.getbbox(base, anchor="ls")
    unit = -face.getbbox("x", anchor="ls")[1]
    thick = max(2, round(face.size * 0.042))
    high = bool(_FIRST_FLOOR & set(marks))
    for mark in marks:
        jitter_x, jitter_y = rng.uniform(-0.07, 0.07), rng.uniform(-0.04, 0.06)
        if mark == "-":
            # The bar crosses the stem: at the right and high in đ, near the left and half way up in Đ.
            share, rise = (0.82, 0.74) if base == "d" else (0.32, 0.50)
            x, y = at[0] + left + (right - left) * share, at[1] + top * rise
            points = [(x - 0.30 * unit, y + jitter_y * unit), (x + 0.34 * unit, y - 0.05 * unit)]
        elif mark == "\u031b":
            points = [(at[0] + right + x * unit, at[1] + top - y * unit) for x, y in _HORN]
        else:
            foot = mark == "\u0323"
            aside, rise = (0.22, 0.26) if high and not foot and mark not in _FIRST_FLOOR else (0.0, 0.0)
            aside = -aside if mark == "\u0300" else 0.0 if mark == "\u0303" else aside
            # A dot under y stands beside the tail, not on it.
            lean = 0.1 if not foot else 0.4 if base == "y" else 0.0
            middle, start = at[0] + (left + right) / 2 + lean * unit, at[1] + (0 if foot else top)
            points = [
                (middle + (x + aside + jitter_x) * unit, start - (y + rise + jitter_y) * unit)
                for x, y in _STROKES[mark]
            ]
        stroke(pen, points, thick)


def stroke(pen: ImageDraw.ImageDraw, points: Sequence[Point], thick: int, fill: int = 255) -> None:
    """One round-ended stroke through ``points`` (a Catmull-Rom curve when there are more than two)."""
    path = smooth(points) if len(points) > 2 else list(points)
    pen.line(path, fill=fill, width=thick, joint="curve")
    for x, y in (path[0], path[-1]):
        pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=fill)


def smooth(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through ``points``, ``steps`` pieces between two of them."""
    around = [points[0], *points, points[-1]]
    path = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        for step in range(steps):
            t = step / steps
            path.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return [*path, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def signature(width: int, height: int, rng: random.Random, thick: int) -> Image.Image:
    """A scribble as a mask of ``width`` x ``height`` pixels: a tall first loop, then waves that become lower."""
    mask = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(mask)
    points: list[Point] = [(0.06, 0.62), (0.16, rng.uniform(0.05, 0.2)), (0.20, 0.85), (rng.uniform(0.06, 0.14), 0.70)]
    x, steps, coiled = 0.22, rng.randint(5, 8), rng.random() < 0.5
    for step in range(steps):
        tired = 1 - step / (steps + 2)
        rise, fall, back = rng.uniform(0.08, 0.34) * tired, rng.uniform(0.05, 0.24) * tired, 0.05 if coiled else -0.02
        points += [(x, 0.58 - rise), (x + rng.uniform(0.02, 0.05), 0.58), (x - back, 0.58 + fall)]
        x += rng.uniform(0.06, 0.10)
    points.append((x, rng.uniform(0.40, 0.58)))
    if rng.random() < 0.6:
        points += [(rng.uniform(0.3, 0.45), rng.uniform(0.78, 0.9)), (0.94, rng.uniform(0.6, 0.8))]
    else:
        points.append((0.95, rng.uniform(0.30, 0.55)))
    stroke(pen, [(px * width * 2, py * height * 2) for px, py in points], thick * 2)
    return mask.reduce(2)
