"""What an officer meets in an evening, in a real browser: each is done by what the view itself offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, Shown, keep_picture, keep_pictures, log_in, new_page
from tests.e2e.entry_desk import JAMS, EntryDesk, Office

DONE = ".notice.done"

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
    page.locator("#totals-reason").fill("đọc nhầm")
    page.locator("#totals-again button").click()
    expect(page.locator(".totals-stated")).to_contain_text("3 trang")
    expect(page.locator(".gaps")).to_have_count(0)

    unstated = entry_office.desk(1)
    enter(unstated, 1)
    unstated.page.goto(f"{unstated.address}/finish")
    with unstated.page.expect_navigation():
        unstated.page.locator("#close-without").click()
    expect(unstated.page.locator(".finish .notice.asking").first).to_contain_text("chưa có tổng số")
    expect(unstated.page.locator(f".finish {DONE}")).to_have_count(0)
    keep_pictures(unstated.page, "closed-without-totals")
    unstated.page.goto(unstated.daemon.address)
    tile = unstated.page.locator(f'a.ledger[href*="/{unstated.ledger}/"]')
    expect(tile).to_contain_text("chưa có tổng số")


def test_number_and_date_that_cannot_follow_are_asked_about_and_one_key_insists(entry_office: Office) -> None:
    desk = entry_office.desk(4)
    enter(desk, 1, 2)
    desk.open("003")
    page = desk.page
    page.fill("#number", "500")
    page.fill("#date", "1/1/2007")
    page.keyboard.press("Enter")
    expect(page.locator(".doubts p")).not_to_have_count(0)
    expect(page.locator("#number")).to_be_focused()  # what came before belongs to the page that was shown then
    keep_pictures(page, "number-jumps")
    assert len(desk.stored()) == 2, "nothing is stored before it is insisted upon"
    page.keyboard.press("F10")
    desk.shows("004")
    desk.has_saved()
    assert desk.stored()[-1][:2] == ("500", "2007-01-01")


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
    book = desk.ledger.rpartition(".")[2].lstrip("0")
    desk.command.run("page", desk.ledger, "002", "retake", "--scanner", f"s{book}")
    page.goto(f"{desk.address}/scan?page=002")
    page.locator("#earlier summary").click()
    keep_pictures(page, "earlier-image")
    press(page, "Dùng ảnh này")
    rows = {row["seq"]: row["revision"] for row in desk.command.json("pages", desk.ledger)}
    assert rows == {"001": 1, "002": 1, "003": 1}


def test_ledgers_own_data_is_corrected_and_an_empty_one_removed(entry_office: Office) -> None:
    entry_office.command.run("ledger", "add", "KS", "1999", "7")
    page = entry_office.desk(1).page
    page.goto(f"{entry_office.daemon.address}/ledger/19429/KS.1999.07/paper")
    page.fill("[name=year]", "1998")
    page.fill("[name=last_year]", "1998")
    page.locator("#correct-ledger").click()
    page.wait_for_url("**/KS.1998.07/**")
    expect(page.locator(".ledger-bar")).to_contain_text("Khai sinh 1998")
    keep_pictures(page, "ledger-data")
    page.locator("#remove-ledger summary").click()
    with page.expect_navigation():
        page.locator("#remove-ledger .danger").click()
    assert "KS.1998.07" not in {row["ledger"] for row in entry_office.command.json("ledger", "list")}


def test_from_a_page_to_its_entry_and_back_and_from_a_missing_number_to_its_neighbours(entry_office: Office) -> None:
    desk = entry_office.desk(4)
    enter(desk, 1, 2, 4)
    page = desk.page
    page.goto(f"{desk.address}/scan?page=002")
    page.locator('main a[href*="/entries?"][href*="002"]').first.click()
    desk.page.wait_for_url("**/entries?*")
    expect(page.locator('.indexing[data-label="002"]')).to_be_visible()
    page.locator("h1 a.label").click()
    page.wait_for_url("**/scan?page=002")
    page.goto(f"{desk.address}/finish")
    expect(page.locator(".gaps")).to_contain_text("003")
    keep_pictures(page, "missing-number")
    page.get_by_role("link", name="Nhập số 003").click()
    page.wait_for_url("**/entries?*missing=3*")
    expect(page.locator("#number")).to_have_value("003")
    expect(page.locator('.indexing[data-label="003"]')).to_be_visible()


def test_history_of_ledger_page_and_entry_is_told_in_words(entry_office: Office) -> None:
    desk = entry_office.desk(2)
    enter(desk, 1)
    page = desk.page
    page.goto(f"{desk.address}/scan?page=001")
    page.get_by_role("link", name="Lịch sử", exact=True).click()
    page.wait_for_url("**/history?page=001")
    expect(page.locator(".history tbody")).to_contain_text("trang 001")
    desk.open("001")
    page.get_by_role("link", name="Lịch sử của trường hợp 001").click()
    page.wait_for_url("**/history?entry=**")
    expect(page.locator(".history tbody tr")).not_to_have_count(0)
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
    row.locator("summary", has_text="Đưa khỏi danh sách").click()
    keep_pictures(page, "person-leaves")
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
    keep_picture(page, "switch")
    page.get_by_text(other).click()
    page.fill("#pin", pin)
    page.keyboard.press("Enter")
    page.wait_for_url("**/entries?page=002")
    expect(page.locator('.indexing[data-label="002"]')).to_be_visible()
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
        page.wait_for_function("window.sessionStorage.getItem(`sounded:${location.pathname}`).includes('accepted')")
        assert page.evaluate("window.pitches") == ([] if silent else [1047])
    page.locator("#sound").click()
    page.select_option("[name=scanner]", JAMS)
    page.fill("[name=limit]", "")
    page.locator("#action").press(" ")
    expect(page.locator(".notice.stopped")).to_be_visible()
    page.wait_for_function("window.pitches.join().endsWith('440,330,220')")
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
    page.keyboard.press("Enter")  # as it is proposed: no day is there yet
    expect(page.locator(".notice.refused")).to_contain_text("F3 là bìa, F4 là trang khóa sổ")
    expect(page.locator("#date")).to_be_focused()
    keep_pictures(page, "page-without-entry-refused")
    page.fill("#date", "")
    page.keyboard.press("Enter")
    expect(page.locator(".doubts p")).to_contain_text("Ngày đăng ký để trống")
    expect(page.locator("#date")).to_be_focused()
    keep_pictures(page, "date-empty")
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
