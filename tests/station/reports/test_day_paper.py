"""The report as one page: more rows than it holds are put together, and that is said."""

from __future__ import annotations

import re

import pytest

from station.reports import day_paper, day_report, paper_form
from station.reports.day_report import DayReport
from station.reports.days import Period
from tests.station.opened_station import OpenedStation
from tests.station.reports.acting import done_at, here


def crowded(desk: OpenedStation, persons: int, types: tuple[str, ...], days: int) -> DayReport:
    """So many people work in a ledger of each type on each day."""
    for type_code in types:
        desk.ledger(f"{type_code}.2007.01", closing_entries=0)
    for day in range(1, days + 1):
        for person in range(persons):
            with done_at(desk, here(f"2026-03-{day:02d}T08:00"), f"Người {person:02d}"):
                for type_code in types:
                    desk.lay(f"{type_code}.2007.01")
    return day_report.make(desk.station, Period.of(None, "2026-03-01", f"2026-03-{days:02d}"))


def rows(report: DayReport) -> int:
    (table,) = re.findall('<table class="document-work">(.*?)</table>', day_paper.body(report, "vi"), re.DOTALL)
    return table.count("<tr><td>")


@pytest.mark.parametrize(
    ("persons", "types", "days", "shown", "said"),
    [
        (3, ("KH", "KS"), 1, 6, ""),
        (3, ("KH", "KS"), 3, 18, ""),
        (3, ("KH", "KS"), 5, 6, "từng ngày"),
        (10, ("KH", "KS", "KT"), 1, 10, "từng loại"),
        (29, ("KH",), 1, 0, "từng người"),
    ],
)
def test_rows_beyond_a_page_are_put_together(
    desk: OpenedStation, persons: int, types: tuple[str, ...], days: int, shown: int, said: str
) -> None:
    report = crowded(desk, persons, types, days)
    assert rows(report) == shown
    body = day_paper.body(report, "vi")
    assert ("số liệu từng" in body) == bool(said)
    assert said in body
    assert f">{persons * len(types) * days}</td>" in body


@pytest.mark.parametrize(("language", "name"), [("vi", "Kết hôn"), ("en", "Marriage")])
def test_types_are_called_as_people_call_them(desk: OpenedStation, language: str, name: str) -> None:
    body = day_paper.body(crowded(desk, 1, ("KH",), 1), language)
    assert f"<td>{name}</td>" in body
    assert "<td>KH</td>" not in body


def test_document_needs_nothing_beside_it(desk: OpenedStation) -> None:
    page = day_paper.page(day_report.make(desk.station, Period.of("2026-03-02")), "en")
    assert paper_form.style() in page
    assert re.findall(r"<script|<link|\bsrc=|\bhref=", page) == []
