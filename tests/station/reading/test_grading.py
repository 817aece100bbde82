"""A value is sure only where nothing else is possible, and nothing where the line agrees with none."""

from __future__ import annotations

import numpy as np
import pytest

from station.reading.fields import Grade
from station.reading.grading import grade_of, posterior


def test_clear_reading_is_sure() -> None:
    probable = posterior(np.array([0.0, -20.0, -30.0]))
    assert (probable.argmax(), grade_of(probable.max())) == (0, Grade.SURE)


def test_two_readings_alike_are_neither() -> None:
    assert grade_of(posterior(np.array([0.0, 0.0, -30.0])).max()) is Grade.NONE


def test_what_agrees_with_no_value_is_no_value() -> None:
    assert grade_of(posterior(np.array([-40.0, -60.0, -60.0])).max()) is Grade.NONE


def test_what_was_probable_before_decides_between_readings_alike() -> None:
    probable = posterior(np.array([0.0, 0.0]), np.array([0.9, 0.1]))
    assert probable[0] > 0.85


@pytest.mark.parametrize(("probability", "grade"), [(0.995, Grade.SURE), (0.9, Grade.LIKELY), (0.5, Grade.NONE)])
def test_grades_by_probability(probability: float, grade: Grade) -> None:
    assert grade_of(probability) is grade
