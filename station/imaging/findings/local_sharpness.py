"""Whether a part of the writing is less sharp than the rest: a page that moved for a moment, or did not lie flat there.

The page is its own measure. In each square with writing, how far strokes change within a third of a millimetre is held
against how far they change within two: all of it where they are sharp, and the less, the wider light and dark run into
each other. Fourth powers over second ones let the strongest edges tell, whatever else is in the square.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.domain.image_places import ImagePlace, of_box
from station.imaging.findings.prepared import Grey, PreparedPicture

#: A square's side, and how far apart strokes' light is compared, mm.
_TILE_MM, _NEAR_MM, _FAR_MM = 12.0, 0.34, 1.7

#: A picture is too coarse whose pixels are wider than this many times the shorter length: strokes are lost in it.
_PIXEL = 0.6

#: The four directions, in rows and columns: a page that moved is sharp along its way.
_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))

#: A square tells in a direction where light changes by so many grey levels, and by so many squared on the average; and
#: at all where three directions tell, this share of it changes between ink and paper both ways, and it is all paper.
_CONTRAST, _ENERGY, _TELLING, _WRITTEN, _PAPER = 18.0, 20.0, 3, 0.004, 0.97

#: The sharpest quarter of the squares is the measure, where there are so many. A square is taken for what most of its
#: neighbours are, where at least so many of the nine tell.
_SHARPEST, _ENOUGH, _NEIGHBOURS = 75, 20, 4

#: So many squares side by side are a part of the page: 13 square centimetres.
_PART = 9

#: Faded writing is sought from this contrast on; what shines through from the back is less sharp than this.
_FAINT, _OWN = 7.0, 0.575

Field = NDArray[np.float32]


def has_faint_writing(sight: PreparedPicture) -> bool:
    """Whether something is written, however little of its ink is left; what shines through from the back is not.

    Of a page without any clear ink.
    """
    side, grid = _squares(sight)
    if not side:
        return False
    sharpness, telling = _steepness(sight, side, grid, _FAINT, 0.0)
    faint = sharpness[telling & _on_paper(sight, side, grid)]
    return bool(faint.size >= _ENOUGH and np.median(faint) > _OWN)


@dataclass(frozen=True)
class Sharpness:
    """How sharp writing is in each square of a page, NaN where it is not measured, and in its ``sharpest`` quarter."""

    squares: Field
    side: int
    sharpest: float


def measured(sight: PreparedPicture) -> Sharpness | None:
    """The sharpness of a page's writing, None where there is too little of it to measure."""
    side, grid = _squares(sight)
    if not side:
        return None
    squares = _sharpness(sight, side, grid)
    telling = squares[~np.isnan(squares)]
    return Sharpness(squares, side, float(np.percentile(telling, _SHARPEST))) if telling.size >= _ENOUGH else None


def blurred_part(sight: PreparedPicture, sharpness: Sharpness, limit: float) -> tuple[float, ImagePlace] | None:
    """The largest part whose writing is less than ``limit`` times as sharp as the page's sharpest, and where it is.

    None where there is no such part.
    """
    around = _around(sharpness.squares / sharpness.sharpest)
    blurred = (around < limit).astype(np.uint8)
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(blurred, connectivity=4)
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA])) if len(sizes) > 1 else 0
    if not largest or sizes[largest, cv2.CC_STAT_AREA] < _PART:
        return None
    left, top, width, height, _ = (int(each) for each in sizes[largest])
    high, wide = (length / sharpness.side for length in sight.small.shape[:2])
    place = of_box(left, top, width, height, wide=wide, high=high)
    return float(np.median(around[parts == largest])), place


def _squares(sight: PreparedPicture) -> tuple[int, tuple[int, int]]:
    """The side of a square in pixels, 0 where the picture is too coarse or too small, and the rows and columns."""
    side = round(sight.pixels(_TILE_MM))
    if side <= 2 * sight.pixels(_FAR_MM) or sight.pixels(_NEAR_MM) < _PIXEL:
        return 0, (0, 0)
    rows, columns = (length // side for length in sight.small.shape[:2])
    return (side, (rows, columns)) if rows * columns >= _ENOUGH else (0, (0, 0))


def _sharpness(sight: PreparedPicture, side: int, grid: tuple[int, int]) -> Field:
    """How sharp each square of the ``grid`` (rows, columns) is in its worst direction, NaN where it is not measured."""
    sharpness, telling = _steepness(sight, side, grid, _CONTRAST, _ENERGY)
    written = _written(sight.ink, side, grid) & _on_paper(sight, side, grid)
    return np.where(written & telling, sharpness, np.nan).astype(np.float32)


def _steepness(
    sight: PreparedPicture, side: int, grid: tuple[int, int], contrast: float, least: float
) -> tuple[Field, NDArray[np.bool_]]:
    """How sharp each square is in its worst direction, and whether enough of its directions have so much contrast."""
    near, far = (max(1, round(sight.pixels(mm))) for mm in (_NEAR_MM, _FAR_MM))
    worst = np.full(grid, np.inf, np.float32)
    telling = np.zeros(grid, np.uint8)
    for direction in _DIRECTIONS:
        steep, _ = _change(sight.grey, direction, near, side, grid)
        whole, energy = _change(sight.grey, direction, far, side, grid)
        tells = (whole > contrast**2) & (energy > least)
        telling += tells
        worst = np.where(tells, np.minimum(worst, np.sqrt(steep / np.maximum(whole, 1))), worst)
    return worst, telling >= _TELLING


def _on_paper(sight: PreparedPicture, side: int, grid: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray(_tiles(sight.paper_mask, side, grid) > _PAPER * 255, np.bool_)


def _change(grey: Grey, direction: tuple[int, int], lag: int, side: int, grid: tuple[int, int]) -> tuple[Field, Field]:
    """The squared change of light over ``lag`` pixels in each square: of its strongest edges, and on the average."""
    down, right = (lag * step for step in direction)
    height, width = grey.shape
    here = grey[: height - down, max(0, -right) : width - max(0, right)]
    there = grey[down:, max(0, right) : width - max(0, -right)]
    change = cv2.absdiff(here, there)
    whole = cv2.copyMakeBorder(change, 0, down, 0, abs(right), cv2.BORDER_CONSTANT, value=0)
    second, fourth = (_tiles(np.asarray(cv2.LUT(whole, powers), np.float32), side, grid) for powers in _POWERS)
    return np.asarray(fourth / np.maximum(second, 1), np.float32), second


_POWERS = tuple((np.arange(256, dtype=np.float32) ** power).reshape(1, 256) for power in (2, 4))


def _written(ink: Grey, side: int, grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Where ink changes to paper and back both ways, unlike rules and folds."""
    across, down = np.zeros_like(ink), np.zeros_like(ink)
    across[:, 1:] = cv2.bitwise_xor(ink[:, 1:], ink[:, :-1])
    down[1:] = cv2.bitwise_xor(ink[1:], ink[:-1])
    return np.minimum(_tiles(across, side, grid), _tiles(down, side, grid)) > _WRITTEN * 255


def _tiles(field: NDArray[np.uint8] | Field, side: int, grid: tuple[int, int]) -> Field:
    """The mean of each square."""
    rows, columns = grid
    whole = field[: rows * side, : columns * side]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _around(sharpness: Field) -> Field:
    """The median of each measured square and its eight neighbours; infinite where too few are measured."""
    padded = np.pad(sharpness, 1, constant_values=np.nan)
    rows, columns = sharpness.shape
    nine = np.stack([padded[row : row + rows, column : column + columns] for row in range(3) for column in range(3)])
    tell = (~np.isnan(nine)).sum(axis=0)
    counts = ~np.isnan(sharpness) & (tell >= _NEIGHBOURS)
    around = np.full(sharpness.shape, np.inf, np.float32)
    around[counts] = np.nanmedian(nine[:, counts], axis=0)
    return around
