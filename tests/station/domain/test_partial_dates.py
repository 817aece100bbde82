from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused

days = st.dates(date(1850, 1, 1), date(2100, 12, 31))


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    day = draw(days)
    known = draw(st.integers(0, 3))
    return PartialDate(*(day.year, day.month, day.day)[:known])


@pytest.mark.parametrize(
    ("text", "placeholder", "ministry"),
    [
        ("2007-01-15", "2007-01-15", "15.01.2007"),
        ("2007-01", "2007-01-00", "01.2007"),
        ("2007", "2007-00-00", "2007"),
        ("unknown", "0000-00-00", ""),
    ],
)
def test_each_degree_of_knowledge_has_its_forms(text: str, placeholder: str, ministry: str) -> None:
    partial = PartialDate.parse(text)
    assert str(partial) == text
    assert partial.placeholder() == placeholder
    assert partial.ministry() == ministry


@given(partial_dates())
def test_both_forms_read_back(partial: PartialDate) -> None:
    assert PartialDate.parse(str(partial)) == partial
    assert PartialDate.from_placeholder(partial.placeholder()) == partial


def test_the_less_exact_date_sorts_first() -> None:
    texts = ["2007-01-15", "2008", "unknown", "2007-01", "2007-02", "2007"]
    ordered = sorted(map(PartialDate.parse, texts))
    assert [str(partial) for partial in ordered] == ["unknown", "2007", "2007-01", "2007-01-15", "2007-02", "2008"]


@pytest.mark.parametrize("text", ["", "15.01.2007", "2007-1-5", "07", "2007-01-15 ", "2007-01-", "٢٠٠٧", "2007\n"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        PartialDate.parse(text)
    assert refused.value.code == "date-malformed"


@pytest.mark.parametrize("text", ["2007-02-29", "2007-13", "2007-00-15", "2007-01-00", "2007-04-31"])
def test_a_day_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        PartialDate.parse(text)
    assert refused.value.code == "date-not-in-calendar"
    assert text in refused.value.sentence("vi")


def test_a_leap_day_is_a_day() -> None:
    assert PartialDate.parse("2008-02-29").ministry() == "29.02.2008"


@pytest.mark.parametrize("text", ["5005-01-01", "1849", "2101-01", "0000"])
def test_a_year_no_register_is_of_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        PartialDate.parse(text)
    assert refused.value.code == "year-outside"


@pytest.mark.parametrize("text", ["2007-00-15", "0000-01-15", "0000-01-00"])
def test_a_placeholder_with_a_hole_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        PartialDate.from_placeholder(text)
    assert refused.value.code == "date-malformed"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("15/1/2007", "2007-01-15"),
        ("15/01/2007", "2007-01-15"),
        (" 15 / 1 / 2007 ", "2007-01-15"),
        ("15.1.2007", "2007-01-15"),
        ("15-1-2007", "2007-01-15"),
        ("2007-01-15", "2007-01-15"),
        ("2007-1-5", "2007-01-05"),
        ("1/2007", "2007-01"),
        ("01.2007", "2007-01"),
        ("2007-01", "2007-01"),
        ("?/1/2007", "2007-01"),
        ("?/?/2007", "2007"),
        ("?/2007", "2007"),
        ("2007", "2007"),
        ("?", "unknown"),
        ("", "unknown"),
        ("  ", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_dates_are_read_as_people_type_them(typed: str, meant: str) -> None:
    assert str(PartialDate.from_person(typed)) == meant


@pytest.mark.parametrize(
    "typed", ["15/1/07", "/1/2007", "//2007", "15/?/2007", "15 1 2007", "2007/1/15", "15/1/2007x", "1/15/1/2007", "x"]
)
def test_what_could_mean_two_dates_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        PartialDate.from_person(typed)
    assert refused.value.code == "date-unreadable"
    assert typed in refused.value.sentence("vi")


@pytest.mark.parametrize("typed", ["30/2/2007", "1/13/2007", "0/1/2007", "29/2/2007", "2007-13-01"])
def test_typed_days_that_no_calendar_has_are_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        PartialDate.from_person(typed)
    assert refused.value.code == "date-not-in-calendar"


@given(partial_dates())
def test_form_for_people_reads_back(partial: PartialDate) -> None:
    assert PartialDate.from_person(partial.for_people()) == partial
