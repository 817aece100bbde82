"""The plan on the page: shown to all, set by those who may, with a table beside each drawing."""

from __future__ import annotations

import pytest
from flask import Flask

from station.access import users
from station.domain.roles import Role
from tests.station.opened_station import OpenedStation
from tests.web.browsing import NAME, Browser

LEDGER = "19429:KH.2007.01"


@pytest.fixture
def worked(desk: OpenedStation) -> OpenedStation:
    desk.lay(desk.ledger(closing_pages=10, closing_entries=9), 3)
    return desk


def test_plan_of_the_inventory_is_shown_with_drawing_table_and_what_waits(page: Browser, worked: OpenedStation) -> None:
    page.open("/plan")
    assert "Trang đã quét đang làm 3 / 10 · còn 7 · theo danh mục sổ" in page.words
    assert page.html.count('<svg class="plan-chart"') == 3
    assert page.html.count("Làm trong ngày") == 3
    assert "3 trang chờ ghi số và ngày" in page.words


def test_target_is_set_and_taken_back(page: Browser, worked: OpenedStation) -> None:
    page.open("/plan")
    page.send("/plan", place="19429", subject="pages", total="12", due="2020-01-31", per_day="")
    assert "chậm so với kế hoạch 3 / 12" in page.words
    assert "Hạn: 31/01/2020." in page.words
    page.send("/plan", place="19429", subject="pages", total="", due="", per_day="")
    assert "3 / 10 · còn 7 · theo danh mục sổ" in page.words


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"total": "x", "per_day": "3"}, "x"),
        ({"total": "5"}, "ngày phải hoàn thành"),
        ({"due": "30/2/2026"}, "không phải là ngày"),
        ({"per_day": "0"}, "không thể là chỉ tiêu"),
    ],
)
def test_what_is_no_target_is_told_and_changes_nothing(
    page: Browser, worked: OpenedStation, form: dict[str, str], said: str
) -> None:
    page.open("/plan")
    page.send("/plan", 200, place="19429", subject="pages", **form)
    assert said in page.words
    page.open("/plan")
    assert "3 / 10 · còn 7 · theo danh mục sổ" in page.words


def test_person_is_made_responsible(page: Browser, worked: OpenedStation) -> None:
    page.open("/plan")
    page.send("/plan/responsible", ledger=LEDGER, person=NAME, place="19429")
    assert f"<option selected>{NAME}</option>" in page.html


def test_operator_sees_the_plan_and_cannot_set_it(app: Flask, worked: OpenedStation) -> None:
    users.add(worked.station, "Trần Văn An", Role.OPERATOR, who=NAME, pin="246801")
    operator = Browser(app.test_client(), worked)
    operator.open("/login")
    operator.send("/login", name="Trần Văn An", pin="246801")
    operator.open("/plan")
    assert "Đặt chỉ tiêu" not in operator.words
    operator.send("/plan", 403, place="19429", subject="pages", per_day="3")
    operator.open("/plan")
    operator.send("/plan/responsible", 403, ledger=LEDGER, person=NAME)


def test_station_without_ledgers_says_what_to_do(page: Browser) -> None:
    page.open("/plan")
    assert "Chưa có sổ nào" in page.words
