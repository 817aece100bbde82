"""Every view is fit for people who see badly or use no mouse, by axe-core, and for small and enlarged screens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.browser import CHROMIUM, SCREEN, keep_picture, keep_pictures
from tests.e2e.entry_desk import EntryDesk, Office
from tests.waiting import eventually
from tests.web.test_plain_words import TECHNICAL

AXE = Path(__file__).parents[1] / "delivery" / "node_modules" / "axe-core" / "axe.min.js"
#: All its rules, and that a finger on a tablet finds its target.
RUN = "axe.run({ rules: { 'target-size': { enabled: true } } }).then((result) => result.violations)"
#: Lines that are dragged on the picture are thin where entries are: each has its field beside it, large enough.
THIN = 'target-size: <div class="entry-line"'
#: An old projector, and the screen of an old PC at 150 %.
SMALL: list[ViewportSize] = [{"width": 1024, "height": 600}, {"width": SCREEN["width"] * 2 // 3, "height": 512}]
LEDGER_VIEWS = [
    "scan",
    "scan?page=002",
    "pages",
    "entries?page=001",
    "entries?page=002",
    "finish",
    "checks",
    "checks?book=1",
    "checks/rejected",
    "files",
    "paper",
    "asks",
    "runs",
    "regions?page=005",
    "rows",
    "folder",
    "history",
    "minutes",
]
VIEWS = [
    "/",
    "/deliveries",
    "/people",
    "/plan",
    "/reports",
    "/inventory",
    "/reconciliation",
    "/covers",
    "/covers/labels",
    "/target",
    *LEDGER_VIEWS,
]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def desk(entry_office: Office) -> EntryDesk:
    """A ledger with entries, two of them on one page, and a page set aside."""
    desk = entry_office.desk(8)
    for label, number in (("001", "001"), ("005", "002"), ("005", "003")):
        desk.command.run("entry", "set", desk.ledger, label, "--number", number, "--date", "2007-01-15")
    desk.command.run("page", desk.ledger, "008", "set-aside")
    return desk


def go(desk: EntryDesk, view: str) -> Page:
    desk.page.goto(f"{desk.daemon.address}{view}" if view.startswith("/") else f"{desk.address}/{view}")
    expect(desk.page.locator("main")).to_be_visible()
    return desk.page


def faults(page: Page) -> list[str]:
    """What axe finds, each with the element it is about."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN)
    told = [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]
    return [one for one in told if not one.startswith(THIN)]


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: script/bootstrap --test, with node")
@pytest.mark.parametrize("view", VIEWS)
def test_view_has_no_fault_by_axe(desk: EntryDesk, view: str) -> None:
    assert faults(go(desk, view)) == []


@pytest.mark.parametrize("view", VIEWS)
def test_view_needs_no_scrolling_sideways(desk: EntryDesk, view: str) -> None:
    page, name = go(desk, view), "view-" + re.sub(r"\W+", "-", view).strip("-")

    def look_at_small_screens(tab: Page) -> None:
        for size in SMALL:
            tab.set_viewport_size(size)
            wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{wide} px too wide at {size}"
            keep_picture(tab, f"{name}-{size['width']}")
        tab.set_viewport_size(SCREEN)

    look_at_small_screens(page)
    keep_pictures(page, name, look_at_small_screens)


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "/target"])
def test_view_is_helped_by_one_key_and_says_nothing_technical(desk: EntryDesk, view: str) -> None:
    page = go(desk, view)
    page.keyboard.press("F1")
    expect(page.locator("#help-words p").first).to_be_visible()
    said = re.sub(r"\b[A-Z]{2,3}\.\d{4}\.\d\d\S*", "", page.locator("body").inner_text())  # names of ledgers and files
    assert not TECHNICAL.search(said)


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: script/bootstrap --test, with node")
def test_door_has_no_fault_by_axe(desk: EntryDesk) -> None:
    browser = desk.page.context.browser
    assert browser
    page = browser.new_context(viewport=SCREEN).new_page()
    page.goto(desk.daemon.address)
    expect(page.locator("#pin")).to_be_visible()
    assert faults(page) == []


def test_first_tab_leads_past_the_bars(desk: EntryDesk) -> None:
    page = go(desk, "finish")
    page.keyboard.press("Tab")
    keep_pictures(page, "skip-link", lambda tab: tab.keyboard.press("Tab"))
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_paper_is_scrolled_by_keyboard(desk: EntryDesk) -> None:
    page = go(desk, "entries?page=002")
    expect(page.locator("#paper img")).to_have_js_property("complete", True)  # there is nowhere to scroll to before
    page.focus("#paper")
    page.keyboard.press("End")
    eventually(lambda: page.evaluate("document.getElementById('paper').scrollTop > 0"))


@pytest.mark.parametrize("is_whole", [True, False])
def test_nothing_of_the_paper_lies_behind_its_buttons(desk: EntryDesk, is_whole: bool) -> None:
    page = go(desk, "entries?page=002")
    expect(page.locator("#paper img")).to_have_js_property("complete", True)
    if page.evaluate("document.getElementById('paper').classList.contains('whole')") != is_whole:
        page.keyboard.press("F6")
    page.evaluate("document.getElementById('paper').scrollTop = 1e6")
    picture, tools = page.locator("#paper img").bounding_box(), page.locator(".paper-tools").bounding_box()
    assert picture
    assert tools
    assert picture["y"] + picture["height"] <= tools["y"]


def test_button_that_was_pressed_has_the_focus_after_the_act(desk: EntryDesk) -> None:
    page = go(desk, "scan?page=003")
    page.focus("[name=state][value=blank]")
    page.keyboard.press("Enter")
    expect(page.locator("[name=state][value=blank][aria-pressed]")).to_be_focused()
    keep_pictures(page, "focus-kept", lambda tab: tab.focus("[name=state][value=blank]"))


def test_button_keeps_the_focus_when_its_part_of_the_page_comes_anew(desk: EntryDesk) -> None:
    page = go(desk, "scan?page=003")
    page.focus("[name=state][value=blank]")
    page.evaluate(
        "const part = document.querySelector('[data-fragment]:has([name=state])');"
        "delete part.dataset.shown; refresh(part)"
    )
    expect(page.locator("[name=state][value=blank]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[name=state][value=blank][aria-pressed]")).to_be_visible()
