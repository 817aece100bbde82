"""A line is read as letters and, along it, as scores of digits; parts of it are found again in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from station.reading.candidates import numbers
from station.reading.recogniser import SYMBOLS, Recogniser
from tests.station.drawn_lines import printed, written


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def test_print_is_read(recogniser: Recogniser) -> None:
    read = recogniser.read([printed("Trang 12"), printed("01/2007")])
    assert [line.text for line in read] == ["Trang 12", "01/2007"]
    assert all(line.confidence > 0.9 for line in read)


@pytest.mark.parametrize("number", [1, 24, 308, 571, 983])
def test_written_number_is_the_best_of_all_numbers(recogniser: Recogniser, number: int) -> None:
    [line] = recogniser.read([written(str(number), seed=number)])
    assert numbers(9999).log_likelihoods(line).argmax() == number


def test_part_of_a_line_is_scored_alone(recogniser: Recogniser) -> None:
    [line] = recogniser.read([printed("Trang 12")])
    part = line.part(6, 8)
    assert part.text == "12"
    assert numbers(999).log_likelihoods(part).argmax() == 12
    assert len(part.scores) < len(line.scores)
    left, right = line.across(6, 8)
    assert printed("Trang ").shape[1] - 60 < left < right <= printed("Trang 12").shape[1] + 10


def test_scores_are_probabilities_of_the_symbols(recogniser: Recogniser) -> None:
    [line] = recogniser.read([printed("571")])
    assert line.scores.shape[1] == len(SYMBOLS)
    assert line.scores.min() >= 0
    assert line.scores.max() <= 1.001


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (60, 9000)], ids=str)
def test_odd_shapes_are_read_as_something_and_cost_no_more_than_a_long_line(
    recogniser: Recogniser, shape: tuple[int, int]
) -> None:
    [line] = recogniser.read([np.full((*shape, 3), 200, np.uint8)])
    assert len(line.scores) <= 160
