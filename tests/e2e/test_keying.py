"""Births are keyed in a real browser by keyboard alone, and nothing that was typed is lost with the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from station.rows import built_in
from tests.e2e.browser import CHROMIUM, choose_language, chromium, eventually_in, keep_picture, new_page
from tests.e2e.row_desk import LEDGER, NAME, ROWS, Desk, drawn_births
from tests.station.daemons import running
from tests.stations import Command
from tests.waiting import eventually

CHILD = {
    "nksHoTen": "Nguyễn Văn Thử",
    "nksGioiTinh": "1",
    "nksNgaySinh": "01.01.2007",
    "nksNgaySinhBangChu": "Ngày một, tháng một, năm hai nghìn không trăm linh bảy",
    "nksNoiSinh": "Trạm Y tế xã Thử Nghiệm",
    "nksDanToc": "Kinh",
    "nksQuocTich": "Việt Nam",
    "nksLoaiKhaiSinh": "1",
}
REQUIRED = [one.name for one in built_in.template("KS").columns.values() if one.required and one.is_keyed]
REQUIRED.remove("nksHoTen")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def births(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A station with a drawn ledger of births, its entries numbered and nothing keyed."""
    return drawn_births(tmp_path_factory.mktemp("births"))


@pytest.fixture
def desk(births: Command, tmp_path: Path) -> Iterator[Desk]:
    command = births.copy(tmp_path / "station")
    pin = command.run("user", "add", NAME, "--role", "operator").stdout.strip()
    with running(command, tmp_path) as daemon, chromium() as browser:
        desk = Desk(browser, new_page(browser), daemon.address, command, pin)
        desk.let_in()
        yield desk


def test_keys_at_the_first_sight_of_a_row_are_typed_when_its_script_is_there(desk: Desk) -> None:
    scripts: list[Route] = []
    desk.page.route("**/rows.js*", lambda route: scripts.append(route))
    desk.page.goto(f"{desk.address}{ROWS}", wait_until="commit")
    expect(desk.page.locator("#nksHoTen")).to_be_visible()
    desk.type("1", "Ba", "Enter", "Xa", "Enter", "Cu", "Enter", "An")
    assert scripts, "the script came too early for what is to be seen"
    scripts.pop().continue_()
    desk.is_at("nksHoTen")
    expect(desk.page.locator("#nguoiKy")).to_have_value("Ba")
    expect(desk.page.locator("#nksHoTen")).to_have_value("An")


def test_field_into_which_somebody_goes_before_the_view_is_ready_keeps_the_hands(desk: Desk) -> None:
    scripts: list[Route] = []
    desk.page.route("**/rows.js*", lambda route: scripts.append(route))
    desk.page.goto(f"{desk.address}{ROWS}", wait_until="commit")
    desk.page.focus("#nksHoTen")
    desk.type("Thu")
    assert scripts, "the script came too early for what is to be seen"
    scripts.pop().continue_()
    expect(desk.page.locator("#nksHoTen")).to_have_value("Thu")
    desk.is_at("nksHoTen")
    desk.type(" Hai")
    expect(desk.page.locator("#nksHoTen")).to_have_value("Thu Hai")


def test_keys_while_a_row_is_stored_are_typed_into_the_row_to_come_and_a_refusal_keeps_them_for_it(desk: Desk) -> None:
    answers: list[Route] = []
    desk.open()
    desk.page.focus("#nksNgaySinh")
    desk.type("31/2/2007")
    desk.page.route(
        re.compile(r"/rows/\d+$"), lambda route: (answers.append if len(answers) < 2 else Route.continue_)(route)
    )
    desk.type("F10")
    eventually_in(desk.page, lambda: bool(answers))
    desk.type("1", "Ba", "Enter", "Xa", "Enter", "Cu", "Enter", "An")
    answers[0].continue_()
    expect(desk.page.locator("#row-error")).to_contain_text("Ngày sinh")
    desk.is_at("nksNgaySinh")
    desk.type("28/2/2007")
    desk.type("F10")
    eventually_in(desk.page, lambda: bool(answers[1:]))
    desk.type("h")
    answers[1].continue_()
    expect(desk.page.locator("h1")).to_contain_text("002")
    desk.is_at("nksHoTen")
    expect(desk.page.locator("#nguoiKy")).to_have_value("Ba")
    expect(desk.page.locator("#nksHoTen")).to_have_value("Anh")
    assert desk.rows()[0]["columns"]["nksNgaySinh"] == "28.02.2007"


def test_keys_typed_ahead_wait_for_a_row_however_long_it_takes_to_come(desk: Desk) -> None:
    answers: list[Route] = []
    scripts: list[Route] = []
    desk.open()
    desk.page.focus("#nksNgaySinh")
    desk.type("28/2/2007")
    desk.page.route(re.compile(r"/rows/\d+$"), lambda route: (Route.continue_ if answers else answers.append)(route))
    desk.type("F10")
    eventually_in(desk.page, lambda: bool(answers))
    desk.type("1", "Ba", "Enter")
    desk.page.route("**/key_buffer.js*", lambda route: scripts.append(route))
    with desk.page.expect_request("**/key_buffer.js*"):
        answers[0].continue_()
    desk.page.wait_for_timeout(5_500)  # longer than keys wait for a page that was not asked for
    scripts[0].continue_()
    desk.is_at("chucVuNguoiKy")
    expect(desk.page.locator("#nguoiKy")).to_have_value("Ba")


def test_date_is_said_in_words_though_the_browser_tells_of_no_change(desk: Desk) -> None:
    """As where an input method gives the text only when the field is left."""
    desk.open()
    desk.is_at("loaiDangKy")
    date = desk.page.locator("#nksNgaySinh")
    date.focus()
    date.evaluate("(one) => { one.value = '1/1/2007'; one.dispatchEvent(new InputEvent('input', { bubbles: true })); }")
    date.press("Tab")
    expect(desk.page.locator("#nksNgaySinhBangChu")).to_have_value(CHILD["nksNgaySinhBangChu"])


def test_nothing_more_is_asked_of_a_paper_that_the_register_does_not_tell(desk: Desk) -> None:
    desk.open()
    desk.is_at("loaiDangKy")
    desk.page.locator("#meLoaiCuTru").focus()
    desk.type("0")
    desk.is_at("meLoaiGiayToTuyThan")
    desk.type("0")
    desk.is_at("chaHoTen")
    desk.page.locator("#meLoaiGiayToTuyThan").focus()
    hint = desk.page.locator("#row-hint")
    expect(hint).to_contain_text("8 Giấy tờ khác")
    assert hint.evaluate("(one) => one.scrollWidth <= one.clientWidth"), "no code is cut off"
    expect(desk.page.locator("#meLoaiGiayToTuyThan")).to_be_in_viewport(ratio=1)
    keep_picture(desk.page, "codes")
    desk.type("1")
    desk.is_at("meSoGiayToTuyThan")
    desk.page.locator("#row-finish").focus()
    expect(hint).to_be_empty()


def test_birth_is_keyed_without_a_mouse_and_the_next_one_with_far_fewer_keys(desk: Desk) -> None:
    desk.open()
    desk.is_at("loaiDangKy")
    desk.type("1")
    desk.is_at("nguoiKy")
    desk.type("Lê Văn Ký", "Enter", "Chủ tịch", "Enter", "Hồ Thị Ghi", "Enter")
    desk.is_at("nksHoTen")
    desk.type("Nguyễn Văn Thử", "Enter", "1")
    desk.is_at("nksNgaySinh")
    desk.type("1/1/2007", "Tab")
    expect(desk.page.locator("#nksNgaySinhBangChu")).to_have_value(CHILD["nksNgaySinhBangChu"])
    desk.type("Enter", "Trạm Y tế xã Thử Nghiệm", "Enter", "F9", "F9", "kin", "ArrowDown", "Enter", "vn", "ArrowDown")
    desk.type("Enter", "1")
    desk.is_at("meHoTen")
    desk.type("Trần Thị Mẫu", "Enter", "1985", "Enter", "F2", "F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    first = desk.rows()[0]
    assert {name: first["columns"][name] for name in CHILD} == CHILD
    assert first["columns"]["meNgaySinh"] == "1985"
    assert first["marks"]["nksQueQuan"] == "nothing-written"
    assert first["keyed_by"] == NAME
    expect(desk.page.locator("#nguoiKy")).to_have_value("Lê Văn Ký")
    desk.is_at("nksHoTen")
    desk.keys = 0
    desk.type("Lê Thị Hai", "Enter", "2", "2/1/2007", "Tab", "Enter", "tyt", "ArrowDown", "Enter")
    desk.type("F9", "F9", "F2", "F2", "F2")
    desk.is_at("meHoTen")
    expect(desk.page.locator("#nksNoiSinh")).to_have_value(CHILD["nksNoiSinh"])
    assert desk.keys < 45


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_was_keyed_last_is_taken_back_by_one_key_and_what_is_being_typed_first(desk: Desk, language: str) -> None:
    desk.open()
    choose_language(desk.page, language)
    desk.page.focus("#meHoTen")
    desk.type("Trần Thị Mẫu", "Enter", "198")
    while desk.page.locator("#meNgaySinh").input_value():  # the browser takes back what was typed without a pause
        desk.page.keyboard.press("Control+z")
    desk.is_at("meNgaySinh")
    assert desk.page.locator("#meHoTen").input_value() == "Trần Thị Mẫu", "what was stored before stays"
    desk.type("1985", "F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    desk.page.focus("#meHoTen")
    words = {"vi": "cột của trường hợp số 001", "en": "Columns of entry 001"}[language]
    expect(desk.page.locator("#undo span")).to_contain_text(words)
    desk.page.keyboard.press("Control+z")
    expect(desk.page.locator("h1")).to_contain_text("001")
    expect(desk.page.locator("#meHoTen")).to_have_value("")
    expect(desk.page.locator("#undo")).to_be_hidden()  # this person did nothing else
    keep_picture(desk.page, "row-taken-back")
    assert desk.rows()[0]["columns"]["meNgaySinh"] == ""


def test_page_is_turned_under_hands_that_type_and_goes_out_of_the_ledger_from_its_row(desk: Desk) -> None:
    desk.open()
    page, picture = desk.page, desk.page.locator("#paper img")
    expect(picture).to_have_attribute("src", re.compile("turn=0"))
    page.focus("#nksHoTen")
    desk.type("Nguyen")
    page.keyboard.press("Control+ArrowRight")
    expect(picture).to_have_attribute("src", re.compile("turn=90"))
    desk.is_at("nksHoTen")
    desk.type(" Thu")
    expect(page.locator("#nksHoTen")).to_have_value("Nguyen Thu")
    expect(page.locator("#undo")).to_contain_text("Đã xoay trang")
    keep_picture(page, "row-turned")
    page.click("#undo button")  # what was typed is the newest by then
    expect(page.locator(".notice.done")).to_contain_text("cột của trường hợp số 001")
    expect(picture).to_have_attribute("src", re.compile("turn=90"))
    page.click("#undo button")
    expect(picture).to_have_attribute("src", re.compile("turn=0"))
    expect(page.locator("h1")).to_contain_text("001")

    page.focus("#nksHoTen")
    desk.type("Thu")
    page.locator("#placing summary").click()
    keep_picture(page, "row-placing")
    page.locator("#placing .danger").click()
    expect(page.locator(".notice.done")).to_contain_text("Đã để riêng")
    expect(page.locator("h1")).to_contain_text("002")
    page.click("#undo button")
    expect(page.locator(".notice.done")).to_contain_text("Đã hoàn tác: Đã để riêng")
    desk.open(1)
    expect(page.locator("#nksHoTen")).to_have_value("Thu")


def test_enter_that_ends_a_word_of_an_input_method_goes_nowhere(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksHoTen")
    for key in ("Enter", "ArrowDown"):
        desk.page.evaluate(
            "key => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true, cancelable: true }))",
            key,
        )
        desk.is_at("nksHoTen")


def test_whole_group_is_taken_from_the_row_before_but_no_person_and_nothing_over_what_was_typed(desk: Desk) -> None:
    desk.command.run("row", "set", LEDGER, "1", *(f"{name}={text}" for name, text in CHILD.items()))
    desk.open(2)
    desk.page.focus("#nksDanToc")
    desk.type("Tà Ôi", "F4")
    desk.is_at("nksHoTen")
    shown = {name: desk.page.locator(f"#{name}") for name in CHILD}
    for name in ("nksNoiSinh", "nksQuocTich", "nksLoaiKhaiSinh"):
        expect(shown[name]).to_have_value(CHILD[name])
        expect(shown[name]).to_have_class(PROPOSED)
    expect(shown["nksDanToc"]).to_have_value("Tà Ôi")
    for name in ("nksHoTen", "nksNgaySinh"):
        expect(shown[name]).to_have_value("")


SIGNED = {"loaiDangKy": "1", "nguoiKy": "Lê Văn Ký", "chucVuNguoiKy": "Chủ tịch", "nguoiThucHien": "Hồ Thị Ghi"}
PROPOSED = re.compile(r"\bproposed\b")


def test_what_is_carried_counts_when_it_is_gone_on_from_and_never_by_leaving_the_row(desk: Desk) -> None:
    desk.command.run("row", "set", LEDGER, "1", *(f"{name}={text}" for name, text in SIGNED.items()))
    desk.open(2)
    desk.page.focus("#nguoiKy")
    desk.page.focus("#meHoTen")
    desk.page.keyboard.press("PageUp")
    expect(desk.page.locator("h1")).to_contain_text("001")
    desk.open(2)
    for name, text in SIGNED.items():
        expect(desk.page.locator(f"#{name}")).to_have_class(PROPOSED)
        assert desk.rows()[1]["columns"][name] == "", text
    desk.page.focus("#nguoiKy")
    desk.type("Tab")
    desk.page.focus("#nguoiThucHien")
    desk.page.keyboard.press("Backspace")
    desk.page.focus("#meHoTen")
    eventually_in(desk.page, lambda: desk.rows()[1]["columns"]["nguoiKy"] == SIGNED["nguoiKy"])
    desk.open(2)
    expect(desk.page.locator("#nguoiKy")).not_to_have_class(PROPOSED)
    expect(desk.page.locator("#nguoiThucHien")).to_have_value("")
    expect(desk.page.locator("#chucVuNguoiKy")).to_have_class(PROPOSED)
    desk.page.focus("#nksHoTen")
    desk.type("An", "F10")
    eventually_in(desk.page, lambda: desk.rows()[1]["columns"]["chucVuNguoiKy"] == "Chủ tịch")
    assert desk.rows()[1]["columns"]["nguoiThucHien"] == ""


def test_name_is_proposed_for_nobody_else_but_an_applicant_who_may_be_one_of_the_persons(desk: Desk) -> None:
    desk.open()
    hint = desk.page.locator("#row-hint")
    desk.page.focus("#nksHoTen")
    desk.type("Nguyễn Văn Thử")
    for column, typed in (("meHoTen", "Nguyễn Thị Mẫu"), ("chaHoTen", "Nguyễn Văn Cha")):
        desk.page.focus(f"#{column}")
        expect(hint).to_have_text("")
        desk.type("Ng")
        expect(hint).to_have_text("")
        desk.type(typed[2:])
    desk.page.focus("#nycHoTen")
    expect(hint).to_have_text("↓ Nguyễn Thị Mẫu")
    desk.type("Nguyễn V")
    expect(hint).to_have_text("↓ Nguyễn Văn Cha")


def test_row_before_that_has_nothing_there_says_so(desk: Desk) -> None:
    desk.command.run("row", "set", LEDGER, "1", "nguoiKy=Lê Văn Ký", "chucVuNguoiKy=-")
    desk.open(2)
    hint = desk.page.locator("#row-hint")
    desk.page.focus("#chucVuNguoiKy")
    desk.type("F2")
    expect(hint).to_have_text("Dòng trước không nhập gì ở ô này.")
    desk.is_at("chucVuNguoiKy")
    desk.page.focus("#meHoTen")
    desk.type("F4")
    expect(hint).to_contain_text("Dòng trước không có gì cho các ô còn trống")
    desk.is_at("meHoTen")


def test_wrong_value_stays_in_its_field_until_it_is_right(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksNgaySinh")
    desk.type("31/2/2007", "F10")
    expect(desk.page.locator("#row-error")).to_contain_text("Ngày sinh")
    desk.is_at("nksNgaySinh")
    assert desk.rows()[0]["columns"]["nksNgaySinh"] == ""
    desk.type("28/2/2007", "F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    assert desk.rows()[0]["columns"]["nksNgaySinh"] == "28.02.2007"


def test_what_is_odd_is_told_as_soon_as_its_group_is_left(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksNgaySinh")
    desk.type("1/1/2007")
    desk.page.focus("#meNgaySinh")
    desk.type("2000")
    desk.page.focus("#chaHoTen")
    expect(desk.page.locator("#row-doubts")).to_contain_text("Tuổi của mẹ khi sinh con là 7")


def test_f10_tells_what_is_odd_first_and_the_answer_by_a_key_goes_on(desk: Desk) -> None:
    head, first = desk.page.locator("h1"), desk.page.locator("#row-odd-first")
    desk.open(1)
    desk.page.focus("#nksNgaySinh")
    desk.type("1/1/2007")
    desk.page.focus("#meNgaySinh")
    desk.type("2000", "F10")
    expect(first).to_be_visible()
    desk.is_at("meNgaySinh")
    assert desk.rows()[0]["columns"]["meNgaySinh"] == "2000", "stored all the same"
    keep_picture(desk.page, "row-odd")
    desk.type("2001", "F10")
    expect(desk.page.locator("#row-doubts")).to_contain_text("là 6")
    expect(first).to_be_visible()
    desk.page.keyboard.press("Control+d")
    expect(head).to_contain_text("002")
    desk.open(1)
    expect(desk.page.locator("#row-doubts")).to_contain_text(f"Đúng như trong sổ – {NAME}")
    desk.type("F10")
    expect(head).to_contain_text("002")


def test_answer_stores_what_was_typed_and_f10_twice_goes_on_without_one(desk: Desk) -> None:
    doubts, head = desk.page.locator("#row-doubts"), desk.page.locator("h1")
    desk.command.run("row", "set", LEDGER, "1", "nksNgaySinh=1/1/2007", "meNgaySinh=2000")
    desk.open(1)
    desk.page.focus("#chaNgaySinh")
    desk.type("1900")
    desk.page.keyboard.press("Control+d")
    expect(doubts.locator("[data-mark]")).to_have_count(2)  # the second one was not to be seen yet: nothing is answered
    desk.is_at("chaNgaySinh")
    desk.page.focus("#chaHoTen")
    desk.type("Lê Văn Cha")
    desk.page.keyboard.press("Control+d")
    expect(doubts.locator(".answered")).to_have_count(2)
    expect(desk.page.locator("#row-as-on-page")).to_have_count(0)
    desk.is_at("chaHoTen")
    assert desk.rows()[0]["columns"]["chaHoTen"] == "Lê Văn Cha"
    desk.page.focus("#meNgaySinh")
    desk.type("2002", "F10")
    desk.type("F10")  # too early: nobody has read what is asked, and no other row is passed over by it
    expect(desk.page.locator("#row-odd-first")).to_be_visible()
    desk.is_at("meNgaySinh")
    desk.type("F10")
    expect(head).to_contain_text("002")
    desk.open(1)
    expect(doubts.locator("[data-mark]")).to_have_count(1)


def test_child_that_is_keyed_already_is_told_while_it_is_typed_and_the_answer_taken_by_a_key(desk: Desk) -> None:
    desk.command.run("row", "set", LEDGER, "1", *(f"{name}={CHILD[name]}" for name in ("nksHoTen", "nksNgaySinh")))
    desk.open(2)
    desk.page.focus("#nksHoTen")
    told = desk.page.locator("#row-duplicates")
    desk.type("nguyen van thu")
    desk.page.focus("#nksNgaySinh")
    expect(told).to_be_hidden()
    desk.type("1/1/2007")
    desk.page.focus("#nksNoiSinh")
    expect(told).to_contain_text("Nguyễn Văn Thử, 01/01/2007 đã có trong sổ KS.2007.01, số 001")
    desk.type("F1")
    expect(told).to_be_hidden()
    desk.is_at("nksNoiSinh")
    desk.open(2)
    expect(desk.page.locator("#nksHoTen")).to_have_value("nguyen van thu")
    desk.page.focus("#meHoTen")
    desk.type("Trần Thị Mẫu")
    desk.page.focus("#chaHoTen")
    eventually(lambda: desk.rows()[1]["columns"]["meHoTen"])
    expect(told).to_be_hidden()


def test_browser_that_is_killed_loses_nothing_that_was_typed(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksHoTen")
    desk.page.context.set_offline(True)  # what a killed browser had not sent, and never will
    desk.type("Nguyễn Văn Thử")
    state = desk.page.context.storage_state()
    desk.page.context.close()
    assert desk.rows()[0]["columns"]["nksHoTen"] == ""
    desk.page = new_page(desk.browser, storage_state=state)
    desk.open()
    expect(desk.page.locator("#nksHoTen")).to_have_value("Nguyễn Văn Thử")
    expect(desk.page.locator("#row-draft")).to_be_visible()
    desk.type("F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    assert desk.rows()[0]["columns"]["nksHoTen"] == "Nguyễn Văn Thử"


def test_page_that_is_left_is_stored(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksHoTen")
    desk.type("Nguyễn Văn Thử")
    desk.page.goto(f"{desk.address}/ledger/19429/{LEDGER}/finish")
    desk.open(1)
    expect(desk.page.locator("#nksHoTen")).to_have_value("Nguyễn Văn Thử")


def test_usually_empty_groups_are_folded_until_they_are_asked_for(desk: Desk) -> None:
    desk.open()
    missing = desk.page.locator("#nksMatTich")
    expect(missing).to_be_hidden()
    desk.type("F3")
    expect(missing).to_be_visible()
    expect(desk.page.locator("#nksQuocTichKhac")).to_be_visible()


def test_two_people_at_one_row_type_nothing_over(desk: Desk) -> None:
    desk.open()
    desk.command.run("row", "set", LEDGER, "1", "meHoTen=Trần Thị Mẫu", "--operator", "người kia")
    desk.page.focus("#meHoTen")
    desk.type("Trần Thị Mậu", "F10")
    expect(desk.page.locator("#row-error")).to_contain_text("người kia")
    assert desk.rows()[0]["columns"]["meHoTen"] == "Trần Thị Mẫu"


def test_row_that_is_with_somebody_else_can_be_read_and_not_typed_in(desk: Desk) -> None:
    other = "Trần Văn Lan"
    pin = desk.command.run("user", "add", other, "--role", "operator").stdout.strip()
    desk.open()
    desk.page.focus("#nksHoTen")
    desk.type("Nguyễn Văn Thử", "Enter")
    second = Desk(desk.browser, new_page(desk.browser), desk.address, desk.command, pin)
    second.log_in(other)
    second.open(1)
    expect(second.page.locator("#row-lent")).to_contain_text(NAME)
    second.page.locator("#nksHoTen").focus()
    second.type("Gõ")
    expect(second.page.locator("#nksHoTen")).to_have_value("")
    second.type("F10")
    expect(second.page.locator("h1")).to_contain_text("002")
    expect(second.page.locator("#row-lent")).to_have_count(0)
    assert desk.rows()[0]["keyed_by"] in (None, NAME)
