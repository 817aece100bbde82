"""In a real browser: pages are turned by the run and taken back; numbers are given anew from here on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, keep_pictures
from tests.e2e.entry_desk import EntryDesk, Office

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def turns(page: Page) -> list[str]:
    """How far each page is shown turned."""
    addresses = [one.get_attribute("src") or "" for one in page.locator(".grid .tile img").all()]
    return [parse_qs(urlsplit(address).query)["turn"][0] for address in addresses]


def numbers(desk: EntryDesk) -> list[str]:
    return [row["number"] for row in desk.command.json("entry", "list", desk.ledger)]


def test_every_second_page_is_turned_and_one_key_takes_it_back(entry_office: Office) -> None:
    desk = entry_office.desk(6)
    page = desk.page
    page.goto(f"{desk.address}/pages")

    def choose(tab: Page, every: str = "even") -> None:
        tab.locator("#turning summary").click()
        tab.locator("#turning-pages").fill("001-006")
        tab.locator("#turning-every").select_option(every)

    choose(page)
    keep_pictures(page, "turn-pages", choose)
    page.get_by_role("button", name="Lật ngược").click()
    expect(page.locator(".notice.done")).to_contain_text("Đã xoay 3 trang")
    assert turns(page) == ["0", "180"] * 3
    keep_pictures(page, "turned-even")
    page.keyboard.press("Control+z")
    expect(page.locator(".notice.done")).to_contain_text("Đã xoay các trang 002, 004, 006")
    assert turns(page) == ["0"] * 6
    choose(page, "odd")
    page.get_by_role("button", name="Lật ngược").click()
    expect(page.locator(".notice.done")).to_contain_text("Đã xoay 3 trang")
    assert turns(page) == ["180", "0"] * 3
    keep_pictures(page, "turned-odd")


def test_numbers_from_here_on_are_seen_before_they_are_given(entry_office: Office) -> None:
    desk = entry_office.desk(5)
    page = desk.page
    for number in range(1, 6):
        desk.command.run(
            "entry", "set", desk.ledger, f"{number:03}", "--number", number, "--date", f"2007-01-0{number}"
        )

    def ask(tab: Page) -> None:
        tab.goto(f"{desk.address}/entries?page=003")
        tab.locator(".entry-acts summary").click()
        tab.locator("#renumber-to").fill("5")

    def look(tab: Page) -> None:
        ask(tab)
        tab.locator(".renumber button").click()
        expect(tab.locator("#renumbering tbody tr")).to_have_text(["003003005", "004004006", "005005007"])

    ask(page)
    keep_pictures(page, "renumber-form", ask)
    look(page)
    keep_pictures(page, "renumber-preview", look)
    page.keyboard.press("Escape")
    expect(page.locator('.indexing[data-label="003"]')).to_be_visible()
    assert numbers(desk) == ["001", "002", "003", "004", "005"]
    page.locator(".entry-acts summary").click()
    page.locator("#renumber-to").fill("5")
    page.keyboard.press("Enter")
    expect(page.locator("#renumbering .primary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_contain_text("Đã đánh lại 3 số")
    assert numbers(desk) == ["001", "002", "005", "006", "007"]


def test_two_numbers_are_given_to_each_others_pages(entry_office: Office) -> None:
    desk = entry_office.desk(2)
    page = desk.page
    for number in (1, 2):
        desk.command.run("entry", "set", desk.ledger, f"00{number}", "--number", number, "--date", "2007-01-05")

    def ask(tab: Page) -> None:
        tab.goto(f"{desk.address}/entries?page=001")
        tab.locator(".entry-acts summary").click()
        tab.locator("#second").fill("2")

    ask(page)
    keep_pictures(page, "swap-numbers", ask)
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_contain_text("Đã đổi số 001")
    rows = desk.command.json("entry", "list", desk.ledger)
    assert {row["number"]: row["pages"] for row in rows} == {"001": ["002"], "002": ["001"]}
    keep_pictures(page, "swapped-numbers")
