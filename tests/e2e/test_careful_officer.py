"""A careful officer, in a real browser: sixty pages by keyboard alone, few keys, and no alarm for nothing."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import officer
from tests.e2e.browser import CHROMIUM, keep_pictures
from tests.e2e.entry_desk import Office

PAGES = 60
#: All but the cover and the closing page hold an entry.
ENTRIES = PAGES - 2
ALARMS = ".notice.refused:visible, .notice.asking:visible, .notice.stopped:visible, [role=alert]:visible:not(.done)"
#: Said from the page itself: what a mouse clicked. A key that presses a button is a click of no place.
COUNT_CLICKS = """
const count = () => sessionStorage.setItem("clicks", 1 + Number(sessionStorage.clicks ?? 0));
addEventListener("click", (event) => event.detail && count(), true);
"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def tab_to(page: Page, target: Locator) -> None:
    """Go there by the tabulator."""
    for _ in range(80):
        if target.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way by keyboard to {target}")


def press(page: Page, keys: str) -> int:
    """Type; gives how many keys that took."""
    page.keyboard.type(keys)
    return len(keys)


def test_careful_officer_needs_three_keys_an_entry_no_click_and_meets_no_alarm(entry_office: Office) -> None:
    entry_office.command.run("ledger", "add", "KH", "2007", 1)
    page = entry_office.person.new_page()
    page.add_init_script(COUNT_CLICKS)
    page.goto(entry_office.daemon.address)
    tab_to(page, page.locator(f'a.ledger[href*="/{officer.LEDGER}/"]'))
    page.keyboard.press("Enter")
    expect(page.locator("#action")).to_be_visible()
    page.wait_for_load_state()
    tab_to(page, page.locator("[name=scanner]"))
    page.keyboard.press("ArrowDown")
    officer.scan_all(page, PAGES)
    alarms = page.locator(ALARMS).count()

    tab_to(page, page.locator('.ledger-bar nav a[href*="/entries"]'))
    page.keyboard.press("Enter")
    expect(page.locator("#date")).to_be_focused()
    page.keyboard.press("F3")
    month, keys = 0, 0
    for place in range(ENTRIES):
        expect(page.locator(f'.indexing[data-label="{place + 2:03d}"]')).to_be_visible()
        alarms += page.locator(ALARMS).count()
        date = datetime.date(2007, 1, 3) + datetime.timedelta(days=2 * place)
        keys += press(page, f"{date.day}" + (f"/{date.month}" if date.month != month else "") + "\n")
        month = date.month
    expect(page.locator(f'.indexing[data-label="{PAGES:03d}"]')).to_be_visible()
    page.keyboard.press("F4")
    expect(page.locator("#closing_pages")).to_be_focused()
    keep_pictures(page, "totals-asked")
    press(page, f"{PAGES - 1}")
    page.keyboard.press("Tab")
    press(page, f"{ENTRIES}\n")
    officer.has_saved(page)

    tab_to(page, page.locator('.ledger-bar nav a[href$="/finish"]'))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#close"))
    page.keyboard.press("Enter")
    expect(page.locator("#reopen")).to_be_visible()
    alarms += page.locator(ALARMS).count()

    assert keys <= 3 * ENTRIES
    assert alarms <= 2
    assert page.evaluate("sessionStorage.clicks") is None
    (ledger,) = entry_office.command.json("ledger", "list")
    assert (ledger["state"], ledger["pages_captured"], ledger["entries_named"]) == ("indexed", PAGES, ENTRIES)
    assert entry_office.command.run("verify").stderr == ""
