"""A page of which only some parts are shown: all others are white, in the pixels themselves.

What merely lay under something white in a document, anyone could bring back.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from station.domain.bands import Polygon

WHITE = 255


def mask(size: tuple[int, int], corner: tuple[int, int], kept: Sequence[Polygon]) -> Image.Image:
    """Of a piece of an image that begins at ``corner``: 255 where one of ``kept`` is, else 0.

    ``kept`` are polygons in pixels of the image.
    """
    shown = Image.new("L", size, 0)
    draw = ImageDraw.Draw(shown)
    left, top = corner
    for polygon in kept:
        draw.polygon([(x - left, y - top) for x, y in polygon], fill=WHITE)
    return shown


def alone(piece: Image.Image, corner: tuple[int, int], kept: Sequence[Polygon]) -> Image.Image:
    """The piece with all white that is not in ``kept``; black and white, grey or RGB."""
    white = Image.new(piece.mode, piece.size, "white")
    white.paste(piece, mask=mask(piece.size, corner, kept))
    return white
