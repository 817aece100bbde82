"""The report in each form: the same figures, the settings' columns and names, and no text that breaks a form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from station.domain.report_columns import USUAL_COLUMNS, ReportColumn
from station.messages import LANGUAGES
from station.reports import day_paper, day_report, forms
from station.reports.day_report import DayReport
from station.reports.days import Period
from station.reports.forms import Form
from tests.station.opened_station import STICK, OpenedStation, opened_station
from tests.station.reports.acting import done_at, here

HOSTILE = (
    "=1+1",
    "+84 912",
    "-2",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    'a,b;"c"\'d',
    "Nguyễn & Cộng <sự>",
    "{{ 7 * 7 }}",
    "\u202eđảo ngược",
)


def made(desk: OpenedStation, day: str = "2026-03-02", last: str | None = None) -> DayReport:
    return day_report.make(desk.station, Period.of(None, day, last))


def as_csv(report: DayReport, language: str = "vi") -> list[list[str]]:
    return list(csv.reader(io.StringIO(forms.content(report, Form.CSV, language).decode("utf-8-sig"), newline="")))


def as_workbook(report: DayReport, language: str = "vi") -> list[list[list[Any]]]:
    book = load_workbook(io.BytesIO(forms.content(report, Form.XLSX, language)))
    return [[[cell.value for cell in row] for row in sheet] for sheet in book]


@pytest.fixture
def worked(desk: OpenedStation) -> OpenedStation:
    """Two people worked in two ledgers, on two days."""
    with done_at(desk, here("2026-03-02T08:00"), "Nguyễn Thị Hoa"):
        desk.whole(closing_pages=3, closing_entries=3)
    with done_at(desk, here("2026-03-03T08:00"), "Trần Văn Minh"):
        desk.lay(desk.ledger("KS.2001.01", paper="A5", closing_pages=3, closing_entries=3))
    return desk


def test_every_form_tells_the_same_figures(worked: OpenedStation) -> None:
    report = made(worked, "2026-03-02", "2026-03-03")
    rows = as_csv(report)
    sheet, communes = as_workbook(report)
    assert [[str("" if cell is None else cell) for cell in row] for row in sheet] == rows
    head = {"day": "Ngày", "person": "Người thực hiện", "pages": "Trang đã quét", "weight": "Quy đổi A4"}
    column = {key: rows[0].index(name) for key, name in head.items()}
    assert [[row[column[key]] for key in column] for row in rows[1:]] == [
        ["02/03/2026", "Nguyễn Thị Hoa", "3", "3"],
        ["03/03/2026", "Trần Văn Minh", "1", "0.5"],
        ["Tổng cộng", "", "4", "3.5"],
    ]
    assert communes[1] == ["19429", "Xã Thử Nghiệm", 6, 3, 0, 0, "50 %", "từ 50 %"]
    objects = json.loads(forms.content(report, Form.JSON, "vi"))
    assert [(one["day"], one["place"], one["pages"]["scanned"]) for one in objects] == [
        ("2026-03-02", "19429", 3),
        ("2026-03-03", "19429", 1),
    ]
    shown = day_paper.body(report, "vi")
    assert ">3.5<" in shown
    assert "Trần Văn Minh" in shown


def test_json_has_the_keys_that_other_programs_know(worked: OpenedStation) -> None:
    (one,) = json.loads(forms.content(made(worked), Form.JSON, "en"))
    assert list(one) == ["day", "station", "place", "ledgers", "pages", "entries", "persons", "plan"]
    assert one["station"] == "qt-thu-01"
    assert one["ledgers"] == {
        "opened": 1,
        "closed": 1,
        "packaged": 0,
        "delivered": 0,
        "states": {"indexed": 1, "scanning": 1},
    }
    assert one["pages"] == {
        "scanned": 3,
        "retaken": 0,
        "checked": 0,
        "checked_twice": 0,
        "a4_equivalents": 3,
        "findings_open": 0,
        "states": {"entry": 3},
    }
    assert one["entries"]["named"] == 3
    assert one["entries"]["now"]["class"] == "from-50"
    assert [(person["person"], person["type"], person["pages_scanned"]) for person in one["persons"]] == [
        ("Nguyễn Thị Hoa", "KH", 3)
    ]


def test_json_of_one_day_has_every_commune_and_of_several_those_that_worked(worked: OpenedStation) -> None:
    worked.ledger("KS.2001.01", place="19430")
    one_day = json.loads(forms.content(made(worked), Form.JSON, "en"))
    assert [(one["place"], one["pages"]["scanned"]) for one in one_day] == [("19429", 3), ("19430", 0)]
    several = json.loads(forms.content(made(worked, "2026-03-01", "2026-03-20"), Form.JSON, "en"))
    assert [(one["day"], one["place"]) for one in several] == [("2026-03-02", "19429"), ("2026-03-03", "19429")]


def test_columns_names_and_signatures_are_the_settings(tmp_path: Path) -> None:
    more = """
[report]
title = "Báo cáo số 5 <b>"
columns = ["entries_named", "pages_scanned"]
signatures = ["Người lập", "Công chức tư pháp", "Chủ tịch"]

[report.names]
entries_named = "=Số trường hợp"
"""
    with opened_station(tmp_path, STICK + more) as desk:
        with done_at(desk, here("2026-03-02T08:00"), "Hoa"):
            desk.whole()
        report = made(desk)
        assert as_csv(report)[0][5:] == ["'=Số trường hợp", "Trang đã quét"]
        assert as_workbook(report)[0][0][5:] == ["=Số trường hợp", "Trang đã quét"]
        page = day_paper.page(report, "vi")
        assert "Báo cáo số 5 &lt;b&gt;" in page
        assert "Công chức tư pháp" in page
        assert "Trang đã quét" in page
        assert "Lượt quét lại" not in page
        (one,) = json.loads(forms.content(report, Form.JSON, "vi"))
        assert one["ledgers"]["closed"] == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_form(desk: OpenedStation, name: str) -> None:
    with done_at(desk, here("2026-03-02T08:00"), name):
        desk.lay(desk.ledger())
    report = made(desk)
    person = as_csv(report)[0].index("Người thực hiện")
    rows = as_csv(report)
    assert [len(row) for row in rows] == [len(rows[0])] * 3
    assert rows[1][person].removeprefix("'") == name
    assert rows[1][person][0] not in "=+-@"
    book = load_workbook(io.BytesIO(forms.content(report, Form.XLSX, "vi")))
    cell = book.worksheets[0].cell(2, person + 1)
    assert (cell.value, cell.data_type) == (name, "s")
    page = day_paper.page(report, "vi")
    assert "<script" not in page
    assert name in page.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&#39;", "'").replace(
        "&amp;", "&"
    )
    assert json.loads(forms.content(report, Form.JSON, "vi"))[0]["persons"][0]["person"] == name


def test_name_of_the_file_says_station_and_days(worked: OpenedStation) -> None:
    assert forms.file_name(made(worked), Form.XLSX) == "bao-cao_qt-thu-01_2026-03-02.xlsx"
    several = made(worked, "2026-03-01", "2026-03-15")
    assert forms.file_name(several, Form.CSV) == "bao-cao_qt-thu-01_2026-03-01_2026-03-15.csv"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", Form)
def test_day_without_work_has_every_form(desk: OpenedStation, form: Form, language: str) -> None:
    assert forms.content(made(desk), form, language)
    assert form.media_type


def test_every_figure_has_its_column_name_in_both_languages(tmp_path: Path) -> None:
    every = ", ".join(f'"{column}"' for column in ReportColumn)
    with opened_station(tmp_path, f"[report]\ncolumns = [{every}]\n") as desk:
        report = made(desk)
        for language in LANGUAGES:
            assert len(set(as_csv(report, language)[0])) == 5 + len(ReportColumn)
    with opened_station(tmp_path) as desk:
        assert len(as_csv(made(desk), "vi")[0]) == 5 + len(USUAL_COLUMNS)
