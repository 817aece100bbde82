from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from station.access import users
from station.daemon.supervisor import Daemon
from station.delivery import queue as delivery_queue
from station.domain.checks import CheckVerdict, RejectReason
from station.domain.roles import Role
from station.domain.states import PageState
from station.ledger import page_checks, pages
from station.ledger.entries import Act
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.waiting import eventually
from tests.web.browsing import NAME, PIN, Browser
from web import ledger as view
from web.app import create_app

HERE = "/ledger/19429/KH.2007.01"
EVIL = '<script>alert("1")</script>\''


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Three pages, of which the first has its entry."""
    name = desk.ledger(closing_pages=3, closing_entries=2)
    desk.lay(name, 3)
    desk.entry(name, "001", "1", "2007-01-15")
    return name


def pack(page: Browser, app: Flask, kind: str = "entries") -> None:
    """Have the package made, and wait for it as the page does."""
    page.send(f"{HERE}/package", kind=kind, unchecked="1")
    eventually(lambda: not app.extensions["tramquet"].daemon.packaging_service.status.running)
    page.open(f"{HERE}/finish/board")


def test_overview_shows_each_page_with_its_state_and_its_numbers(page: Browser, ledger: str) -> None:
    pages.change(page.desk.station, ledger, "003", who=WHO, state=PageState.BLANK)
    page.open(f"{HERE}/pages")
    assert "001 số 001 002 Chưa phân loại 003 Trang trắng" in page.words
    assert f'class="tile page-blank" href="{HERE}/scan?page=003"' in page.html


def test_long_ledger_comes_in_parts(page: Browser, ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "PART", 2)
    page.open(f"{HERE}/pages")
    assert "Phần 1 / 2" in page.words
    assert "002" in page.words
    assert "003" not in page.words
    for beyond in ("2", "99"):
        page.open(f"{HERE}/pages?part={beyond}")
        assert "Phần 2 / 2" in page.words
        assert "003" in page.words
        assert "001" not in page.words


def test_counts_are_a_part_of_their_own(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/counts")
    assert page.words == "3 trang / 3 1 trường hợp / 2 khổ ? đang quét"


def test_frame_names_the_place(page: Browser, ledger: str) -> None:
    for address in ("pages", "finish", "files", "entries", "scan"):
        page.open(f"{HERE}/{address}")
        assert "Kết hôn 2007, quyển 01 KH.2007.01 · Xã Thử Nghiệm" in page.words


def test_what_is_missing_stands_there_before_closing(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/finish")
    assert "2 trang chưa phân loại (002, 003)" in page.words
    assert "có 1 trường hợp, trang khóa sổ ghi 2" in page.words


def test_incomplete_ledger_is_closed_only_with_a_reason(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/finish")
    page.send(f"{HERE}/close", reason="  ")
    assert "Chưa khóa sổ KH.2007.01 vì còn thiếu" in page.words
    page.send(f"{HERE}/close", reason="trang cuối rách")
    assert "Sổ đã khóa" in page.words
    assert page.desk.state(ledger) == "scanned"


def test_nothing_of_a_ledger_closed_with_a_reason_is_green(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/finish")
    page.send(f"{HERE}/close", reason="trang cuối rách")
    page.desk.by_hand("UPDATE ledger SET state = 'delivered'")
    for address in ("/", f"{HERE}/finish", f"{HERE}/counts"):
        page.open(address)
        assert "state-unproven" in page.html
        assert "state-delivered" not in page.html


def test_whole_ledger_is_closed_and_reopened_by_one_key_each(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002-003", "2", "2007")
    page.open(f"{HERE}/finish")
    assert "Trang và trường hợp: không thiếu gì" in page.words
    page.send(f"{HERE}/close")
    assert page.desk.state(ledger) == "indexed"
    page.send(f"{HERE}/reopen")
    assert page.desk.state(ledger) == "reopened"


def test_page_that_came_back_is_a_reason_not_to_close_yet(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002-003", "2", "2007")
    pages.change(page.desk.station, ledger, "002", who=WHO, number="13")
    page_checks.judge(page.desk.station, Act(ledger, WHO), "002", CheckVerdict.REJECTED, RejectReason.BLUR)
    page.open(f"{HERE}/finish")
    assert "1 trang bị trả lại khi kiểm tra ảnh (13 [002])" in page.words
    assert 'id="close"' not in page.html
    assert '<button class="secondary danger">Vẫn khóa sổ' in page.html
    page.send(f"{HERE}/close", reason="  ")
    assert "Chưa khóa sổ KH.2007.01" in page.words
    page.send(f"{HERE}/close", reason="trang rách, chờ sao lại")
    assert "trang rách, chờ sao lại" in page.words
    assert "Khóa khi còn thiếu, lý do: trang rách" in minutes_words(page)


def minutes_words(page: Browser) -> str:
    page.open(f"{HERE}/minutes")
    return page.words


def test_rows_that_are_left_are_told_as_the_ministrys_data(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002-003", "2", "2007")
    page.open(f"{HERE}/finish")
    assert "Trang và trường hợp: không thiếu gì." in page.words
    assert "Còn lại cho dữ liệu nộp Bộ: 2 dòng chưa nhập đủ. Có thể khóa sổ trước." in page.words
    assert '<button class="primary" id="close">' in page.html


def test_ledger_without_totals_is_never_said_to_be_whole(page: Browser, app: Flask, desk: OpenedStation) -> None:
    name = desk.ledger()
    desk.lay(name)
    desk.entry(name, "001", "1", "2007")
    page.open(f"{HERE}/finish")
    assert "Trang và trường hợp: không thiếu gì" not in page.words
    assert "Chỉ biết có thiếu hay không khi có tổng số" in page.words
    page.send(f"{HERE}/close")
    assert "Đã khóa, chưa có tổng số" in page.words
    assert "Gói sẽ ghi rõ: sổ đã khóa, chưa có tổng số" in page.words
    pack(page, app)
    for address in (f"{HERE}/finish", f"{HERE}/files", "/"):
        page.open(address)
        assert "chưa có tổng số" in page.words
        assert "said done" not in page.html
        assert "state-indexed" not in page.html
        assert "<progress" not in page.html
    page.open(f"{HERE}/finish")
    assert "r1 gói trường hợp chưa có tổng số đã tạo xong" in page.words
    page.send(f"{HERE}/totals", closing_pages="1", closing_entries="1")
    assert "Trang và trường hợp: không thiếu gì" in page.words
    assert "r1 gói trường hợp chưa có tổng số đã tạo xong" in page.words, "what that package says stays"


def test_totals_sent_with_the_closing_are_kept_where_it_is_refused(page: Browser, desk: OpenedStation) -> None:
    name = desk.ledger()
    desk.lay(name)
    desk.entry(name, "001", "1", "2007")
    page.open(f"{HERE}/finish")
    page.send(f"{HERE}/close", closing_pages="2", closing_entries="1")
    assert "có 1 trang, trang khóa sổ ghi 2 trang" in page.words
    assert desk.state(name) == "scanning"
    page.send(f"{HERE}/totals", closing_pages="1", closing_entries="1")
    assert "Hãy ghi lý do sửa" in page.words
    page.send(f"{HERE}/totals", closing_pages="1", closing_entries="1", reason="đọc nhầm")
    assert "Trang và trường hợp: không thiếu gì" in page.words
    page.send(f"{HERE}/totals", closing_pages="x", closing_entries="1")
    assert "Trang và trường hợp: không thiếu gì" in page.words


def test_reason_for_closing_stands_everywhere_with_the_person(page: Browser, app: Flask, ledger: str) -> None:
    page.open(f"{HERE}/finish")
    page.send(f"{HERE}/close", reason="trang cuối <b>rách</b>")
    pack(page, app)
    for address in (f"{HERE}/finish", f"{HERE}/files", f"{HERE}/pages", f"{HERE}/scan", f"{HERE}/entries", "/"):
        page.open(address)
        assert f"{NAME} khóa khi còn thiếu: trang cuối <b>rách</b>" in page.words
        assert "<b>rách" not in page.html
    page.open(f"{HERE}/finish")
    assert "Gói sẽ ghi rõ lý do khóa sổ" in page.words
    assert "r1 gói trường hợp khóa khi còn thiếu đã tạo xong" in page.words


def test_more_pages_than_the_closing_page_states_fill_no_bar(page: Browser, desk: OpenedStation) -> None:
    desk.lay(desk.ledger(closing_pages=1, closing_entries=2), 2)
    page.open("/")
    assert '<progress max="1" value="2" class="beyond"' in page.html
    assert '<progress max="2" value="0" aria-label' in page.html


def test_package_of_an_open_ledger_is_partial_and_says_so(page: Browser, app: Flask, ledger: str) -> None:
    page.open(f"{HERE}/finish")
    assert "Đóng gói một phần" in page.words
    pack(page, app)
    assert "r1 gói trường hợp một phần đã tạo xong" in page.words


def test_package_is_made_and_its_receipts_are_shown(page: Browser, app: Flask, ledger: str) -> None:
    page.desk.entry(ledger, "002-003", "2", "2007")
    page.open(f"{HERE}/finish")
    page.send(f"{HERE}/close")
    pack(page, app)
    assert "Gói r1 đã xong" in page.words
    assert "stick: đã nhận 0/3 tệp" in page.words
    list(delivery_queue.run(page.desk.station))
    page.open(f"{HERE}/finish")
    assert "r1 gói trường hợp đã nhận đủ" in page.words
    assert "✓ stick: đã nhận" in page.words


def test_change_after_the_package_asks_for_a_new_one_that_says_what_it_replaces(
    page: Browser, app: Flask, ledger: str
) -> None:
    page.desk.entry(ledger, "002-003", "2", "2007")
    page.open(f"{HERE}/finish")
    page.send(f"{HERE}/close")
    pack(page, app)
    pack(page, app)
    assert "r2" not in page.words, "nothing changed"
    page.desk.entry(ledger, "002-003", "2", "2007-02-03")
    page.open(f"{HERE}/finish")
    assert "Có thay đổi sau gói gần nhất" in page.words
    pack(page, app)
    assert "thay cho r1" in page.words


def test_masters_are_a_package_of_their_own(page: Browser, app: Flask, ledger: str) -> None:
    page.open(f"{HERE}/finish")
    pack(page, app, "masters")
    assert "m1 gói ảnh gốc" in page.words


def test_package_that_fails_says_why_and_can_be_tried_again(page: Browser, app: Flask, ledger: str) -> None:
    master = next((page.desk.data / "ledgers").rglob("KH.2007.01.001.jpg"))
    whole = master.read_bytes()
    master.write_bytes(whole[:100])
    page.open(f"{HERE}/finish")
    pack(page, app)
    assert "KH.2007.01.001.jpg" in page.words
    assert "r1" not in page.words
    master.write_bytes(whole)
    page.open(f"{HERE}/finish")
    pack(page, app)
    assert "r1" in page.words


@pytest.mark.parametrize("address", ["pages", "pages/grid", "counts", "finish", "finish/board", "files", "files/list"])
def test_views_are_for_people_who_are_logged_in(stranger: Browser, ledger: str, address: str) -> None:
    assert stranger.client.get(f"{HERE}/{address}").location.startswith("/login")


def test_images_are_refused_without_a_login(page: Browser, stranger: Browser, ledger: str) -> None:
    assert page.client.get("/image/1/small").mimetype == "image/jpeg"
    assert stranger.client.get("/image/1/small").location.startswith("/login")


def test_picture_of_a_sheet_that_is_not_coming_is_not_there(page: Browser, stranger: Browser, ledger: str) -> None:
    assert page.client.get(f"{HERE}/scan/coming/1").status_code == 404
    assert stranger.client.get(f"{HERE}/scan/coming/1").location.startswith("/login")


@pytest.mark.parametrize("name", ["KH.2007.99", "KH.2007", "<script>", "19429:KH.2007.01"])
@pytest.mark.parametrize("view", ["pages", "finish", "files", "entries"])
def test_unknown_ledger_is_a_sentence_and_no_mistake(page: Browser, ledger: str, name: str, view: str) -> None:
    page.open(f"/ledger/19429/{name}/{view}", 409)
    assert "<script>" not in page.html


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Browser]:
    """A station whose place, person, page number and reasons are written to break a page."""
    place = f"[[place]]\ncode = \"66666\"\ncommune = '''Xã {EVIL} '''\nprovince = '''Tỉnh {EVIL} '''\n"
    with opened_station(tmp_path, place + STICK) as desk:
        users.add(desk.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        users.add(desk.station, EVIL, Role.OPERATOR, who=NAME, pin=PIN)
        desk.ledger(place="66666")
        desk.lay("KH.2007.01", 2)
        desk.entry("KH.2007.01", "001", "1a", "2007", suffix_reason=EVIL)
        pages.change(desk.station, "KH.2007.01", "002", who=EVIL, number="\"'><b>&amp;")
        browser = Browser(create_app(Daemon(desk.station)).test_client(), desk)
        browser.open("/login")
        browser.send("/login", name=EVIL, pin=PIN)
        yield browser


@pytest.mark.parametrize("view", ["pages", "finish", "files", "entries", "entries?page=001", "scan"])
def test_hostile_names_of_places_and_people_are_shown_as_text(hostile: Browser, view: str) -> None:
    hostile.open(f"/ledger/66666/KH.2007.01/{view}")
    assert "<script>alert" not in hostile.html
    assert "<b>&amp;" not in hostile.html
    assert f"KH.2007.01 · Xã {EVIL}" in hostile.words


def test_history_is_told_in_words_for_ledger_page_and_entry(page: Browser) -> None:
    ledger = page.desk.ledger()
    page.desk.lay(ledger, 2)
    page.desk.entry(ledger, "002", "7", "2007-01-07")
    page.open(f"/ledger/19429/{ledger}/history")
    assert "Đã lưu trường hợp số 007." in page.words
    assert "Đã đăng ký sổ." in page.words
    page.open(f"/ledger/19429/{ledger}/scan?page=002")
    assert f"/ledger/19429/{ledger}/history?page=002" in page.html
    page.open(f"/ledger/19429/{ledger}/history?page=002.1")
    assert "Lịch sử của trang 002" in page.words
    assert "Đã quét và lưu trang 002." in page.words
    assert "001" not in page.words
    page.open(f"/ledger/19429/{ledger}/history?entry=2007/007")
    assert "Đã lưu trường hợp số 007." in page.words
    page.open(f"/ledger/19429/{ledger}/history?page=9999999999&part=-5")
    assert "Chưa có gì được ghi." in page.words
