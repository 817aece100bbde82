"""How much of the writing on a page is left in a copy of it.

Not the mean over the page: a copy is as good as its worst places. The image is looked at in squares of some six mm; in
each that holds writing, strokes of the copy are correlated with those of the master, after the paper's own shade was
taken away from both. 1 is the same strokes, 0 nothing of them.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
_Field = npt.NDArray[np.float32]

#: A square's side (pixels: 6 mm at 200 dpi).
_SIDE = 48
#: What is darker than the paper around it by so much is ink (grey levels), and a square with this share of it counts.
_INK, _SHARE = 25.0, 0.02
#: The paper's shade is taken from the image at a quarter of its size, in windows so wide (pixels).
_REDUCED, _WINDOW = 4, 21
#: The share of squares that may be worse than what is told (percent).
_WORST = 5.0
#: Two of the worst places have more than so many squares between them.
_APART = 4


def share_kept(master: Grey, copy: Grey) -> float:
    """How well the strokes of ``master`` are kept in ``copy``, in the worst twentieth of the squares with writing.

    Both are grey, of the same size, at about 200 dpi. A page without writing keeps all of it: 1.
    """
    _, kept = _kept_in_squares(master, copy)
    return float(np.percentile(kept, _WORST)) if len(kept) else 1.0


def worst_places(master: Grey, copy: Grey, most: int) -> list[tuple[int, int, int, int]]:
    """Where the strokes are kept worst, the worst first: squares as left, top, right, bottom (pixels), far apart."""
    written, kept = _kept_in_squares(master, copy)
    height, width = master.shape
    columns = max(1, width // _SIDE) if min(height, width) >= _SIDE else 1
    places: list[tuple[int, int]] = []
    for square in written[np.argsort(kept)]:
        row, column = divmod(int(square), columns)
        if all(max(abs(row - other[0]), abs(column - other[1])) > _APART for other in places):
            places.append((row, column))
        if len(places) == most:
            break
    return [(c * _SIDE, r * _SIDE, min(width, (c + 1) * _SIDE), min(height, (r + 1) * _SIDE)) for r, c in places]


def _kept_in_squares(master: Grey, copy: Grey) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """The squares with writing, by their place in the order of reading, and how well each is kept."""
    before, after = _squares(_strokes(master)), _squares(_strokes(copy))
    written = (before > _INK).mean(axis=1) > _SHARE
    before, after = (each[written] - each[written].mean(axis=1, keepdims=True) for each in (before, after))
    length = np.sqrt((before * before).sum(axis=1) * (after * after).sum(axis=1))
    return np.flatnonzero(written), (before * after).sum(axis=1) / np.maximum(length, 1.0)


def _strokes(grey: Grey) -> _Field:
    """How much darker than the paper around it each pixel is (grey levels)."""
    height, width = grey.shape
    size = (max(1, width // _REDUCED), max(1, height // _REDUCED))
    paper = cv2.medianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), _WINDOW)
    shade = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(shade, np.float32) - grey


def _squares(field: _Field) -> _Field:
    """Each square as a row; what is left over at the right and below is left out, of a sliver nothing."""
    height, width = field.shape
    if min(height, width) < _SIDE:
        return field.reshape(1, -1)
    rows, columns = height // _SIDE, width // _SIDE
    whole = field[: rows * _SIDE, : columns * _SIDE].reshape(rows, _SIDE, columns, _SIDE)
    return whole.swapaxes(1, 2).reshape(rows * columns, _SIDE * _SIDE)
