"""A printed form whose labels the reader does not know: "Hồ sơ" for the number, "Lập tại xã, hôm" for the date."""

from __future__ import annotations

import random
from datetime import date

import numpy as np

from drivers.drawn.sheet import HEIGHT, WIDTH, DrawnSheet
from station.imaging.decoding import Pixels

DPI = 200
#: Days in figures, and as people write them out.
FIGURES, WORDS = "{0.day}/{0.month}/{0.year}", "{0.day} tháng {0.month} năm {0.year}"
_LINES = ("Họ và tên", "Nơi ở", "Cha", "Mẹ", "Làm chứng")
_WRITTEN = ("Nguyễn Văn Mẫu 12", "Thôn Suối Mơ", "Trần Thị Hoa", "Lê Văn Tám 3 tuổi")


def undescribed_form(
    number: int, day: date, printed: int, *, seed: int = 0, written: str = FIGURES, left: float = 165
) -> Pixels:
    """A page of it; the number is written ``left`` mm from the page's side."""
    sheet = DrawnSheet(random.Random(seed), DPI)
    sheet.print(WIDTH / 2, 30, "TRÍCH LỤC HỘ TỊCH", 7, bold=True, anchor="ms")
    sheet.print(left - 15, 52, "Hồ sơ", 4)
    sheet.write(left, 52, str(number), 25)
    sheet.print(25, 70, "Lập tại xã, hôm", 4)
    sheet.write(62, 70, written.format(day), 60)
    for index, words in enumerate(_LINES):
        y = 95 + index * 16
        sheet.print(25, y, words, 4)
        sheet.dots(55, 190, y)
        sheet.write(60, y, random.Random(seed * 10 + index).choice(_WRITTEN), 100)
    sheet.print(WIDTH / 2, HEIGHT - 12, f"- {printed} -", 4, anchor="ms")
    return np.asarray(sheet.image)
