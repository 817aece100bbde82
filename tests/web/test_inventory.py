"""A list of ledgers on the page: looked at first, registered by a second press, whole or not at all."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from station.ledger import ledgers
from station.views import listings
from tests.station.hidden_sheets import hide
from tests.station.opened_station import HERE, OpenedStation
from tests.web.browsing import Browser
from web import uploaded_lists

LIST = "Mã xã;Loại;Năm;Quyển;Số trang\n19429;Khai sinh;2007;1;300\n19430;KH;2008;02A;\n"
ODD = "Đơn vị;Tên;Mở;Tập\n19429;Khai sinh;2007;1\n19429;Kết hôn;2008;2\n"


def send(page: Browser, content: str | bytes, name: str = "kê.csv", **form: str) -> str:
    """Send a list as a browser does; gives the HTML that it leads to."""
    page.open("/inventory")
    sent = content if isinstance(content, bytes) else content.encode()
    return page.send_file("/inventory", "list", sent, name, **form)


def fields(page: Browser) -> dict[str, str]:
    """What the form of the preview would send as it stands."""
    form = page.html.partition('class="inventory-take"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    chosen = {}
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        selected = re.search(r"<option(?: value=\"([^\"]*)\")? selected>([^<]*)", options)
        chosen[name] = (selected[1] if selected[1] is not None else selected[2]) if selected else ""
    return {key: value.replace("&amp;", "&") for key, value in {**hidden, **chosen}.items() if key != "csrf_token"}


def press(page: Browser, button: str = "register", **changed: str) -> str:
    """Press a button of the preview, after choosing other columns."""
    address = page.address.partition("?")[0]
    return page.send(address, 200, **{**fields(page), **changed, button: "1"})


def names(desk: OpenedStation) -> list[str]:
    return [f"{row.place}:{row.ledger}" for row in listings.ledger_rows(desk.station)]


def workbook(*rows: Sequence[object], other: bool = True) -> bytes:
    book, packed = Workbook(), io.BytesIO()
    book.worksheets[0].title = "Danh sách"
    for row in rows:
        book.worksheets[0].append(row)
    if other:
        sheet = book.create_sheet("Năm 2010")
        sheet.append(["Loại", "Năm", "Quyển"])
        sheet.append(["KT", 2010, 1])
    book.save(packed)
    return packed.getvalue()


def test_list_is_shown_before_anything_is_registered(page: Browser) -> None:
    send(page, LIST)
    assert "Có 2 sổ mới, mọi dòng đều đọc được." in page.words
    assert "Khai sinh 2007, quyển 01 KS.2007.01" in page.words
    assert names(page.desk) == []
    press(page)
    assert "Đã đăng ký 2 sổ." in page.words
    assert names(page.desk) == ["19429:KS.2007.01", "19430:KH.2008.02A"]
    assert listings.ledger_row(page.desk.station, "KS.2007.01").pages_expected == 300
    assert not list(page.desk.station.folders.uploaded_lists.iterdir()), "the list is not kept"


def test_ledgers_that_are_there_stay_as_they_are(page: Browser) -> None:
    page.desk.ledger("KS.2007.01", closing_pages=12)
    send(page, LIST)
    assert "Có 1 sổ mới, mọi dòng đều đọc được. 1 sổ đã có, giữ nguyên." in page.words
    press(page)
    assert names(page.desk) == ["19429:KS.2007.01", "19430:KH.2008.02A"]
    assert listings.ledger_row(page.desk.station, "KS.2007.01").pages_expected == 12
    send(page, LIST)
    assert "Mọi sổ trong danh sách đã được đăng ký" in page.words
    assert 'name="register"' not in page.html


def test_each_wrong_row_is_told_with_its_cell_and_nothing_is_registered(page: Browser) -> None:
    send(page, LIST + "19429;XX;2007;1;\n19429;KH;207;1;x\n")
    assert "Có 3 chỗ sai; chưa đăng ký sổ nào." in page.words
    assert re.search(r"4 [^0-9]*XX", page.words)
    assert "5 C5 207" in page.words
    assert "5 E5 x" in page.words
    assert 'name="register"' not in page.html
    press(page)  # as somebody might who keeps an old page open
    assert names(page.desk) == []


def test_columns_with_odd_headings_are_chosen_once_and_remembered(page: Browser) -> None:
    send(page, ODD)
    assert "Chưa biết cột nào ghi: Loại, Năm, Quyển" in page.words
    press(page, "look", c1="type", c2="year", c3="book")
    assert "Có 2 sổ mới" in page.words
    press(page)
    assert len(names(page.desk)) == 2
    send(page, ODD.replace("2007", "2017").replace("2008", "2018"))
    assert "Có 2 sổ mới" in page.words
    send(page, ODD.replace("Tập", "Tập số"))
    assert "Chưa biết cột nào ghi" in page.words


def test_columns_chosen_in_a_workbook_are_remembered_for_a_text_file_and_back(page: Browser) -> None:
    odd = [line.split(";") for line in ODD.splitlines()]
    send(page, workbook(["SỔ HỘ TỊCH", "", "", "", "", "của xã"], *odd, other=False), "kê.xlsx")
    press(page, "look", c1="type", c2="year", c3="book")
    press(page)
    assert len(names(page.desk)) == 2
    for later, name in (
        (ODD, "kê.csv"),
        (ODD.replace("\n", ";;\n"), "kê.csv"),
        (workbook(*odd, other=False), "kê.xlsx"),
    ):
        send(page, later, name)
        assert "Chưa biết cột nào ghi" not in page.words


def test_what_was_chosen_and_not_shown_yet_is_not_registered(page: Browser) -> None:
    send(page, "Loại;Năm;Quyển;Mở\nKH;2007;1;2008\n")
    press(page, c1="", c3="year")
    assert names(page.desk) == []
    assert "Kết hôn 2008, quyển 01" in page.words
    press(page)
    assert names(page.desk) == [f"{HERE}:KH.2008.01"]


def test_two_columns_for_one_thing_are_refused(page: Browser) -> None:
    send(page, LIST)
    press(page, "look", c4="year")
    assert 'Có hai cột được chọn là "Năm mở sổ"' in page.words


def test_another_sheet_and_another_row_of_headings_are_chosen(page: Browser) -> None:
    send(page, workbook(["SỔ HỘ TỊCH", "Quyển"], ["Loại", "Năm", "Quyển"], ["KH", 2007, 1]), "kê.xlsx")
    assert "KH.2007.01" in page.words
    assert len(re.findall(r" name=\"c\d+\"", page.html)) == 3
    press(page, "look", sheet="Năm 2010")
    assert "KT.2010.01" in page.words
    press(page, "look", sheet="Danh sách")
    press(page, "look", row="1")
    assert "Chưa biết cột nào ghi: Loại, Năm" in page.words


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "đang đặt mật khẩu"),
        (b"PK\x03\x04 no archive", "Không đọc được danh sách"),
        (b"", "không có sổ nào"),
    ],
)
def test_file_of_no_use_says_what_it_is_and_is_not_kept(page: Browser, content: bytes, said: str) -> None:
    send(page, content, "danh-sách.xlsx")
    assert said in page.words
    assert page.address == "/inventory"
    assert not list(page.desk.station.folders.uploaded_lists.iterdir())


def test_list_in_a_hidden_sheet_alone_is_told(page: Browser, tmp_path: Path) -> None:
    file = tmp_path / "kê.xlsx"
    book = Workbook()
    book.worksheets[0].title = "Ẩn"
    for row in (["Loại", "Năm", "Quyển"], ["KH", 2007, 1]):
        book.worksheets[0].append(row)
    book.save(file)
    hide(file)
    send(page, file.read_bytes(), "kê.xlsx")
    assert "đang bị ẩn" in page.words


def test_form_without_a_file_is_told(page: Browser) -> None:
    page.open("/inventory")
    page.send("/inventory")
    assert "Chưa chọn tệp" in page.words


def test_list_of_another_login_or_one_that_was_taken_is_not_shown(page: Browser, stranger: Browser) -> None:
    send(page, LIST)
    address, sent = page.address, fields(page)
    press(page)
    page.open(address, 409)
    page.open("/inventory")
    page.send(address, 200, **sent, register="1")
    assert "không còn ở đây" in page.words
    assert len(names(page.desk)) == 2


def test_name_of_a_file_leads_nowhere_else(page: Browser) -> None:
    send(page, LIST, "..\\..\\../etc/kê\u202e.csv")
    (kept,) = page.desk.station.folders.uploaded_lists.rglob("*.csv")
    assert kept.name == "kê.csv"
    assert kept.parent.parent == page.desk.station.folders.uploaded_lists


def test_list_that_nobody_came_back_to_is_gone_after_a_day(page: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    send(page, LIST)
    with page.client.session_transaction() as session:
        session.pop("uploaded_list")
    monkeypatch.setattr(uploaded_lists, "_LASTS", -1)
    send(page, LIST)
    assert len(list(page.desk.station.folders.uploaded_lists.iterdir())) == 1


def test_ledgers_of_phase_1_are_marked_and_stand_apart(page: Browser) -> None:
    page.desk.ledger("KS.2007.01", closing_pages=12)
    send(page, LIST, before="1")
    assert "2 sổ sẽ được ghi là đã số hóa ở giai đoạn 1" in page.words
    press(page)
    assert "Đã ghi 2 sổ là đã số hóa ở giai đoạn 1." in page.words
    assert "KS.2007.01" in page.words
    page.open("/")
    assert "KS.2007.01" not in page.words
    assert "Đã số hóa ở giai đoạn 1: 2 sổ" in page.words
    page.open("/?find=KS")
    assert "KS.2007.01" in page.words
    page.open("/plan")
    assert "KS.2007.01" not in page.words


def test_scanning_into_a_ledger_of_phase_1_is_asked_about_first(page: Browser) -> None:
    send(page, LIST, before="1")
    press(page)
    here = f"/ledger/{HERE}/KS.2007.01"
    page.open(f"{here}/scan")
    assert "Vẫn quét sổ này?" in page.words
    page.send(f"{here}/data/scan-after-all")
    assert "Vẫn quét sổ này?" not in page.words
    with page.desk.station.catalogue.reading() as session:
        assert ledgers.takes_pages(ledgers.find(session, "KS.2007.01"))


def test_ledger_with_images_is_none_of_phase_1(page: Browser) -> None:
    page.desk.lay(page.desk.ledger("KS.2007.01"))
    send(page, LIST, before="1")
    assert "đã có ảnh ở trạm này" in page.words
    press(page)
    assert names(page.desk) == ["19429:KS.2007.01"]
