"""Ruled registers: a column of entry numbers at the left, one of days beside it, a row for each entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from station.reading import cells, sequences
from station.reading.candidates import LAST_DAY, Candidates, Scores, days, likeliest, numbers
from station.reading.detector import Box, Detector
from station.reading.fields import LARGEST_NUMBER, Field, FieldKind, Grade
from station.reading.grading import TEMPER, grade_of
from station.reading.page_image import PageImage
from station.reading.recogniser import Recogniser
from station.reading.regions import USUAL, Regions
from station.reading.sequences import LaterDay, NextNumber, SequenceValue

#: Where the numbers stand: this share of the page from the left, looked at with so many pixels from top to bottom.
_LEFT, _SIDE = 0.3, 1472
#: A number is no wider than this share of the page; the boxes of a column stand within such a share of it.
_WIDEST, _APART = 0.12, 0.03
#: How far a column may move aside from top to bottom: 3 %, some two degrees.
_SLANTS = tuple(share / 200 for share in range(-6, 7))
#: A column has so many rows at least, and of a column of numbers this share looks like numbers.
_FEWEST, _NUMBERS = 3, 0.4
#: What looks like a number agrees with one so well (natural logarithm, tempered).
_LIKE_A_NUMBER = -3.0


@dataclass(frozen=True)
class NumberColumn:
    """Boxes below each other, and how well each agrees with each value that may stand there (natural logarithms)."""

    boxes: tuple[Box, ...]
    agreement: tuple[Scores, ...]


def read(page: PageImage, detector: Detector, recogniser: Recogniser, regions: Regions = USUAL) -> list[Field]:
    """Numbers and days of the entries on a ruled page, of whatever grade, from top to bottom."""
    strip, boxes = _strip(page, detector)
    column = _number_column(strip, boxes, recogniser, regions)
    places = sequences.read(column.agreement, NextNumber())
    entries = [box for box, place in zip(column.boxes, places, strict=True) if grade_of_place(place) is not Grade.NONE]
    beside = _scored(strip, _beside(entries, boxes), days(), recogniser)
    dates = sequences.read(beside.agreement, LaterDay(LAST_DAY + 1))
    fields = _fields(page, FieldKind.NUMBER, column, places) + _fields(page, FieldKind.DATE, beside, dates)
    return sorted(fields, key=lambda field: (field.box[1], field.box[0]))


def number_column(page: PageImage, detector: Detector, recogniser: Recogniser) -> NumberColumn:
    """The column of entry numbers; without rows where there is none."""
    return _number_column(*_strip(page, detector), recogniser, USUAL)


def _strip(page: PageImage, detector: Detector) -> tuple[PageImage, list[Box]]:
    """The left of the page, where numbers and days stand, and the cells that something is written in."""
    strip = PageImage(page.pixels[:, : round(page.width * _LEFT)])
    return strip, cells.parted(detector.boxes(strip.pixels, _SIDE), strip.pixels)


def _number_column(strip: PageImage, boxes: Sequence[Box], recogniser: Recogniser, regions: Regions) -> NumberColumn:
    for rows in _columns(boxes, round(strip.width / _LEFT))[: regions.columns]:
        column = _scored(strip, rows[: regions.rows], numbers(LARGEST_NUMBER), recogniser)
        alike = sum(TEMPER * row.max() > _LIKE_A_NUMBER for row in column.agreement)
        if alike >= max(_FEWEST, _NUMBERS * len(column.boxes)):
            return column
    return NumberColumn((), ())


def _columns(boxes: Sequence[Box], width: int) -> list[list[Box]]:
    """Narrow boxes that stand below each other, each column from the top; columns from the left.

    A page lies a little askew: of several slants, the one that brings most boxes below each other counts.
    """
    narrow = [box for box in boxes if box.width < _WIDEST * width]
    if not narrow:
        return []
    tops = np.array([box.middle[1] for box in narrow])
    middles = np.array([box.middle[0] for box in narrow])
    upright = [middles - slant * tops for slant in _SLANTS]
    left = max(upright, key=lambda across: max(_within(across, start, width).sum() for start in across))
    columns, there = [], np.ones(len(narrow), bool)
    while there.any():
        # The densest first: a blot beside a column must not divide it.
        group = max((_within(left, start, width) & there for start in left[there]), key=np.count_nonzero)
        if np.count_nonzero(group) < _FEWEST:
            break
        columns.append([narrow[index] for index in np.flatnonzero(group)])
        there &= ~group
    return sorted(columns, key=lambda column: column[0].left)


def _within(across: npt.NDArray[np.float64], start: float, width: int) -> npt.NDArray[np.bool_]:
    within: npt.NDArray[np.bool_] = (across >= start) & (across < start + _APART * width)
    return within


def _beside(column: Sequence[Box], boxes: Sequence[Box]) -> list[Box]:
    """What stands next to each number, at its right; a number with nothing there has none."""
    beside = []
    for number in column:
        level = [
            box
            for box in boxes
            if box.top < number.middle[1] < box.bottom and 0 < box.middle[0] - number.middle[0] < 2 * number.width
        ]
        if level:
            beside.append(min(level, key=lambda box: box.left))
    return list(dict.fromkeys(beside))


def _scored(page: PageImage, boxes: Sequence[Box], candidates: Candidates, recogniser: Recogniser) -> NumberColumn:
    lines = recogniser.read([box.of(page.pixels) for box in boxes])
    return NumberColumn(tuple(boxes), tuple(candidates.log_likelihoods(line) for line in lines))


def _fields(page: PageImage, kind: FieldKind, column: NumberColumn, places: Sequence[SequenceValue]) -> list[Field]:
    return [
        Field(kind, str(place.value), place.probability, grade_of_place(place), page.box_in_file(box), likeliest(row))
        for box, row, place in zip(column.boxes, column.agreement, places, strict=True)
    ]


def grade_of_place(place: SequenceValue) -> Grade:
    """What the sequence alone makes sure, against the row's own look, is proposed only."""
    grade = grade_of(place.probability)
    return Grade.LIKELY if grade is Grade.SURE and not place.own else grade
