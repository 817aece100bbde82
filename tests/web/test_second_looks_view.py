"""The second look on the page: blind is blind, each does only what is for them, and nothing is stored by half."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.access import users
from station.catalogue.models import SecondKeying
from station.domain.roles import Role
from station.ledger.entries import Act
from station.rows import second_keying
from station.views import row_list
from tests.station.opened_station import OpenedStation, opened_station
from tests.station.rows.keyed_births import FIRST, SECOND, another_day, birth, key_first
from tests.web.browsing import NAME, PIN, Browser

LEDGER = "KS.2007.01"
HERE = f"/ledger/19429/{LEDGER}/second"


@pytest.fixture(params=["double"])
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(tmp_path: Path, look: str) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, more=f'[rows]\nsecond_look = {{ KS = "{look}" }}\n') as ready:
        users.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        yield ready


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    return key_first(desk, desk.whole(LEDGER, 3))


def send(page: Browser, address: str, revision: Any, status: int = 200, **sent: Any) -> dict[str, Any]:
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    columns = sent.pop("columns", {})
    body = {"columns": columns, "revision": revision, **sent}
    answer = page.client.post(f"{HERE}/{address}", json=body, headers={"X-CSRFToken": token[1]})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return dict(json.loads(answer.get_data(as_text=True)))


def test_second_keying_shows_the_short_columns_and_nothing_of_the_first_values(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert 'id="nksHoTen" value=""' in page.html
    assert 'id="nksNoiSinh"' not in page.html
    assert "row-duplicates" not in page.html, "who the first one keyed is nothing to look for either"
    for text in (birth(1)["nksHoTen"], birth(1)["nguoiKy"], birth(1)["meSoGiayToTuyThan"], "Trạm y tế xã"):
        assert text not in page.html
    assert "Trường hợp số 001" in page.words


def test_group_is_stored_and_the_row_is_compared_when_it_is_keyed(page: Browser, ledger: str) -> None:
    page.open(HERE)
    said = send(page, "1", 0, columns={"nksHoTen": "Nguyễn Văn Một"})
    assert (said["revision"], said["values"]) == (1, {"nksHoTen": "Nguyễn Văn Một"})
    assert page.desk.one(select(SecondKeying.done_at)) is None
    short = {one.name for one in second_keying.short_columns(row_template())}
    send(page, "1", 1, columns={name: text for name, text in birth(1).items() if name in short}, done=True)
    row = row_list.rows(page.desk.station, ledger)[0]
    assert (row.state, row.checked_by) == ("complete", NAME)
    page.open(f"{HERE}?after=1")
    assert "Trường hợp số 002" in page.words


def row_template() -> Any:
    from station.rows import built_in

    return built_in.template("KS")


def test_refusal_names_the_field_and_stores_nothing(page: Browser, ledger: str) -> None:
    page.open(HERE)
    said = send(page, "1", 0, 409, columns={"nksHoTen": "Một", "nksGioiTinh": "7"})
    assert (said["column"], "Giới tính" in said["error"]) == ("nksGioiTinh", True)
    assert page.desk.all(select(SecondKeying.id)) == []


def test_who_keyed_all_rows_today_is_told_that_they_are_for_others(page: Browser, desk: OpenedStation) -> None:
    key_first(desk, desk.whole(LEDGER, 3), who=NAME)
    page.open(HERE)
    assert "3 dòng chờ nhập lần hai" in page.words
    another_day(desk, timedelta(days=1))
    page.open(HERE)
    assert "Trường hợp số 001" in page.words


def test_differences_are_shown_side_by_side_and_decided(page: Browser, desk: OpenedStation, ledger: str) -> None:
    short = {one.name for one in second_keying.short_columns(row_template())}
    slips = {name: text for name, text in birth(2).items() if name in short} | {"nksHoTen": "Lê Văn Hai"}
    second_keying.key(desk.station, Act(ledger, SECOND), 2, slips, done=True)
    page.open(f"{HERE}/decide")
    assert "Quyết định: số 002" in page.words
    assert re.findall(r'data-version="([^"]*)"', page.html) == ["Nguyễn Văn Hai", "Lê Văn Hai"]
    send(page, "decide/2", 1, columns={"nksHoTen": "Lê Văn Hai"})
    row = row_list.rows(desk.station, ledger)[1]
    assert (row.columns["nksHoTen"], row.state, row.checked_by) == ("Lê Văn Hai", "complete", NAME)
    page.open(f"{HERE}/decide")
    assert "2 dòng chờ nhập lần hai" in page.words


@pytest.mark.parametrize("look", ["review"], indirect=True)
def test_review_shows_all_values_and_ends_with_what_the_person_says(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert birth(1)["nksHoTen"] in page.html
    assert send(page, "1/review", 9, 409)["error"].startswith(FIRST)
    send(page, "1/review", 1)
    send(page, "2/review", 1, note="tên mẹ")
    states = [(one.state, one.checked_by) for one in row_list.rows(page.desk.station, ledger)]
    assert states == [("complete", NAME), ("keyed", None), ("keyed", None)]
    page.open(f"/ledger/19429/{LEDGER}/rows?entry=2")
    assert f"{NAME} đã xem dòng này và thấy chưa đúng: tên mẹ" in page.words
    page.send(f"/ledger/19429/{LEDGER}/rows/2/as-it-is", revision="9")
    assert "vừa được sửa" in page.words
    page.send(f"/ledger/19429/{LEDGER}/rows/2/as-it-is", revision="1")
    assert "Mọi dòng của sổ này đã đủ" in page.words
    assert "thấy chưa đúng" not in page.words
    page.open(f"{HERE}?after=1")
    assert "Trường hợp số 002" in page.words


def test_way_there_is_in_the_view_of_rows_for_types_that_have_a_second_look(
    page: Browser, desk: OpenedStation, ledger: str
) -> None:
    page.open(f"/ledger/19429/{LEDGER}/rows")
    assert "Xem lần hai" in page.words
    page.open(f"/ledger/19429/{LEDGER}/finish")
    assert "Còn 3 dòng chưa xem lần hai" in page.words
    desk.whole("KH.2007.01", 1)
    page.open("/ledger/19429/KH.2007.01/rows")
    assert "Xem lần hai" not in page.words


@pytest.mark.parametrize("sent", [{}, {"columns": []}, {"columns": {"nksHoTen": 1}, "revision": 0}])
def test_request_that_makes_no_sense_stores_nothing(page: Browser, ledger: str, sent: Any) -> None:
    page.open(HERE)
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    for address in ("1", "1/review", "decide/1"):
        answer = page.client.post(f"{HERE}/{address}", json=sent, headers={"X-CSRFToken": token[1]})
        assert answer.status_code >= 300
    assert page.desk.all(select(SecondKeying.id)) == []
