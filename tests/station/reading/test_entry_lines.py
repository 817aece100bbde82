"""Lines between the entries of a drawn register: between its rows, with and without numbers, level and askew."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from station.imaging.decoding import Pixels
from station.reading import entry_lines
from station.reading.detector import Box
from station.reading.entry_lines import EntryLines
from station.reading.page_image import PageImage
from tests.station import drawn_registers
from tests.station.drawn_registers import COLUMNS, ROW, TOP

DPI = 120
MM = DPI / 25.4
#: The paper's height, and where the heading rows end, mm.
PAPER, HEAD = 297.0, 34.0
COUNT = 12


@pytest.fixture(scope="module")
def register() -> Pixels:
    """A page of a dozen entries."""
    return drawn_registers.page([(number, number) for number in range(1, COUNT + 1)], dpi=DPI)


def number_boxes() -> list[Box]:
    """Where the numbers stand (mm)."""
    left = COLUMNS[0] + 3
    return [
        Box(*(round(edge * MM) for edge in (left, base - 6, left + 8, base + 1)))
        for base in (TOP + index * ROW + 4 for index in range(COUNT))
    ]


def askew(pixels: Pixels, degrees: float) -> Pixels:
    height, width = pixels.shape[:2]
    turning = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return np.asarray(cv2.warpAffine(pixels, turning, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def is_between_rows(lines: EntryLines) -> bool:
    """Whether each row of writing lies between its lines: from 3 mm above its foot, in the middle of the page."""
    feet = [TOP + index * ROW + 4 for index in range(COUNT)]
    edges = [edge * PAPER for edge in lines.edges]
    rows = zip(edges, feet, edges[1:], strict=False)
    return len(edges) == COUNT + 1 and all(top < foot - 3 and foot < bottom for top, foot, bottom in rows)


def test_head_ends_at_its_rule_and_each_entry_has_its_row(register: Pixels) -> None:
    lines = entry_lines.propose(PageImage(register), number_boxes())
    assert abs(lines.head * PAPER - HEAD) < 1.5
    assert lines.slant == 0
    assert is_between_rows(lines)
    assert lines.edges[-1] * PAPER < TOP + COUNT * ROW + 4  # and no empty paper below the last one


def test_without_a_number_that_was_read_entries_are_as_high_as_each_other(register: Pixels) -> None:
    assert is_between_rows(entry_lines.propose(PageImage(register), [None] * COUNT))


def test_page_askew_has_its_lines_askew(register: Pixels) -> None:
    lines = entry_lines.propose(PageImage(askew(register, 1.0)), [None] * COUNT)
    assert lines.slant * PAPER == pytest.approx(210 * np.tan(np.radians(1.0)), abs=0.8)
    assert is_between_rows(lines)


def test_one_number_that_was_read_moves_the_lines_around_it(register: Pixels) -> None:
    numbers: list[Box | None] = [None, None, number_boxes()[7]]
    lines = entry_lines.propose(PageImage(register), numbers)
    assert TOP + 6 * ROW + 4 < lines.edges[2] * PAPER < TOP + 7 * ROW + 1


@pytest.mark.parametrize("grey", [0, 250])
def test_page_with_nothing_on_it_is_divided_evenly(grey: int) -> None:
    lines = entry_lines.propose(PageImage(np.full((600, 424, 3), grey, np.uint8)), [None] * 3)
    heights = np.diff([lines.head, *lines.edges[1:]])
    assert all(height > 0 for height in heights)
    assert max(heights) < 1.2 * min(heights)
