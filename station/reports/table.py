"""A report as a table: the columns that the settings chose, under the names they gave; a row for each person's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from station.messages import Message, sentence
from station.reports import days
from station.reports.day_report import DayReport
from station.reports.progress import PlaceProgress
from station.reports.work import Doer, Work
from station.spreadsheets.csv_files import Cell


@dataclass(frozen=True)
class TitledTable:
    """A title, a header and its rows; of work, the last row is the total."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def of_work(report: DayReport, language: str) -> TitledTable:
    """What was done, by day, commune, type and person."""
    codes = ("report-day", "report-place-code", "report-commune", "report-type", "report-person")
    header = [*(sentence(code, language) for code in codes), *figure_names(report, language)]
    rows = [_work_row(report, doer, work) for doer, work in report.book.items()]
    in_all: list[Cell] = [sentence("report-total", language), "", "", "", "", *figures(report, report.total)]
    return TitledTable(report.period.words(), header, [*rows, in_all])


def of_communes(report: DayReport, language: str) -> TitledTable:
    """How far each commune is."""
    codes = ("report-place-code", "report-commune", "report-all")
    measures = ("report-done-named", "report-done-delivered", "report-done-attached")
    measure = sentence(f"report-done-{report.settings.report.done.value}", language)
    ends = (Message("report-share", {"measure": measure}), Message("report-class"))
    header = [sentence(code, language) for code in (*codes, *measures)] + [end.sentence(language) for end in ends]
    rows = [_commune_row(report, place, language) for place in report.places]
    return TitledTable(sentence("report-commune", language), header, rows)


def figure_names(report: DayReport, language: str) -> list[str]:
    """What the chosen columns are called."""
    names = report.settings.report.names
    return [names.get(column) or sentence(f"report-{column.value}", language) for column in report.columns]


def figures(report: DayReport, work: Work) -> list[Cell]:
    """The chosen figures of some work."""
    return [work.figure(column) for column in report.columns]


def commune(report: DayReport, code: str) -> str:
    """A commune by its code: as the catalogue knows it, else as the settings do."""
    known = {place.place: place.commune for place in report.places}
    return known.get(code) or next((one.commune for one in report.settings.places if one.code == code), code)


def _work_row(report: DayReport, doer: Doer, work: Work) -> list[Cell]:
    whose = (days.in_words(doer.day), doer.place, commune(report, doer.place), doer.type, doer.person)
    return [*whose, *figures(report, work)]


def _commune_row(report: DayReport, place: PlaceProgress, language: str) -> list[Cell]:
    grade = place.grade(report.settings.report.classes)
    return [
        place.place,
        place.commune,
        place.total,
        place.named,
        place.delivered,
        place.attached,
        "" if place.percent is None else f"{place.percent} %",
        grade.sentence(language) if grade else "",
    ]
