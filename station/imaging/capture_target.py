"""The capture target: a sheet of office paper whose shapes are known, so that a scan of it tells what its scanner does.

Places are millimetres on the upright A4 sheet, from its top left corner. Between the shapes, white bands run from one
edge of the paper to the other: there the light is measured, and dust, which draws a line along the whole scan.
:mod:`station.imaging.target_measurement` measures the sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np

#: The sheet (mm).
WIDTH, HEIGHT = 210.0, 297.0
#: The markers in the corners: the top left corner of each by the number that it says, and their side (mm).
MARKERS = {17: (12.0, 12.0), 23: (178.0, 12.0), 31: (12.0, 265.0), 42: (178.0, 265.0)}
MARKER = 20.0
DICTIONARY = cv2.aruco.DICT_4X4_50
_MODULES = 6
#: The squares whose edges tell the sharpness: their middles, their side (mm), how far they are turned (degrees).
SQUARES = tuple((x, y) for y in (70.0, 166.0, 225.0) for x in (50.0, 105.0, 160.0))
SQUARE, SLANT = 24.0, 5.0
#: The grey steps, from black to white, and the box of each (mm): as many as office printers can tell apart.
GREYS = (0, 36, 73, 109, 146, 182, 219, 255)
_STEPS_LEFT, _STEPS_TOP, _STEP = 25.0, 109.0, (20.0, 15.0)
#: The white bands: their middles and half their height (mm).
BANDS = (40.0, 98.0, 139.0, 193.0, 256.0)
BAND = 3.0
#: The line to be held against a ruler: its left end and its length (mm).
_LINE, LINE_MM = (55.0, 277.0), 100

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A filled polygon on the sheet: its corners (mm) and its grey (0 black, 255 white)."""

    corners: tuple[Point, ...]
    grey: int


def svg(title: str, words: str) -> str:
    """The sheet as an SVG drawing of one A4 page; ``title`` and ``words`` stand between the markers."""
    polygons = "".join(map(_polygon, shapes()))
    middle = WIDTH / 2
    return (
        f'<svg class="capture-target" xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm" '
        f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(title)}">'
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>{polygons}'
        f'<g text-anchor="middle" font-family="sans-serif" fill="#000"><text x="{middle}" y="21" font-size="6">'
        f'{escape(title)}</text><text x="{middle}" y="28" font-size="3.2">{escape(words)}</text>'
        f'<text x="{middle}" y="285" font-size="3.2">{LINE_MM} mm</text></g></svg>'
    )


def shapes() -> Iterator[Shape]:
    """All that is printed on the sheet beside its words; a later shape lies over an earlier one."""
    for number, (left, top) in MARKERS.items():
        yield from _marker(number, left, top)
    yield from (Shape(tuple(square_corners(middle)), 0) for middle in SQUARES)
    for step, grey in enumerate(GREYS):
        yield _box(*step_place(step), *_STEP, grey)
    yield from _line()


def square_corners(middle: Point) -> list[Point]:
    """The corners of a slanted square, clockwise from the top left."""
    half, turn = SQUARE / 2, math.radians(SLANT)
    sine, cosine = math.sin(turn), math.cos(turn)
    return [
        (middle[0] + x * cosine - y * sine, middle[1] + x * sine + y * cosine)
        for x, y in ((-half, -half), (half, -half), (half, half), (-half, half))
    ]


def step_place(step: int) -> Point:
    """The top left corner of a grey step (mm)."""
    return _STEPS_LEFT + step * _STEP[0], _STEPS_TOP


def step_middle(step: int) -> Point:
    """The middle of a grey step (mm)."""
    left, top = step_place(step)
    return left + _STEP[0] / 2, top + _STEP[1] / 2


def marker_corners(number: int) -> tuple[Point, ...]:
    """A marker's corners, clockwise from its top left, as OpenCV tells them."""
    return _box(*MARKERS[number], MARKER, MARKER, 0).corners


def _polygon(shape: Shape) -> str:
    points = " ".join(f"{x:.4f},{y:.4f}" for x, y in shape.corners)
    return f'<polygon points="{points}" fill="#{f"{shape.grey:02x}" * 3}"/>'


def _marker(number: int, left: float, top: float) -> Iterator[Shape]:
    yield _box(left, top, MARKER, MARKER, 0)
    modules = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), number, _MODULES)
    module = MARKER / _MODULES
    for row, column in np.argwhere(modules > 0):
        yield _box(left + float(column) * module, top + float(row) * module, module, module, 255)


def _line() -> Iterator[Shape]:
    left, top = _LINE
    yield _box(left, top - 0.15, LINE_MM, 0.3, 0)
    for mm in range(0, LINE_MM + 1, 5):
        length = 4.0 if mm % 10 == 0 else 2.0
        yield _box(left + mm - 0.1, top - length, 0.2, length, 0)


def _box(left: float, top: float, width: float, height: float, grey: int) -> Shape:
    right, bottom = left + width, top + height
    return Shape(((left, top), (right, top), (right, bottom), (left, bottom)), grey)
