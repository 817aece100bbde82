"""Keys of the scanning view and of the questions, in a real browser: none is lost, none counts twice."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import CHROMIUM, PICTURES_SHOWN, keep_pictures
from tests.e2e.entry_desk import EntryDesk, Office

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def desk(entry_office: Office) -> EntryDesk:
    return entry_office.desk(2)


def choose(desk: EntryDesk, scanner: str) -> None:
    """One sheet of this scanner."""
    desk.page.select_option("[name=scanner]", scanner)
    desk.page.fill("[name=limit]", "1")


def pages(desk: EntryDesk) -> int:
    return len(desk.command.json("pages", desk.ledger))


def test_space_scans_and_opens_no_list_where_one_has_the_focus(desk: EntryDesk) -> None:
    desk.page.goto(f"{desk.address}/scan")
    choose(desk, "s39")
    desk.page.focus("[name=source]")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".notice.done")).to_be_visible()
    keep_pictures(desk.page, "space-scans")
    assert pages(desk) == 3


def test_space_before_the_view_is_whole_scans(desk: EntryDesk) -> None:
    held: list[Route] = []
    desk.page.route("**/station.js", lambda route: route.continue_() if held else held.append(route))
    desk.page.goto(f"{desk.address}/scan", wait_until="commit")
    choose(desk, "s38")
    desk.page.focus("#action")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".notice.done")).to_be_visible()
    assert pages(desk) == 3


def by_key(page: Page) -> None:
    page.keyboard.press("F1")


def by_hand(page: Page) -> None:
    page.locator("#help").click()


@pytest.mark.parametrize("press", [by_key, by_hand])
def test_button_pressed_before_its_script_is_there_acts_once_it_is(
    desk: EntryDesk, press: Callable[[Page], None]
) -> None:
    page, held = desk.page, list[Route]()
    page.route("**/help.js", lambda route: held.append(route))
    page.goto(f"{desk.address}/scan", wait_until="commit")
    expect(page.locator("#newest")).to_be_visible()
    press(page)
    press(page)  # nothing came
    expect(page.locator("#help-words")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#help-words")).to_be_visible()
    by_key(page)
    expect(page.locator("#help-words")).to_be_hidden()


def test_space_pressed_twice_begins_one_session(desk: EntryDesk) -> None:
    desk.page.goto(f"{desk.address}/scan")
    choose(desk, "s37")
    desk.page.focus("#action")
    desk.page.keyboard.press(" ")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".notice.done")).to_be_visible()
    expect(desk.page.locator(".notice.refused, .notice.stopped")).to_have_count(0)
    assert pages(desk) == 3


def test_page_is_larger_by_a_key_and_what_is_looked_at_stays_in_sight_when_there_is_news(desk: EntryDesk) -> None:
    page, paper = desk.page, desk.page.locator("#paper")
    page.goto(f"{desk.address}/scan")
    expect(paper).to_have_class(re.compile(r"\bwhole\b"))
    page.keyboard.press("F6")
    expect(paper).not_to_have_class(re.compile(r"\bwhole\b"))
    width = "() => [document.getElementById('newest'), document.getElementById('paper')].map((one) => one.clientWidth)"
    picture, room = page.evaluate(width)
    assert picture == room
    keep_pictures(page, "scan-larger")
    page.wait_for_function(PICTURES_SHOWN)  # there is nowhere to scroll to before
    paper.evaluate("(one) => one.scrollTo(0, 50)")
    desk.command.run("page", desk.ledger, "002", "--number", "13")
    expect(page.locator(".page-tools h2")).to_contain_text("Trang 13")
    page.wait_for_function("() => document.getElementById('paper').scrollTop === 50")
    expect(paper).not_to_have_class(re.compile(r"\bwhole\b"))
    page.keyboard.press("F6")
    expect(paper).to_have_class(re.compile(r"\bwhole\b"))


def test_choice_beside_the_button_stays_while_other_pages_are_looked_at(desk: EntryDesk) -> None:
    desk.page.goto(f"{desk.address}/scan")
    desk.page.select_option("[name=source]", "flatbed")
    desk.page.locator(".thumb").first.click()
    desk.page.wait_for_url("**/scan?page=001")
    expect(desk.page.locator("[name=source]")).to_have_value("flatbed")
    expect(desk.page.locator("[name=profile]")).to_have_value("")


def test_retake_waits_for_the_page_to_be_laid_in(desk: EntryDesk) -> None:
    desk.page.goto(f"{desk.address}/scan?page=001")
    choose(desk, "s36")
    desk.page.get_by_role("link", name="Quét lại").click()
    expect(desk.page.locator(".side .notice.asking")).to_contain_text("Đặt trang 001 vào máy")
    keep_pictures(desk.page, "scan-retake")
    assert pages(desk) == 2, "nothing is scanned yet"
    desk.page.keyboard.press("Escape")
    desk.page.wait_for_url("**/scan?page=001")
    desk.page.get_by_role("link", name="Chèn sau").click()
    expect(desk.page.locator("#action")).to_contain_text("Chèn sau trang 001")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".notice.done")).to_be_visible()
    assert [row["seq"] for row in desk.command.json("pages", desk.ledger)] == ["001", "001a", "002"]
    expect(desk.page.locator("#undo")).to_contain_text("Đã quét chèn trang 001a.")
    keep_pictures(desk.page, "scan-inserted")
    desk.page.keyboard.press("Control+z")
    expect(desk.page.locator("#undo").filter(has_text="001a")).to_have_count(0)
    assert pages(desk) == 2
