"""Numbers and dates in words, as forms ask for them."""

from __future__ import annotations

from datetime import date

import pytest

from drivers.numbers_in_words import date_in_words, day_in_words, in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (4, "bốn"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (105, "một trăm linh năm"),
        (1998, "một nghìn chín trăm chín mươi tám"),
        (2000, "hai nghìn"),
        (2007, "hai nghìn không trăm linh bảy"),
    ],
)
def test_numbers_are_spoken_as_people_say_them(number: int, words: str) -> None:
    assert in_words(number) == words


def test_april_is_called_month_tu() -> None:
    assert day_in_words(date(2011, 4, 5)) == "Ngày năm, tháng tư, năm hai nghìn không trăm mười một"


def test_date_that_is_partly_known_says_no_more() -> None:
    assert date_in_words(1985, 2) == "Tháng hai, năm một nghìn chín trăm tám mươi lăm"
    assert date_in_words(2000) == "Năm hai nghìn"
