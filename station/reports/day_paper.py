"""A report as one A4 page for signature: HTML that needs nothing beside it.

More rows than the page holds are put together, by days first, then by types, then by persons; the workbook has each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from station.messages import Message, sentence
from station.reports import days, paper_form, table
from station.reports.day_report import DayReport
from station.reports.work import Doer, Work, grouped, total
from station.spreadsheets.csv_files import Cell

#: Rows that one A4 page holds beside all else on it: each person's work, and each commune's progress.
MOST_ROWS = 28

#: From the finest to the coarsest: what is told apart, and what is said of all that is put together.
_DETAIL: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"day", "person", "type"}), ""),
    (frozenset({"person", "type"}), "report-together-days"),
    (frozenset({"person"}), "report-together-types"),
    (frozenset(), "report-together-persons"),
)


@dataclass(frozen=True)
class FigureRow:
    """A row of the page: what it is of, and its figures."""

    head: list[str]
    figures: list[Cell]


@dataclass(frozen=True)
class CommuneRows:
    """A commune's rows, and all of them together where there are several communes."""

    commune: str
    rows: list[FigureRow]
    total: list[Cell]


def page(report: DayReport, language: str) -> str:
    """The whole document."""
    return paper_form.document(_title(report, language), body(report, language), language)


def body(report: DayReport, language: str) -> str:
    """What stands on the page, as HTML to be set into another one."""
    heads, groups, together = _rows(report, language)
    return paper_form.body(
        "report.html",
        language,
        title=_title(report, language),
        office=table.commune(report, report.settings.places[0].code),
        days=report.period.words(),
        station=report.settings.station.id,
        heads=heads,
        figure_names=table.figure_names(report, language),
        groups=groups,
        total=table.figures(report, report.total),
        together=together,
        at=days.moment_in_words(report.made_at),
        communes=table.of_communes(report, language),
        notices=[notice.sentence(language) for notice in report.notices],
        signatures=paper_form.signatures(report.settings, language, ("paper-made-by", "paper-signed-by")),
    )


def _title(report: DayReport, language: str) -> str:
    return report.settings.report.title or Message("report-title").sentence(language)


def _rows(report: DayReport, language: str) -> tuple[dict[str, str], list[CommuneRows], str]:
    """What tells rows apart under which headings, the communes with their rows, and what was put together, if any."""
    several_days = report.period.first != report.period.last
    for apart, note in _DETAIL if several_days else ((_DETAIL[1][0], ""), *_DETAIL[2:]):  # noqa: B007
        work = grouped(report.book, partial(_blurred, apart=apart))
        if len(work) + len(report.places) <= MOST_ROWS:
            break
    heads: dict[str, str] = {
        what: sentence(f"report-{what}", language) for what in ("day", "person", "type") if what in apart
    }
    places: dict[str, list[tuple[Doer, Work]]] = {}
    for doer, one in work.items():
        places.setdefault(doer.place, []).append((doer, one))
    groups = [
        CommuneRows(
            table.commune(report, code),
            [FigureRow(_head(report, doer, apart, language), table.figures(report, one)) for doer, one in rows],
            table.figures(report, total(one for _, one in rows)),
        )
        for code, rows in places.items()
    ]
    return heads, groups, sentence(note, language) if note else ""


def _blurred(doer: Doer, apart: frozenset[str]) -> Doer:
    """The same without what is not told apart."""
    return Doer(
        doer.day if "day" in apart else date.min,
        doer.place,
        doer.type if "type" in apart else "",
        doer.person if "person" in apart else "",
    )


def _head(report: DayReport, doer: Doer, apart: frozenset[str], language: str) -> list[str]:
    words = {
        "day": days.in_words(doer.day),
        "person": doer.person,
        "type": report.settings.type_name(doer.type, language),
    }
    return [words[what] for what in words if what in apart]
