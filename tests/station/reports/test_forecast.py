"""When what is left will be done, by the last days."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from station.reports.forecast import Forecast, forecast

TODAY = date(2026, 3, 10)


def test_even_pace_gives_one_day() -> None:
    assert forecast([10, 10, 10, 10], 25, TODAY) == Forecast(10, date(2026, 3, 13), date(2026, 3, 13))


def test_uneven_days_give_a_range_from_the_better_to_the_poorer_half() -> None:
    assert forecast([30, 0, 20, 10], 100, TODAY) == Forecast(15, date(2026, 3, 14), date(2026, 3, 30))


def test_days_without_work_leave_the_latest_open() -> None:
    assert forecast([0, 0, 20, 0], 100, TODAY) == Forecast(5, date(2026, 3, 20), None)
    assert forecast([0, 0], 100, TODAY) == Forecast(0, None, None)
    assert forecast([], 100, TODAY) == Forecast(0, None, None)


def test_what_is_done_is_done_today() -> None:
    assert forecast([0, 0], 0, TODAY) == Forecast(0, TODAY, TODAY)


def test_end_of_an_age_is_not_foreseen() -> None:
    assert forecast([1], 10**9, TODAY) == Forecast(1, None, None)


@given(st.lists(st.integers(0, 10**6), max_size=14), st.integers(0, 10**7))
def test_earliest_is_never_behind_the_latest(daily: list[int], left: int) -> None:
    end = forecast(daily, left, TODAY)
    assert end.latest is None or (end.earliest is not None and TODAY <= end.earliest <= end.latest)
