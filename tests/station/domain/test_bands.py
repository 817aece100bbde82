"""An entry's band of a page, as parts of the image that is stored: the same paper, however the image lies."""

from __future__ import annotations

import numpy as np
import pytest

from station.domain.bands import Band
from station.imaging import kept_parts

#: A page of 100 by 200 pixels, upright, in an image with other things around.
WIDE, HIGH = 100, 200
BAND = Band(0.1, 0.4, 0.6, 0.02)


def stored_size(turn: int) -> tuple[int, int]:
    return (WIDE, HIGH) if turn % 180 == 0 else (HIGH, WIDE)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_what_is_shown_is_head_and_rows_of_the_upright_page(turn: int) -> None:
    wide, high = stored_size(turn)
    part = (7, 11, 7 + wide, 11 + high)
    stored = np.asarray(kept_parts.mask((wide, high), part[:2], BAND.shown(part, turn)))
    upright = np.rot90(stored, -turn // 90)
    assert upright.shape == (HIGH, WIDE)
    held = [[BAND.holds((x + 0.5) / WIDE, (y + 0.5) / HIGH) for x in range(WIDE)] for y in range(HIGH)]
    differing = (upright > 0) != np.asarray(held)
    assert differing.mean() < 0.012  # a pixel at each of its three lines
    assert not upright[25:75].any()
    assert not upright[125:].any()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_page_is_cut_below_the_entry(turn: int) -> None:
    wide, high = stored_size(turn)
    left, top, right, bottom = BAND.crop((7, 11, 7 + wide, 11 + high), turn)
    cut = (right - left, bottom - top) if turn % 180 == 0 else (bottom - top, right - left)
    assert cut == (WIDE, round(0.61 * HIGH))
    rest = HIGH - cut[1]
    assert (left - 7, top - 11) == {270: (rest, 0), 180: (0, rest)}.get(turn, (0, 0))


@pytest.mark.parametrize(
    "band",
    [
        Band(0.5, 0.4, 0.6),
        Band(0.1, 0.6, 0.6),
        Band(0.1, 0.7, 0.6),
        Band(-0.1, 0, 1),
        Band(0, 0, 1.1),
        Band(0, 0, 1, 0.2),
    ],
)
def test_band_that_no_page_can_have_is_not_right(band: Band) -> None:
    assert not band.is_right


def test_first_rows_may_begin_where_the_head_ends() -> None:
    assert Band(0.1, 0.1, 0.2).is_right
    assert Band(0, 0, 1).is_right
    assert not Band(float("nan"), 0, 1).is_right
