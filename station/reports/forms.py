"""The forms of a day's report: workbook, CSV, JSON for other programs, and the page for signature.

Workbooks and papers are made by libraries that who wants a table or JSON need not wait for.
"""

from __future__ import annotations

import io
import json
from enum import StrEnum

from station.reports import table
from station.reports.day_report import DayReport
from station.reports.json_report import facts
from station.spreadsheets import csv_files


class Form(StrEnum):
    """The forms, by the ending of the file."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """As browsers want to know it."""
        match self:
            case Form.XLSX:
                from station.packaging import workbook

                return workbook.MEDIA_TYPE
            case Form.CSV:
                return csv_files.MEDIA_TYPE
            case Form.JSON:
                return "application/json"
            case Form.HTML:
                return "text/html; charset=utf-8"


def file_name(report: DayReport, form: Form) -> str:
    """``bao-cao_qt-huonghoa-01_2025-03-02.xlsx``; of several days, the first and the last."""
    return f"bao-cao_{report.settings.station.id}_{report.period}.{form}"


def content(report: DayReport, form: Form, language: str) -> bytes:
    """The report in that form, for people in that language."""
    match form:
        case Form.XLSX:
            return _workbook(report, language)
        case Form.CSV:
            return _csv(report, language)
        case Form.JSON:
            return json.dumps(facts(report), ensure_ascii=False, indent=1).encode()
        case Form.HTML:
            from station.reports import day_paper

            return day_paper.page(report, language).encode()


def _workbook(report: DayReport, language: str) -> bytes:
    from station.packaging import workbook
    from station.packaging.workbook import WorkbookSheet

    work, communes = table.of_work(report, language), table.of_communes(report, language)
    target = io.BytesIO()
    sheets = [
        WorkbookSheet(str(report.period), work.header, work.rows),
        WorkbookSheet(communes.title, communes.header, communes.rows),
    ]
    workbook.write_sheets(target, sheets)
    return target.getvalue()


def _csv(report: DayReport, language: str) -> bytes:
    work = table.of_work(report, language)
    return csv_files.content([work.header, *work.rows])
