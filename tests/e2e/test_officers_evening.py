"""What an officer meets in an evening, in a real browser: each is done by what the view itself offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.browser import CHROMIUM, NEWS, PICTURES_SHOWN, Shown, keep_pictures, log_in, new_page
from tests.e2e.entry_desk import JAMS, LOOKED_AT_TWICE, EntryDesk, Office
from tests.e2e.test_paper_in_browser import photographed
from tests.waiting import eventually

DONE = ".notice.done"
#: What is said of the page behind entry 010 of 15 February on printed page 20, and the one question that it raises.
QUESTIONS = {
    "doubt-number-far": {"number": "500", "date": "16/2/2007"},
    "doubt-number-below": {"number": "9", "date": "16/2/2007"},
    "doubt-month-kept": {"number": "11", "date": "14/2/2007"},
    "doubt-date-before": {"number": "11", "date": "16/1/2007"},
    "doubt-printed-far": {"printed": "437", "number": "11", "date": "16/2/2007"},
    "doubt-printed-below": {"printed": "13", "number": "11", "date": "16/2/2007"},
}

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def enter(desk: EntryDesk, *numbers: int) -> None:
    """Give page N the number N."""
    for number in numbers:
        desk.command.run(
            "entry", "set", desk.ledger, f"{number:03}", "--number", number, "--date", f"2007-01-{number:02}"
        )


def press(page: Page, words: str) -> None:
    """Press a button that leads to a view."""
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()


def bring_into_view(part: Locator) -> None:
    """Scroll to it at once: what waits until it stands still loses a live part that is renewed meanwhile."""
    part.evaluate("(one) => one.scrollIntoView({ block: 'center' })")


def test_closing_page_is_stated_corrected_with_a_reason_and_a_ledger_without_it_is_never_whole(
    entry_office: Office,
) -> None:
    desk = entry_office.desk(3)
    enter(desk, 1, 2, 3)
    page = desk.page
    page.goto(f"{desk.address}/finish")
    expect(page.locator(".finish .notice.asking").first).to_contain_text("trang khóa sổ")
    page.locator("#closing_pages").fill("4")
    page.locator("#closing_entries").fill("3")
    page.locator("#close").click()
    expect(page.locator(".gaps")).to_contain_text("có 3 trang, trang khóa sổ ghi 4 trang")
    keep_pictures(page, "totals-differ")
    page.locator("#totals-again summary").click()
    page.locator("#closing_pages").fill("3")
    page.locator("#totals-again button").click()
    expect(page.locator("#totals-reason:invalid")).to_be_focused()
    page.locator("#totals-reason").fill("đọc nhầm")
    page.locator("#totals-again button").click()
    expect(page.locator(".totals-stated")).to_contain_text("3 trang")
    expect(page.locator(".gaps")).to_have_count(0)
    keep_pictures(page, "totals-corrected")

    unstated = entry_office.desk(1, LOOKED_AT_TWICE)
    enter(unstated, 1)
    unstated.page.goto(f"{unstated.address}/finish")
    with unstated.page.expect_navigation():
        unstated.page.locator("#close-without").click()
    expect(unstated.page.locator(".finish .notice.asking").first).to_contain_text("chưa có tổng số")
    expect(unstated.page.locator(f".finish {DONE}")).to_have_count(0)
    keep_pictures(unstated.page, "closed-without-totals")
    unstated.page.locator("#package").click()
    unproven = unstated.page.locator(".revision .state-unproven")
    expect(unproven.filter(has_text="chưa có tổng số")).to_be_visible()
    expect(unproven.filter(has_text="chưa kiểm tra")).to_be_visible()
    expect(unstated.page.locator(f"{DONE}, .state-delivered")).to_have_count(0)
    keep_pictures(unstated.page, "package-unproven")
    unstated.page.goto(f"{unstated.daemon.address}/?find={unstated.ledger}")
    tile = unstated.page.locator("a.ledger")
    expect(tile).to_contain_text("chưa có tổng số")
    expect(tile.locator(".no-total")).to_have_count(2)
    expect(tile.locator("progress")).to_have_count(0)
    keep_pictures(unstated.page, "shelf-without-totals")


def test_number_and_date_that_cannot_follow_are_asked_about_and_one_key_insists(entry_office: Office) -> None:
    desk = entry_office.desk(4)
    enter(desk, 1, 2)
    desk.open("003")
    page = desk.page

    def leap(tab: Page) -> None:
        tab.fill("#number", "500")
        tab.fill("#date", "1/1/2007")
        tab.keyboard.press("Enter")
        expect(tab.locator(".doubts p")).not_to_have_count(0)
        expect(tab.locator("#number")).to_be_focused()  # what came before belongs to the page that was shown then

    leap(page)
    keep_pictures(page, "number-jumps", leap)
    assert len(desk.stored()) == 2, "nothing is stored before it is insisted upon"
    page.keyboard.press("F10")
    desk.shows("004")
    desk.has_saved()
    assert desk.stored()[-1][:2] == ("500", "2007-01-01")


def test_each_thing_that_cannot_follow_is_one_question_at_its_own_field(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = desk.page
    desk.command.run("page", desk.ledger, "001", "--number", "20")
    desk.command.run("entry", "set", desk.ledger, "001", "--number", "10", "--date", "2007-02-15")
    desk.open("002")
    expect(page.locator("#printed")).to_have_value("21")  # one more than on the page before
    for doubt, said in QUESTIONS.items():

        def say(tab: Page, said: dict[str, str] = said) -> None:
            tab.goto(f"{desk.address}/entries?page=002")
            for field, words in said.items():
                tab.fill(f"#{field}", words)
            tab.keyboard.press("Enter")
            expect(tab.locator(".doubts p")).to_have_count(1)

        say(page)
        expect(page.locator("#insist")).to_have_attribute("value", doubt)
        expect(page.locator(f"#{doubt.split('-')[1].replace('month', 'date')}")).to_be_focused()
        keep_pictures(page, doubt, say)
    page.keyboard.press("F10")
    desk.shows("003")
    desk.has_saved()
    assert desk.stored()[-1][:2] == ("011", "2007-02-16")
    page.goto(f"{desk.address}/pages")
    expect(page.locator(".grid .tile").nth(1)).to_contain_text("tr. 13")
    keep_pictures(page, "printed-numbers")


def test_acts_of_ones_own_are_taken_back_in_words_ten_deep(entry_office: Office) -> None:
    desk = entry_office.desk(11)
    page = desk.page
    enter(desk, 11)
    desk.open("011")
    expect(page.locator("#undo")).to_be_hidden()  # another person's act
    page.locator(".entry-acts summary").click()
    press(page, "Xóa trường hợp số 011")
    expect(page.locator("#undo")).to_contain_text("Đã bỏ trường hợp số 011.")
    keep_pictures(page, "entry-removed")
    press(page, "Hoàn tác Ctrl+Z")
    expect(page.locator(DONE)).to_have_text("Đã hoàn tác: Đã bỏ trường hợp số 011.")
    assert [number for number, _, _ in desk.stored()] == ["011"]
    desk.open("001")
    for number in range(1, 11):
        desk.shows(f"{number:03}")
        page.keyboard.press("F2" if number % 2 else "F3")
    desk.has_saved()
    assert len(desk.states()) == 11
    for number in range(10, 0, -1):
        page.keyboard.press("Control+z")
        desk.shows(f"{number:03}")
        expect(page.locator(DONE)).to_contain_text(f"Đã ghi trang {number:03} là")
    assert desk.states() == {"011": "entry"}


def test_page_is_set_aside_and_back_scanned_again_and_its_earlier_image_taken_again(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = desk.page
    page.goto(f"{desk.address}/scan?page=002")
    page.locator("#placing summary").click()
    press(page, "Để riêng")
    page.goto(f"{desk.address}/pages")
    expect(page.locator(".put-aside")).to_contain_text("002")
    keep_pictures(page, "page-aside")
    press(page, "Đưa lại")
    expect(page.locator(".put-aside")).to_have_count(0)
    keep_pictures(page, "page-back")
    book = desk.ledger.rpartition(".")[2].lstrip("0")
    desk.command.run("page", desk.ledger, "002", "retake", "--scanner", f"s{book}")
    page.goto(f"{desk.address}/scan?page=002")

    def look_back(tab: Page) -> None:
        tab.locator("#earlier summary").click()
        bring_into_view(tab.locator("#earlier form").last)

    look_back(page)
    keep_pictures(page, "earlier-image", look_back)
    press(page, "Dùng ảnh này")
    rows = {row["seq"]: row["revision"] for row in desk.command.json("pages", desk.ledger)}
    assert rows == {"001": 1, "002": 1, "003": 1}


def test_what_is_pressed_stays_until_it_is_let_go_though_news_come(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = desk.page
    page.goto(f"{desk.address}/scan?page=002")
    page.evaluate(NEWS)
    page.wait_for_function(PICTURES_SHOWN)  # nothing moves away under the pointer
    page.locator("#placing summary").hover()
    page.mouse.down()
    with page.expect_response("**/scan/board*"):
        page.evaluate(f"window.renewed = {NEWS}, null")
    page.evaluate("Promise.race([window.renewed, new Promise((later) => setTimeout(later, 500))])")
    page.mouse.up()
    expect(page.locator("#placing")).to_have_attribute("open", "")
    page.evaluate("window.renewed")
    press(page, "Để riêng")
    expect(page.locator(DONE)).to_contain_text("Đã để riêng")


def stated(office: Office) -> EntryDesk:
    """A ledger whose closing page was told, with the form to correct it open."""
    desk = office.desk(1)
    desk.command.run("ledger", "totals", desk.ledger, "--closing-pages", 1, "--closing-entries", 1)
    desk.page.goto(f"{desk.address}/finish")
    desk.page.locator("#totals-again summary").click()
    return desk


def test_changed_total_asks_for_its_reason_though_news_come(entry_office: Office) -> None:
    page = stated(entry_office).page
    page.fill("#closing_pages", "3")
    expect(page.locator("#totals-reason")).to_be_visible()
    page.focus("#totals-again button")
    page.evaluate(NEWS)
    expect(page.locator("#closing_pages")).to_have_value("3")
    expect(page.locator("#totals-reason")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#totals-reason:invalid")).to_be_focused()


def test_field_that_somebody_goes_into_while_news_come_stays_until_they_leave_it(entry_office: Office) -> None:
    page = stated(entry_office).page
    held: list[Route] = []
    is_held = True
    page.route("**/finish/board", lambda route: held.append(route) if is_held else route.continue_())
    page.evaluate(f"window.renewed = {NEWS}, null")
    eventually(lambda: page.locator("#closing_pages").is_visible() and len(held) > 0)
    page.focus("#closing_pages")
    # An answer that was under way before these were held may have brought what they bring: they shall be news again.
    page.evaluate("fragments().forEach((part) => { part.dataset.shown = ''; })")
    page.evaluate("window.field = document.activeElement, null")
    is_held = False
    for route in held:
        route.continue_()
    page.evaluate("window.renewed")
    page.keyboard.type("3")
    assert page.evaluate("window.field.isConnected")
    page.focus("#totals-again button")
    page.wait_for_function("() => !window.field.isConnected")
    expect(page.locator("#closing_pages")).to_have_value("31")


def test_ledgers_own_data_is_corrected_and_an_empty_one_removed(entry_office: Office) -> None:
    entry_office.command.run("ledger", "add", "KS", "1999", "7")
    page = entry_office.desk(1).page
    page.goto(f"{entry_office.daemon.address}/ledger/19429/KS.1999.07/paper")
    page.fill("[name=year]", "1998")
    page.fill("[name=last_year]", "1998")
    page.locator("#correct-ledger").click()
    page.wait_for_url("**/KS.1998.07/**")
    expect(page.locator(".ledger-bar")).to_contain_text("Khai sinh 1998")

    def ask_to_remove(tab: Page) -> None:
        tab.locator("#remove-ledger summary").click()
        bring_into_view(tab.locator("#remove-ledger .danger"))

    ask_to_remove(page)
    keep_pictures(page, "ledger-data", ask_to_remove)
    with page.expect_navigation():
        page.locator("#remove-ledger .danger").click()
    keep_pictures(page, "ledger-removed")
    assert "KS.1998.07" not in {row["ledger"] for row in entry_office.command.json("ledger", "list")}


def test_ledger_that_goes_on_elsewhere_is_looked_at_and_nothing_of_it_typed_or_pressed(
    entry_office: Office, tmp_path: Path
) -> None:
    desk = entry_office.desk(3, "KS")
    enter(desk, 1)
    desk.command.run("ledger", "hand-over", desk.ledger, tmp_path)
    page = desk.page
    for view, key in (("scan?page=002", " "), ("entries?page=002", "F2"), ("rows", "F10"), ("finish", "Enter")):
        page.goto(f"{desk.address}/{view}")
        page.evaluate(NEWS)
        expect(page.locator("main form[method=post] :is(button, input, select):enabled")).to_have_count(0)
        expect(page.locator("[data-column]:not([inert] *)")).to_have_count(0)
        page.keyboard.press(key)
        page.keyboard.press("F6")  # the whole page, as in any other ledger
        keep_pictures(page, f"elsewhere-{view.partition('?')[0]}")
    page.goto(f"{desk.address}/entries?page=001")
    page.keyboard.press("PageDown")
    page.wait_for_url("**/entries?page=002")
    page.fill("[name=find]", "1")
    page.keyboard.press("Enter")
    expect(page.locator('.indexing[data-label="001"]')).to_be_visible()
    assert page.locator(".notice.refused").count() == 0
    assert desk.states() == {"001": "entry"}


def test_from_a_page_to_its_entry_and_back_and_from_a_missing_number_to_its_neighbours(entry_office: Office) -> None:
    desk = entry_office.desk(4)
    enter(desk, 1, 2, 4)
    page = desk.page
    page.goto(f"{desk.address}/scan?page=002")
    page.locator('main a[href*="/entries?"][href*="002"]').first.click()
    desk.page.wait_for_url("**/entries?*")
    expect(page.locator('.indexing[data-label="002"]')).to_be_visible()
    keep_pictures(page, "page-to-entry")
    page.locator("h1 a.label").click()
    page.wait_for_url("**/scan?page=002")
    keep_pictures(page, "entry-to-page")
    page.goto(f"{desk.address}/finish")
    expect(page.locator(".gaps")).to_contain_text("003")
    keep_pictures(page, "missing-number")
    page.get_by_role("link", name="Nhập số 003").click()
    page.wait_for_url("**/entries?*missing=3*")
    expect(page.locator("#number")).to_have_value("003")
    expect(page.locator('.indexing[data-label="003"]')).to_be_visible()
    keep_pictures(page, "missing-number-open")


def test_history_of_ledger_page_and_entry_is_told_in_words(entry_office: Office) -> None:
    desk = entry_office.desk(2)
    enter(desk, 1)
    page = desk.page
    page.goto(f"{desk.address}/scan?page=001")
    page.get_by_role("link", name="Lịch sử", exact=True).click()
    page.wait_for_url("**/history?page=001")
    expect(page.locator(".history tbody")).to_contain_text("trang 001")
    keep_pictures(page, "history-page")
    desk.open("001")
    page.get_by_role("link", name="Lịch sử của trường hợp 001").click()
    page.wait_for_url("**/history?entry=**")
    expect(page.locator(".history tbody tr")).not_to_have_count(0)
    keep_pictures(page, "history-entry")
    page.get_by_role("link", name="Cả quyển sổ").click()
    expect(page.locator(".history tbody tr")).not_to_have_count(1)
    keep_pictures(page, "history")


def test_ledger_is_searched_by_the_full_name_of_its_type_and_its_cover_printed(entry_office: Office) -> None:
    desk = entry_office.desk(1)
    entry_office.command.run("ledger", "add", "KS", "2001", "3")
    page = desk.page
    page.goto(f"{desk.daemon.address}/")
    page.locator("[name=find]").fill("khai sinh 2001")
    page.keyboard.press("Enter")
    expect(page.locator("a.ledger").first).to_contain_text("Khai sinh")
    page.locator("#covers").click()
    expect(page.locator(".cover-sheet")).to_have_count(1)
    expect(page.locator(".cover-sheet")).to_contain_text("KS.2001.03")
    keep_pictures(page, "cover-sheet")
    code = photographed(page.locator(".cover-sheet svg").screenshot())
    page.goto(f"{desk.daemon.address}/")
    page.locator("[name=find]").fill(code)  # as a reader of codes types it
    page.keyboard.press("Enter")
    page.wait_for_url("**/KS.2001.03/scan")
    keep_pictures(page, "cover-opens-its-ledger")


def test_sending_that_is_held_is_told_on_every_view_and_a_person_leaves_the_list(entry_office: Office) -> None:
    desk = entry_office.desk(1)
    page = desk.page
    entry_office.command.run("user", "add", "Trần Văn Mượn", "--role", "operator")
    page.goto(f"{desk.daemon.address}/deliveries")
    with page.expect_navigation():
        page.locator("#pause").click()
    for view in (f"{desk.daemon.address}/", f"{desk.address}/scan", f"{desk.address}/entries"):
        page.goto(view)
        expect(page.locator("body")).to_contain_text("tạm dừng")
    picture, alert = page.locator("#paper img").bounding_box(), page.locator("main > .standing").bounding_box()
    assert picture
    assert alert
    assert picture["y"] >= alert["y"] + alert["height"], "nothing of the paper is covered"
    keep_pictures(page, "sending-held")
    page.goto(f"{desk.daemon.address}/deliveries")
    with page.expect_navigation():
        page.locator("#pause").click()
    page.goto(f"{desk.daemon.address}/people")
    row = page.locator("tr", has_text="Trần Văn Mượn")

    def ask_to_leave(tab: Page) -> None:
        tab.locator("tr", has_text="Trần Văn Mượn").locator("summary").last.click()

    ask_to_leave(page)
    keep_pictures(page, "person-leaves", ask_to_leave)
    with page.expect_navigation():
        row.locator("button.danger:visible").click()
    expect(page.locator("tr", has_text="Trần Văn Mượn")).to_have_count(0)


def test_another_person_goes_on_at_the_view_that_is_open_by_one_key_and_the_pin(
    entry_office: Office, tmp_path: Path
) -> None:
    desk = entry_office.desk(3)
    other = "Trần Văn Tiếp"
    pin = entry_office.command.run("user", "add", other, "--role", "operator").stdout.strip()
    browser = desk.page.context.browser
    assert browser
    page = new_page(browser)
    login = Shown(f"{desk.daemon.address}/", other, pin, tmp_path)
    log_in(page, login)
    page.goto(f"{desk.address}/entries?page=002")
    expect(page.locator("#date")).to_be_focused()
    page.wait_for_load_state()
    page.keyboard.press("Control+o")
    page.wait_for_url("**/login")
    keep_pictures(page, "switch")
    page.get_by_label(other).focus()
    page.keyboard.press(" ")
    page.keyboard.press("Tab")
    expect(page.locator("#pin")).to_be_focused()
    page.keyboard.type(f"{pin}\n")
    page.wait_for_url("**/entries?page=002")
    expect(page.locator('.indexing[data-label="002"]')).to_be_visible()
    expect(page.locator(".who")).to_have_text(other)
    page.goto(f"{desk.daemon.address}/deliveries")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#pause")).to_have_count(0)  # a technician's
    keep_pictures(page, "deliveries-of-an-operator")
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/login")
    log_in(page, login)  # from the beginning again


#: Keeps the pitches (Hz) that the page's own tones are set to, in the browser's real audio.
LISTENING = """
    window.pitches = [];
    const set = AudioParam.prototype.setValueAtTime;
    AudioParam.prototype.setValueAtTime = function (value, at) {
      window.pitches.push(value);
      return set.call(this, value, at);
    };
"""


def test_page_that_is_safe_sounds_short_and_a_stop_sounds_long(entry_office: Office) -> None:
    desk = entry_office.desk(1)
    page = desk.page
    page.add_init_script(LISTENING)
    for silent in (False, True):
        page.goto(f"{desk.address}/scan")
        if silent:
            page.locator("#sound").click()
        page.select_option("[name=scanner]", "s39" if silent else "s38")
        page.fill("[name=limit]", "1")
        page.locator("#action").press(" ")
        expect(page.locator(DONE)).to_be_visible()
        page.wait_for_function(
            "() => window.sessionStorage.getItem(`sounded:${location.pathname}`).includes('accepted')"
        )
        assert page.evaluate("window.pitches") == ([] if silent else [1047])
    page.goto(desk.daemon.address)
    expect(page.locator("#own-day")).to_have_text(re.compile(r"quét [1-9]\d* trang"))
    page.goto(f"{desk.address}/scan")
    page.locator("#sound").click()
    page.select_option("[name=scanner]", JAMS)
    page.fill("[name=limit]", "")
    page.locator("#action").press(" ")
    expect(page.locator(".notice.stopped")).to_be_visible()
    page.wait_for_function("() => window.pitches.join().endsWith('440,330,220')")
    keep_pictures(page, "scan-stopped")


def test_work_of_a_view_leads_on_to_the_next_step_when_it_is_done(entry_office: Office) -> None:
    desk = entry_office.desk(2)
    page = desk.page
    page.goto(f"{desk.address}/scan")
    keep_pictures(page, "way-on-scanned")
    page.locator("#way-on a").click()
    desk.shows("001")
    expect(page.locator("#way-on")).to_have_count(0)
    enter(desk, 1, 2)
    desk.open("002")
    keep_pictures(page, "way-on-entered")
    page.locator("#way-on a").click()
    page.wait_for_url("**/rows")
    expect(page.locator("#way-on")).to_be_hidden()
    page.goto(f"{desk.address}/finish")
    expect(page.locator("#way-on")).to_have_count(0)


def test_page_without_an_entry_becomes_none_by_enter_alone(entry_office: Office) -> None:
    desk = entry_office.desk(2)
    page = desk.page
    desk.open("001")

    def save_as_proposed(tab: Page) -> None:
        tab.keyboard.press("Enter")  # no day is there yet
        expect(tab.locator(".notice.refused")).to_be_visible()

    def save_without_date(tab: Page) -> None:
        tab.fill("#date", "")
        tab.keyboard.press("Enter")
        expect(tab.locator(".doubts p")).to_be_visible()

    save_as_proposed(page)
    expect(page.locator(".notice.refused")).to_contain_text("F3 là bìa, F4 là trang khóa sổ")
    expect(page.locator("#date")).to_be_focused()
    keep_pictures(page, "page-without-entry-refused", save_as_proposed)
    save_without_date(page)
    expect(page.locator(".doubts p")).to_contain_text("Ngày đăng ký để trống")
    expect(page.locator("#date")).to_be_focused()
    keep_pictures(page, "date-empty", save_without_date)
    assert desk.stored() == []
    page.keyboard.press("F3")
    desk.shows("002")
    desk.has_saved()
    assert (desk.stored(), desk.states()) == ([], {"001": "cover"})


def test_sound_is_switched_off_and_stays_off(entry_office: Office) -> None:
    page = entry_office.desk(1).page
    for pressed in ("false", "true"):
        page.goto(page.url if "/scan" in page.url else f"{entry_office.daemon.address}/ledger/19429/KH.2007.01/scan")
        page.locator("#sound").click()
        expect(page.locator("#sound")).to_have_attribute("aria-pressed", pressed)
        page.reload()
        expect(page.locator("#sound")).to_have_attribute("aria-pressed", pressed)
    keep_pictures(page, "sound")
