"""The forward probability is the sum over all paths, compared with all paths written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from station.reading.candidates import Candidates, numbers
from station.reading.recogniser import SYMBOLS, RecognisedLine


def line(scores: np.ndarray) -> RecognisedLine:
    return RecognisedLine("", (), scores, np.log(scores.max(1)), 8.0)


def spoken(path: tuple[int, ...]) -> str:
    changes = [symbol for symbol, before in zip(path, (0, *path), strict=False) if symbol != before]
    return "".join(SYMBOLS[symbol] for symbol in changes)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    scores = np.random.default_rng(1).random((5, len(SYMBOLS)))
    return scores / scores.sum(1, keepdims=True)


@pytest.mark.parametrize(("number", "spellings"), [(7, ("7", "07")), (11, ("11",)), (33, ("33",)), (0, ("0", "00"))])
def test_number_is_as_probable_as_all_paths_that_spell_it(
    noise: np.ndarray, number: int, spellings: tuple[str, ...]
) -> None:
    paths = itertools.product(range(11), repeat=len(noise))
    wanted = sum(
        math.prod(noise[range(len(noise)), path] / noise.max(1)) for path in paths if spoken(path) in spellings
    )
    assert numbers(99).log_likelihoods(line(noise))[number] == pytest.approx(math.log(wanted))


def test_clear_line_is_best_explained_by_what_stands_there() -> None:
    scores = np.full((7, len(SYMBOLS)), 1e-6)
    for frame, letter in enumerate(("", "5", "", "7", "7", "1", "")):
        scores[frame, SYMBOLS.index(letter)] = 0.99
    read = numbers(9999).log_likelihoods(line(scores))
    assert read.argmax() == 571
    assert read[571] == pytest.approx(0, abs=0.05)
    assert np.delete(read, 571).max() < -5


def test_fifteen_digits_agree_with_no_number() -> None:
    scores = np.full((31, len(SYMBOLS)), 1e-6)
    for frame in range(31):
        scores[frame, SYMBOLS.index(str(frame % 7) if frame % 2 else "")] = 0.99
    assert numbers(9999).log_likelihoods(line(scores)).max() < -50


def test_line_of_nothing_is_read_as_nothing() -> None:
    assert numbers(99).log_likelihoods(line(np.zeros((0, len(SYMBOLS))))).max() < -200


def test_spellings_with_letters_are_possible() -> None:
    scores = np.full((3, len(SYMBOLS)), 1e-6)
    for frame, letter in enumerate("1er"):
        scores[frame, SYMBOLS.index(letter)] = 0.99
    days = Candidates([(1, "1"), (1, "1er"), (2, "2")], 3)
    assert days.log_likelihoods(line(scores)).argmax() == 1
