"""A report for other programs: one object for each day and place, with every figure, whatever the settings show."""

from __future__ import annotations

from datetime import date
from typing import Any

from station.domain.report_columns import ReportColumn
from station.reports import plan
from station.reports.day_report import DayReport
from station.reports.progress import PlaceProgress
from station.reports.work import Work, grouped


def facts(report: DayReport) -> list[dict[str, Any]]:
    """Of one day, every place that has ledgers; of several, the days on which something was done there.

    ``states`` of ledgers and ``now`` of entries tell how the place stands at the moment; those of pages are the states
    of the pages that were scanned that day.
    """
    of_day = grouped(report.book, lambda doer: (doer.day, doer.place))
    places = {place.place: place for place in report.places}
    period = report.period
    shown = dict.fromkeys([(period.first, code) for code in places] if period.first == period.last else [])
    return [_object(report, day, code, places.get(code), of_day) for day, code in {**shown, **dict.fromkeys(of_day)}]


def _object(
    report: DayReport, day: date, code: str, place: PlaceProgress | None, of_day: dict[tuple[date, str], Work]
) -> dict[str, Any]:
    work = of_day.get((day, code), Work())
    weight, asking = ReportColumn.A4_EQUIVALENTS, ReportColumn.FINDINGS_OPEN
    return {
        "day": day.isoformat(),
        "station": report.settings.station.id,
        "place": code,
        "ledgers": _figures(work, "ledgers_") | {"states": place.ledgers if place else {}},
        "pages": _figures(work, "pages_")
        | {column.value: work.figure(column) for column in (weight, asking)}
        | {"states": dict(sorted(work.page_states.items()))},
        "entries": _figures(work, "entries_") | {"now": _now(report, place) if place else {}},
        "persons": [
            {"person": doer.person, "type": doer.type} | {column.value: one.figure(column) for column in ReportColumn}
            for doer, one in report.book.items()
            if (doer.day, doer.place) == (day, code)
        ],
        "plan": [plan.facts(course) for course in report.courses if course.place == code],
    }


def _figures(work: Work, subject: str) -> dict[str, int | float]:
    columns = [column for column in ReportColumn if column.value.startswith(subject)]
    return {column.value.removeprefix(subject): work.figure(column) for column in columns}


def _now(report: DayReport, place: PlaceProgress) -> dict[str, Any]:
    grade = place.grade(report.settings.report.classes)
    return {
        "total": place.total,
        "named": place.named,
        "delivered": place.delivered,
        "attached": place.attached,
        "ledgers_without_total": place.unstated,
        "percent": place.percent,
        "class": "-".join([grade.code.removeprefix("report-class-"), *map(str, grade.facts.values())])
        if grade
        else None,
    }
