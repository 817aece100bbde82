"""What an officer does at the page, by keyboard and mouse, for the tests and the pictures of the documents."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from drivers.drawn import DrawnPage, PageKind
from tests.waiting import eventually

LEDGER = "KH.2007.01"
#: The keys of the entry view for pages that hold no entry.
KEYS = {PageKind.BLANK: "F2", PageKind.COVER: "F3", PageKind.CLOSING: "F4"}


def open_ledger(page: Page) -> None:
    """From the list of ledgers to the scanning view of the ledger, at the first place."""
    page.locator(f'a.ledger[href*="/19429/{LEDGER}/"]').click()
    expect(page.locator("#action")).to_be_enabled()
    page.wait_for_load_state()


def scan_all(page: Page, count: int, meanwhile: Callable[[], None] | None = None) -> None:
    """Press space and wait until the session has ended with ``count`` pages."""
    page.keyboard.press(" ")
    expect(page.locator("#newest")).to_be_visible()
    if meanwhile:
        meanwhile()
    counts, done = page.locator(".ledger-counts"), page.locator(".notice.done")
    # A machine may need as long as it likes for the whole; each page is a step on the way.
    eventually(lambda: done.count() > 0, progress=counts.inner_text, every=0.5)
    expect(done).to_contain_text(str(count))


def give_numbers(page: Page, kinds: list[DrawnPage]) -> None:
    """Say of every page what it is: number and date by typing, other kinds by their keys; Enter goes on."""
    step(page, "entries")
    for kind in kinds:
        expect(page.locator(".entry-head h1")).to_contain_text(f"{kind.number:03d}")
        if kind.entry is None:
            page.keyboard.press(KEYS[kind.kind])
        else:
            assert kind.date is not None
            expect(page.locator("#number")).to_have_value(f"{kind.entry:03d}")
            page.fill("#date", f"{kind.date.day}/{kind.date.month}/{kind.date.year}")
            page.keyboard.press("Enter")
    has_saved(page)


def has_saved(page: Page) -> None:
    """Wait until the entry view has sent all, and shows what follows."""
    expect(page.locator("#saving")).to_be_hidden()
    expect(page.locator("main[aria-busy]")).to_have_count(0)


def close_and_package(page: Page) -> None:
    """Close the ledger, from which nothing is missing, and make its package."""
    step(page, "finish")
    page.locator("#close").click()
    expect(page.locator("#reopen")).to_be_visible()
    page.locator("#package").click()
    expect(page.locator(".revision")).to_be_visible()


def step(page: Page, view: str) -> None:
    """One of the ledger's views, by the last word of its address."""
    page.locator(f'.ledger-bar nav a[href$="/{view}"]').click()
    page.wait_for_load_state()
