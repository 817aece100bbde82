"""In a real browser: views of a ledger are met again where they were left, also after an act, and when it is gone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, keep_pictures
from tests.e2e.entry_desk import EntryDesk, Office

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def step(page: Page, name: str) -> None:
    page.locator(".ledger-bar nav").get_by_role("link", name=name).click()


def shows(desk: EntryDesk, label: str) -> None:
    expect(desk.page.locator(f'.indexing[data-label="{label}"]')).to_be_visible()


def test_view_is_met_again_at_the_page_where_it_was_left(entry_office: Office) -> None:
    desk = entry_office.desk(6)
    page = desk.page
    page.goto(f"{desk.address}/entries")
    shows(desk, "001")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    shows(desk, "003")
    step(page, "1. Quét")
    expect(page.locator("body.scan")).to_be_visible()
    step(page, "2. ")
    shows(desk, "003")
    keep_pictures(page, "kept-place")
    # The view that is open begins where work waits.
    step(page, "2. ")
    shows(desk, "001")
    page.keyboard.press("PageDown")
    shows(desk, "002")
    step(page, "1. Quét")
    desk.command.run("page", desk.ledger, "002", "set-aside")
    step(page, "2. ")
    shows(desk, "001")


def test_views_of_pages_and_of_rows_are_met_again_where_they_were_left(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = desk.page
    for number in (1, 2):
        desk.command.run("entry", "set", desk.ledger, f"00{number}", "--number", number, "--date", "2007-01-05")
    page.goto(f"{desk.address}/scan")
    page.locator(".strip a").nth(1).click()
    expect(page.locator("#newest")).to_have_attribute("alt", re.compile("002$"))
    step(page, "3. Dòng")
    expect(page.locator(".keying h1")).to_contain_text("001")
    page.keyboard.press("PageDown")
    expect(page.locator(".keying h1")).to_contain_text("002")
    step(page, "1. Quét")
    expect(page.locator("#newest")).to_have_attribute("alt", re.compile("002$"))
    keep_pictures(page, "kept-place-scan")
    step(page, "3. Dòng")
    expect(page.locator(".keying h1")).to_contain_text("002")
    keep_pictures(page, "kept-place-rows")
    small = page.locator("#paper img").bounding_box()
    page.keyboard.press("F6")
    assert page.locator("#paper img").bounding_box() != small, "enlarged by a key"


def test_view_stays_at_its_page_after_an_act_and_begins_anew_where_the_page_went(entry_office: Office) -> None:
    desk = entry_office.desk(6)
    page = desk.page
    page.goto(f"{desk.address}/entries?page=004")
    for put_aside, then in (("006", "004"), ("004", "001")):
        page.locator("#placing summary").click()
        page.locator("#placing-pages").fill(put_aside)
        page.get_by_role("button", name="Để riêng").click()
        expect(page.locator(".notice.done")).to_contain_text(put_aside)
        shows(desk, then)
