"""The view of the day's report: the days one chooses, the files to take along, and names that would break a page."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest
from flask import Flask

from station.reports import paper_form, revisions, sending
from station.reports.forms import Form
from tests.station.opened_station import OpenedStation
from tests.station.reports.acting import done_at, here
from tests.web.browsing import Browser


@pytest.fixture
def worked(desk: OpenedStation) -> OpenedStation:
    """Somebody scanned a ledger on the second of March and one more page today."""
    with done_at(desk, here("2026-03-02T12:00"), "Trần Văn <b>Minh</b>"):
        desk.lay(desk.ledger(), 3)
    desk.lay("KH.2007.01")
    return desk


def test_view_shows_today_and_leads_to_the_days_around(page: Browser, worked: OpenedStation) -> None:
    page.open("/reports")
    today = date.today()
    assert f"Ngày {today:%d/%m/%Y} · trạm qt-thu-01" in page.words
    assert "Tổng cộng 0 0 0 0 1 0 0 1 0 0 0" in page.words
    for number in (-1, 1):
        day = today + timedelta(days=number)
        assert f"/reports?from={day}&amp;to={day}" in page.html


def test_chosen_day_is_shown_with_its_people_as_they_are_called(page: Browser, worked: OpenedStation) -> None:
    page.open("/reports?from=2026-03-02&to=2026-03-02")
    assert "Xã Thử Nghiệm 1 0 0 0 3 0 0 3 0 0 0 Trần Văn <b>Minh</b> Kết hôn 1 0 0 0 3 0 0 3 0 0 0" in page.words
    assert "<b>Minh" not in page.html
    assert 'value="2026-03-02"' in page.html
    page.open("/reports?day=2026-03-01")
    assert "Không có công việc nào." in page.words


@pytest.mark.parametrize("form", Form)
def test_files_are_those_of_the_chosen_days(page: Browser, worked: OpenedStation, form: Form) -> None:
    page.open("/reports?from=2026-03-01&to=2026-03-20")
    address = f"/reports/file/{form}?from=2026-03-01&amp;to=2026-03-20"
    assert f'href="{address}"' in page.html
    answer = page.client.get(address.replace("&amp;", "&"))
    assert answer.headers["Content-Type"] == form.media_type
    name = f"bao-cao_qt-thu-01_2026-03-01_2026-03-20.{form}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    if form is Form.JSON:
        assert [one["day"] for one in json.loads(answer.data)] == ["2026-03-02"]
    if form is Form.CSV:
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert [row[0] for row in rows] == ["Ngày", "02/03/2026", "Tổng cộng"]


def test_view_speaks_the_persons_language(page: Browser, worked: OpenedStation) -> None:
    page.open("/reports")
    page.send("/language/en")
    page.open("/reports?day=2026-03-02")
    assert "Pages scanned" in page.words
    assert "Daily report on the digitisation" in page.words


@pytest.mark.parametrize("query", ["day=30/2/2026", "from=2026-03-02&to=2026-03-01", "day=hôm%20qua"])
def test_days_that_are_none_are_told(page: Browser, query: str) -> None:
    page.open(f"/reports?{query}", 409)
    assert "ngày" in page.words


def test_other_forms_are_nowhere(page: Browser) -> None:
    page.open("/reports/file/pdf", 404)


def test_style_of_the_paper_is_the_same_on_the_page_and_in_the_file(page: Browser) -> None:
    answer = page.client.get("/reports/paper.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.get_data(as_text=True) == paper_form.style()


def test_nobody_sees_reports_without_a_login(app: Flask, stranger: Browser) -> None:
    for address in ("/reports", "/reports/file/json"):
        stranger.open(address)
        assert stranger.address.startswith("/login")


def test_person_sees_that_the_days_report_arrived(page: Browser, worked: OpenedStation) -> None:
    day = date(2026, 3, 2)
    revisions.make(worked.station, day, "stick")
    page.open("/reports?day=2026-03-02")
    assert "02/03/2026 r1: đang gửi tới stick" in page.words
    list(sending.send(worked.station, "stick"))
    page.open("/reports?day=2026-03-02")
    assert "02/03/2026 r1: ✓ stick đã nhận," in page.words
    page.open("/reports?day=2026-03-03")
    assert "stick đã nhận" not in page.words
