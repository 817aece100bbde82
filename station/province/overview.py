"""What the province is shown: how far it is and each commune, by which day it will be done, and what is doubtful."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from station.domain import progress_classes
from station.errors import Refused
from station.messages import Message
from station.province.rollup import Row, Tables
from station.reports.forecast import Forecast, forecast

#: The forecast goes by so many whole days.
_PACE_DAYS = 7
#: So many days are drawn.
DRAWN_DAYS = 30
#: What may be doubtful, a query each, the gravest first.
DOUBTS = (
    *(
        "refused",
        "two_machines",
        "revision_twice",
        "other_name",
        "not_listed",
        "clock_off",
        "version_off",
        "day_impossible",
    ),
    *("ledger_of_two_stations", "ledger_of_two_communes", "entry_twice", "totals_differ", "delivered_differ"),
    *("archive_missing", "unread"),
)


@dataclass(frozen=True)
class SubjectProgress:
    """So much ``done`` of the total; ``daily`` of the last days, the oldest first, days without work among them."""

    done: int
    total: int
    percent: int | None
    grade: Message | None
    daily: dict[date, int]
    forecast: Forecast


@dataclass(frozen=True)
class Commune:
    """A commune's row, with its share and its class."""

    row: Row
    percent: int | None
    grade: Message | None


@dataclass(frozen=True)
class Overview:
    """The province: all of it, its communes and districts of old, how many of them in which class."""

    totals: Row
    progress: SubjectProgress
    communes: list[Commune]
    districts: list[Commune]
    classes: list[tuple[Message | None, int]]
    silent: int
    stations: int


def of_province(tables: Tables) -> Overview:
    """All that the first page tells."""
    (totals,) = tables.rows("whole")
    communes = [_graded(tables, row) for row in tables.rows("communes")]
    stations = tables.rows("stations")
    codes = Counter(_key(one.grade) for one in communes)
    grades = {_key(one.grade): one.grade for one in communes}
    return Overview(
        totals=totals,
        progress=_progress(tables, totals, tables.rows("days")),
        communes=communes,
        districts=[_graded(tables, row) for row in tables.rows("districts")],
        classes=[(grades[key], count) for key, count in sorted(codes.items())],
        silent=sum(bool(row["is_silent"]) for row in stations),
        stations=len(stations),
    )


def of_commune(tables: Tables, place: str) -> tuple[Commune, SubjectProgress]:
    """One commune. Raises ``Refused`` where there is none of that code."""
    row = next((row for row in tables.rows("communes") if row["place"] == place), None)
    if row is None:
        raise Refused("province-place", text=place)
    return _graded(tables, row), _progress(tables, row, tables.rows("commune_days", place))


def doubts(tables: Tables) -> dict[str, list[Row]]:
    """What is doubtful, by its kind; kinds of which there is none are left out."""
    found = {kind: tables.rows(f"doubt_{kind}") for kind in DOUBTS}
    return {kind: rows for kind, rows in found.items() if rows}


def _graded(tables: Tables, row: Row) -> Commune:
    percent = progress_classes.percent(int(row["done"]), int(row["total"]))
    classes = tables.settings.province.classes
    return Commune(row, percent, progress_classes.grade(percent, classes, is_stated=bool(row["is_stated"])))


def _progress(tables: Tables, row: Row, days: list[Row]) -> SubjectProgress:
    graded, done, total = _graded(tables, row), int(row["done"]), int(row["total"])
    today = tables.now.astimezone().date()
    by_day = {one["work_day"]: int(one["done"]) for one in days if one["work_day"] <= today}
    began = min(by_day, default=today)
    pace = [by_day.get(today - timedelta(days=back), 0) for back in range(min(_PACE_DAYS, (today - began).days), 0, -1)]
    drawn = {(day := today - timedelta(days=back)): by_day.get(day, 0) for back in range(DRAWN_DAYS - 1, -1, -1)}
    end = forecast(pace, max(total - done, 0), today)
    return SubjectProgress(done, total, graded.percent, graded.grade, drawn, end)


def _key(grade: Message | None) -> tuple[str, int]:
    """Sorts classes: done, from, under a half, under a tenth, and what has no total."""
    if grade is None:
        return "z", 0
    return grade.code, -int(str(grade.facts.get("percent", 0)))
