"""A ruled register's page, drawn: rules, a heading, a row for each entry with its number, its day and some words."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from drivers.drawn.sheet import DrawnSheet
from station.imaging.decoding import Pixels

ROW, TOP = 11.0, 40.0  # mm
COLUMNS = (18.0, 36.0, 52.0, 84.0, 200.0)  # the rules between them, mm from the left


def page(entries: Sequence[tuple[int, int]], *, seed: int = 0, dpi: int = 250) -> Pixels:
    """``entries`` are number and day, from the top."""
    sheet = DrawnSheet(random.Random(seed), dpi)
    for x in COLUMNS:
        sheet.rule(x, 22, x, 285, 0.4)
    for y in (22.0, 34.0):
        sheet.rule(COLUMNS[0], y, COLUMNS[-1], y, 0.4)
    for x, words in zip(COLUMNS, ("Số", "Ngày", "Việc", "Họ và tên"), strict=False):
        sheet.print(x + 3, 30, words, 3.7)
    for index, (number, day) in enumerate(entries):
        y = TOP + index * ROW + 4
        for x, words in zip(
            COLUMNS, (str(number), str(day), "Khai sinh", "Nguyễn Thị Hoa, Thôn Suối Mơ"), strict=False
        ):
            sheet.write(x + 3, y, words, 90)
    return np.asarray(sheet.image)
