"""A list of entries on the page: its columns are looked at first, then it is compared with the station's, or kept."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.station.opened_station import BESIDE, OpenedStation
from tests.waiting import eventually
from tests.web.browsing import Browser
from tests.web.test_inventory import fields

HERE = "/reconciliation"
LIST = "Loại;Năm;Quyển;Số;Ngày đăng ký;Họ tên\nKH;2007;1;1;15/1/2007;Trần Văn Mẫu\nKH;2007;1;9;9/1/2007;Lê Thị Thử\n"
ODD = "Loại;Mở;Tập;Thứ;Ghi ngày\nKH;2007;1;1;16/1/2007\nKH;2007;1;1;15/1/2007\n"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Two entries."""
    name = desk.whole("KH.2007.01", count=2)
    desk.by_hand("UPDATE entry SET date = '2007-01-15' WHERE number = '001'")
    return name


def send(page: Browser, content: str, name: str = "bộ.csv") -> str:
    """Send a list as a browser does; gives the HTML that it leads to."""
    page.open(HERE)
    return page.send_file(HERE, "list", content.encode(), name)


def press(page: Browser, act: str, **changed: str) -> None:
    """Press a button of the preview, after choosing other columns."""
    page.send(page.address.partition("?")[0], 200, **{**fields(page), **changed, "act": act})


def read(app: Flask, page: Browser) -> None:
    """Wait until the list was read, and look at what came of it."""
    eventually(lambda: not app.extensions["tramquet"].daemon.reconciliation_service.status.running)
    page.open(HERE)


def differences(page: Browser) -> list[list[str]]:
    """The rows of the work list, cell by cell."""
    table = page.html.partition('id="differences"')[2].partition("</table>")[0]
    cells = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in table.split("<tr>")]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells if row]


def test_list_is_looked_at_before_it_is_compared_and_the_work_list_leads_to_the_entries(
    app: Flask, page: Browser, ledger: str
) -> None:
    send(page, LIST)
    assert "Các cột đã đọc đúng chưa?" in page.words
    assert "Lê Thị Thử" in page.words
    press(page, "compare")
    read(app, page)
    assert "Đã đối chiếu 2 dòng: 1 dòng có tại trạm" in page.words
    assert [(row[1], row[2], row[3]) for row in differences(page)] == [
        ("009", "3", "Có trong danh sách, không có tại trạm"),
        ("002", "", "Có tại trạm, không có trong danh sách"),
    ]
    assert "/ledger/19429/KH.2007.01/entries?missing=9" in page.html
    assert "/ledger/19429/KH.2007.01/entries?find=002" in page.html
    page.open(f"{HERE}?kind=not-here")
    assert [row[1] for row in differences(page)] == ["009"]
    answer = page.client.get(f"{HERE}/file.xlsx")
    assert load_workbook(io.BytesIO(answer.data)).active.max_row == 3
    assert "doi-chieu_" in answer.headers["Content-Disposition"]


def test_columns_are_chosen_where_headings_tell_nothing_and_remembered(app: Flask, page: Browser, ledger: str) -> None:
    send(page, ODD)
    assert "Chưa biết cột nào ghi quyển và số đăng ký" in page.words
    assert 'id="compare"' not in page.html
    chosen = {"c1": "year", "c2": "book", "c3": "number", "c4": "date"}
    press(page, "", **chosen)
    assert 'id="compare"' in page.html
    press(page, "compare")
    read(app, page)
    assert [(row[1], row[3]) for row in differences(page)] == [
        ("001", "Khác ngày: tại trạm 15/01/2007, trong danh sách 16/01/2007"),
        ("001", "Lặp trong danh sách (trùng dòng 2)"),
        ("002", "Có tại trạm, không có trong danh sách"),
    ]
    send(page, ODD)
    assert 'id="compare"' in page.html


def test_column_that_was_recognised_wrongly_is_taken_out_of_the_comparison(
    app: Flask, page: Browser, ledger: str
) -> None:
    send(page, LIST.replace("15/1/2007", "20/1/2007"))
    press(page, "", c4="")
    assert fields(page)["c4"] == ""
    press(page, "compare")
    read(app, page)
    assert "Khác ngày" not in page.words


def test_two_columns_for_one_thing_are_refused(page: Browser, ledger: str) -> None:
    send(page, ODD)
    page.send(page.address.partition("?")[0], 200, **{**fields(page), "c1": "number", "c2": "number"})
    assert "Có hai cột được chọn" in page.words


def test_what_was_not_shown_is_not_compared(app: Flask, page: Browser, ledger: str) -> None:
    send(page, LIST)
    press(page, "compare", c4="born")
    assert app.extensions["tramquet"].daemon.reconciliation_service.status.file is None
    assert fields(page)["c4"] == "born"


@pytest.mark.parametrize("odd", [{"type": "XX"}, {"place": "00000"}])
def test_type_and_place_that_the_form_does_not_offer_are_refused(
    app: Flask, page: Browser, ledger: str, odd: dict[str, str]
) -> None:
    send(page, LIST)
    press(page, "compare", **odd)
    assert app.extensions["tramquet"].daemon.reconciliation_service.status.file is None


def test_list_is_kept_told_and_forgotten(app: Flask, page: Browser, ledger: str) -> None:
    send(page, LIST)
    press(page, "keep")
    read(app, page)
    assert "Đã giữ danh sách bộ.csv, gồm 2 trường hợp." in page.words
    assert 'id="kept"' in page.html
    page.send(f"{HERE}/kept", name="bộ.csv")
    assert "Không giữ danh sách bộ.csv nữa." in page.words
    assert 'id="kept"' not in page.html
    page.send(f"{HERE}/kept", name="bộ.csv")
    assert "Không giữ danh sách nào tên bộ.csv" in page.words


def test_list_that_cannot_be_read_to_its_end_is_told_and_nothing_is_left(
    app: Flask, page: Browser, ledger: str
) -> None:
    page.desk.ledger("KH.2007.01", place=BESIDE)
    send(page, LIST)
    press(page, "compare")
    read(app, page)
    assert "có ở nhiều nơi" in page.words
    assert "--place" not in page.words
    lists = page.desk.station.folders.uploaded_lists
    assert [len(list(folder.iterdir())) for folder in lists.iterdir()] == [1], "the list of this login waits, no other"
    press_again = send(page, LIST)
    assert press_again
    press(page, "compare", place="19429")
    read(app, page)
    assert "1 dòng có tại trạm" in page.words


def test_without_a_list_there_is_no_work_list(page: Browser) -> None:
    page.open(HERE)
    page.open(f"{HERE}/file.xlsx", 409)
    page.open(HERE)
    page.send(f"{HERE}/attached")
    assert "chưa đối chiếu danh sách nào" in page.words
