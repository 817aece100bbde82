"""Days as people ask for them, and as the office has them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from station.errors import Refused
from station.reports import days
from station.reports.days import Period


@pytest.mark.parametrize("text", ["2025-03-02", "2/3/2025", "02.03.2025", " 2/3/2025 "])
def test_day_is_read_as_people_write_it(text: str) -> None:
    assert days.parse_day(text) == date(2025, 3, 2)


@pytest.mark.parametrize("text", ["", "?", "3/2025", "2025", "30/2/2025", "hôm qua", "2/3/25", "2025-03-02T00:00"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is no day"):
        days.parse_day(text)


@pytest.mark.parametrize(
    ("asked", "period"),
    [
        (("2025-03-02", None, None), ("2025-03-02", "2025-03-02")),
        ((None, "2025-03-01", "2025-03-15"), ("2025-03-01", "2025-03-15")),
        ((None, "2025-03-01", None), ("2025-03-01", "2025-03-01")),
        ((None, None, "2025-03-15"), ("2025-03-15", "2025-03-15")),
    ],
)
def test_period_is_what_was_asked_for(asked: tuple[str | None, ...], period: tuple[str, str]) -> None:
    assert Period.of(*asked) == Period(*map(date.fromisoformat, period))


def test_without_a_day_it_is_today() -> None:
    assert Period.of(None) == Period(days.today(), days.today())


def test_days_in_the_wrong_order_and_a_day_beside_days_are_refused() -> None:
    with pytest.raises(Refused, match="earlier day first"):
        Period.of(None, "2025-03-15", "2025-03-01")
    with pytest.raises(Refused, match="either one day"):
        Period.of("2025-03-02", "2025-03-01")


def test_day_begins_and_ends_at_midnight_of_the_office() -> None:
    day = Period.of("2025-03-02")
    assert day.start == datetime(2025, 3, 1, 17, tzinfo=UTC)
    assert day.end == datetime(2025, 3, 2, 17, tzinfo=UTC)


def test_period_is_told_for_people_and_for_names() -> None:
    one, several = Period.of("2025-03-02"), Period.of(None, "2025-03-01", "2025-03-15")
    assert (one.words(), str(one)) == ("02/03/2025", "2025-03-02")
    assert (several.words(), str(several)) == ("01/03/2025 – 15/03/2025", "2025-03-01_2025-03-15")
