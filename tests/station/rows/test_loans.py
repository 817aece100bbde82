"""Rows on loan: one person a row, until they open another one or are silent for minutes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from station.errors import Refused
from station.rows.loans import SILENCE, RowLoans


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loans(clock: Clock) -> RowLoans:
    return RowLoans(clock=clock)


def test_row_that_is_with_somebody_is_lent_to_nobody_else(loans: RowLoans) -> None:
    assert loans.lend(1, "Hoa") is None
    assert loans.lend(1, "Lan") == "Hoa"
    assert loans.lend(1, "Hoa") is None
    assert (loans.elsewhere("Lan"), loans.elsewhere("Hoa")) == ({1}, set())


def test_row_comes_back_when_the_next_one_is_opened(loans: RowLoans) -> None:
    loans.lend(1, "Hoa")
    loans.lend(2, "Hoa")
    assert loans.lend(1, "Lan") is None
    assert loans.lend(2, "Lan") == "Hoa"


def test_row_comes_back_after_minutes_of_silence(loans: RowLoans, clock: Clock) -> None:
    loans.lend(1, "Hoa")
    clock.now = SILENCE - 1
    assert loans.lend(1, "Lan") == "Hoa"
    clock.now = SILENCE
    assert loans.elsewhere("Lan") == set()
    assert loans.lend(1, "Lan") is None
    with pytest.raises(Refused, match="Lan"):
        loans.renew(1, "Hoa")


def test_sign_of_life_keeps_a_row(loans: RowLoans, clock: Clock) -> None:
    loans.lend(1, "Hoa")
    clock.now = SILENCE - 1
    loans.renew(1, "Hoa")
    clock.now = 2 * SILENCE - 2
    assert loans.lend(1, "Lan") == "Hoa"


def test_what_is_stored_late_of_a_row_that_was_left_takes_it_from_nobody(loans: RowLoans) -> None:
    loans.lend(1, "Hoa")
    loans.lend(2, "Hoa")
    loans.renew(1, "Hoa")
    assert loans.lend(1, "Lan") is None
    assert loans.lend(2, "Lan") == "Hoa"


def test_row_that_was_left_comes_back_and_no_other(loans: RowLoans) -> None:
    loans.lend(1, "Hoa")
    loans.give_back("Lan", 1)
    loans.give_back("Hoa", 2)
    assert loans.elsewhere("Lan") == {1}
    loans.give_back("Hoa", 1)
    assert loans.elsewhere("Lan") == set()
    loans.lend(2, "Hoa")
    loans.give_back("Hoa")
    assert loans.elsewhere("Lan") == set()


def test_of_many_who_ask_at_once_one_gets_the_row(loans: RowLoans) -> None:
    people = [f"người {number}" for number in range(20)]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda who: loans.lend(1, who), people))
    assert answers.count(None) == 1
