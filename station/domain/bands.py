"""Which part of a page belongs to one of several entries on it: a band across the page, below the page's head.

All is told in shares of the page as it is shown, upright: 0 is its upper edge, 1 its lower one, each in the middle of
the page's width. A page lies a little askew, so lines may be lower at the right than at the left.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Corners one after the other, in pixels of an image as it is stored.
Polygon = tuple[tuple[int, int], ...]
Edges = tuple[int, int, int, int]

#: Lines are no more aslant than this; more is a page to be scanned again.
MOST_SLANT = 0.1


@dataclass(frozen=True)
class Band:
    """The head from the upper edge to ``head``, and the entry's own rows from ``top`` to ``bottom``.

    ``slant`` is how much lower lines lie at the right edge than at the left one, a share of the page's height.
    """

    head: float
    top: float
    bottom: float
    slant: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether there is such a band on a page: head, then rows, all of them on it."""
        return 0 <= self.head <= self.top < self.bottom <= 1 and abs(self.slant) <= MOST_SLANT

    def holds(self, across: float, down: float) -> bool:
        """Whether a point of the upright page (shares of it) is in the head or in the entry's rows."""
        level = down - self.slant * (across - 0.5)
        return level <= self.head or self.top <= level <= self.bottom

    def shown(self, part: Edges, turn: int) -> tuple[Polygon, ...]:
        """What of the image is the head, and what the entry's rows, see :func:`stored`."""
        half = self.slant / 2
        head = ((0, 0), (1, 0), (1, self.head + half), (0, self.head - half))
        rows = ((0, self.top - half), (1, self.top + half), (1, self.bottom + half), (0, self.bottom - half))
        shapes = (head, rows) if self.head > 0 else (rows,)
        return tuple(tuple(stored(point, part, turn) for point in shape) for shape in shapes)

    def crop(self, part: Edges, turn: int) -> Edges:
        """The page from its upper edge to where the entry ends: left, top, right, bottom, pixels as stored."""
        end = min(1.0, self.bottom + abs(self.slant) / 2)
        (left, top), (right, bottom) = stored((0, 0), part, turn), stored((1, end), part, turn)
        across, down = sorted((left, right)), sorted((top, bottom))
        return across[0], down[0], across[1], down[1]


def stored(point: tuple[float, float], part: Edges, turn: int) -> tuple[int, int]:
    """Where a point of the upright page lies in the image as stored, in pixels.

    ``part`` is what of the image the page is (left, top, right, bottom), ``turn`` how far clockwise it is turned to
    stand upright: 0, 90, 180, 270.
    """
    across, down = point
    x, y = {0: (across, down), 90: (down, 1 - across), 180: (1 - across, 1 - down), 270: (1 - down, across)}[turn]
    left, top, right, bottom = part
    return left + round(x * (right - left)), top + round(y * (bottom - top))
