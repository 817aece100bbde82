"""How sharp the writing is: the length over which light becomes dark, in the worst of four directions.

Measured against the contrast that stands at the same place, so that pale ink is not taken for blurred ink; in four
directions, because a page that moved is sharp along its way.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.findings.prepared import PreparedPicture

#: Tiles looked at, those with the most writing; their side, and the reach in which light and dark are sought, mm.
_TILES, _TILE_MM, _REACH_MM = 7, 18.0, 1.2

#: A sharp edge takes 3-3.5 pixels as it is measured here: below 120 dpi that alone would be near the limit.
_PIXELS = 4.0

#: An edge counts from this contrast on (grey levels), and the steepest twentieth of them tells.
_EDGE, _STEEPEST = 30, 95


def edge_mm(sight: PreparedPicture) -> float:
    """The width of an edge in mm, the middle of all tiles; 0 where it cannot be measured: no ink, few pixels."""
    pixel = 25.4 / sight.dpi
    widths = [width for tile in _tiles(sight) if (width := _width(tile, max(1, round(_REACH_MM / pixel / 2))))]
    width = float(np.median(widths)) if widths else 0.0
    return width * pixel if width > _PIXELS else 0.0


def _tiles(sight: PreparedPicture) -> list[NDArray[np.uint8]]:
    """Grey tiles of the picture where the most writing is: ink that changes both ways, unlike rules and folds."""
    side = max(8, round(sight.pixels(_TILE_MM)))
    rows, columns = sight.ink.shape[0] // side, sight.ink.shape[1] // side
    if not rows or not columns:
        return []
    ink = sight.ink[: rows * side, : columns * side]
    changes = [np.zeros_like(ink) for _ in range(2)]
    changes[0][:, 1:] = cv2.bitwise_xor(ink[:, 1:], ink[:, :-1])
    changes[1][1:] = cv2.bitwise_xor(ink[1:], ink[:-1])
    across, down = (cv2.resize(one, (columns, rows), interpolation=cv2.INTER_AREA).ravel() for one in changes)
    amount = np.minimum(across, down)
    step = sight.dpi / sight.small_dpi
    tiles = []
    for index in np.argsort(amount)[::-1][:_TILES]:
        row, column = divmod(int(index), columns)
        top, left, size = (round(length * side * step) for length in (row, column, 1))
        tile = cv2.cvtColor(sight.picture[top : top + size, left : left + size], cv2.COLOR_RGB2GRAY)
        tiles.append(np.asarray(tile, np.uint8))
    return tiles


def _width(tile: NDArray[np.uint8], reach: int) -> float:
    """The width of the tile's steepest edges in pixels, 0 where it has none."""
    window = np.ones((2 * reach + 1,) * 2, np.uint8)
    span = cv2.subtract(cv2.dilate(tile, window), cv2.erode(tile, window))[1:-1, 1:-1].astype(np.float32)
    strong = span > max(_EDGE, 0.5 * float(np.percentile(span, 98)))
    if np.count_nonzero(strong) < tile.size / 200:
        return 0.0
    level = tile.astype(np.float32)
    differences = (
        (level[1:-1, 2:] - level[1:-1, :-2], 2.0),
        (level[2:, 1:-1] - level[:-2, 1:-1], 2.0),
        (level[2:, 2:] - level[:-2, :-2], 2.0 * 2**0.5),
        (level[2:, :-2] - level[:-2, 2:], 2.0 * 2**0.5),
    )
    steep = [
        float(np.percentile(np.abs(change[strong]) / span[strong] / length, _STEEPEST))
        for change, length in differences
    ]
    return 1 / max(min(steep), 0.01)
