"""Numbers are read as one sequence: bad readings are mended, jumps are seen, nothing is hidden by what was expected."""

from __future__ import annotations

import numpy as np
import pytest

from station.reading.grading import SURE
from station.reading.sequences import LaterDay, NextNumber, SequenceValue, read

MOST = 1000
#: Natural logarithms of a clear reading, of one that hesitates, and of what does not stand there.
CLEAR, DOUBTED, ELSE = 0.0, -2.5, -30.0


def row(*readings: tuple[int, float]) -> np.ndarray:
    scores = np.full(MOST, ELSE)
    for number, agreement in readings:
        scores[number] = agreement
    return scores


def numbered(rows: list[np.ndarray]) -> list[SequenceValue]:
    return read(rows, NextNumber())


def clear(*numbers: int) -> list[np.ndarray]:
    return [row((number, CLEAR)) for number in numbers]


def test_bad_reading_among_good_ones_is_mended() -> None:
    rows = [*clear(561, 562), row((568, CLEAR), (563, DOUBTED)), *clear(564, 565)]
    places = numbered(rows)
    assert [place.value for place in places] == [561, 562, 563, 564, 565]
    assert all(place.probability >= SURE for place in places)


@pytest.mark.parametrize("jump", [0, 2, 3, 11, 400, -50])
def test_jump_is_seen_by_the_third_entry_behind_it(jump: int) -> None:
    first = 300 + jump
    numbers = [298, 299, 300, first, first + 1, first + 2]
    places = numbered(clear(*numbers))
    assert [place.value for place in places] == numbers
    assert places[-1].probability >= SURE


@pytest.mark.parametrize("jump", [0, 2, 3, 11])
def test_what_was_expected_is_never_sure_where_something_else_stands(jump: int) -> None:
    places = numbered(clear(298, 299, 300, 300 + jump))
    assert places[-1].value == 300 + jump or places[-1].probability < SURE


def test_row_that_is_no_entry_moves_nothing() -> None:
    places = numbered([*clear(10, 11), row(), *clear(12, 13)])
    assert places[2].probability < 0.1
    assert [place.value for place in places if place.probability >= SURE] == [10, 11, 12, 13]


def test_number_that_the_row_itself_denies_is_not_its_own() -> None:
    places = numbered([*clear(10, 11), row((77, CLEAR)), *clear(13, 14)])
    assert (places[2].value, places[2].probability > 0.9, places[2].own) == (12, True, False)


def test_column_without_rows_has_no_numbers() -> None:
    assert numbered([]) == []


def test_days_that_go_back_are_a_new_month_and_stay_as_they_stand() -> None:
    rows = [np.where(np.arange(32) == day, CLEAR, ELSE) for day in (25, 25, 30, 1, 3)]
    places = read(rows, LaterDay(32))
    assert [place.value for place in places] == [25, 25, 30, 1, 3]
    assert all(place.probability > 0.9 for place in places)


def test_day_between_two_of_the_same_that_could_be_two_is_that_one() -> None:
    rows = [np.full(32, ELSE) for _ in range(3)]
    for row_, days in zip(rows, ((12,), (12, 17), (12,)), strict=True):
        row_[list(days)] = CLEAR
    place = read(rows, LaterDay(32))[1]
    assert (place.value, place.probability > 0.8) == (12, True)
