"""A leaf turned twice and a page on its head are told in a real browser while the book still lies on the glass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from drivers.drawn import draw_page
from station import messages
from tests.e2e.browser import CHROMIUM, Shown, choose_language, chromium, keep_picture, log_in, new_page
from tests.e2e.officer import open_ledger, scan_all
from tests.station.daemons import running
from tests.stations import Command

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

DPI = 150
#: Printed numbers; leaf 3-4 is left out, and the last page stands on its head.
NUMBERS = (1, 2, 5, 6)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@contextmanager
def scanned(command: Command, sheets: Sequence[Image.Image], browser: Browser, folder: Path) -> Iterator[Page]:
    """The scan view when a station that reads has scanned these sheets."""
    (folder / "pages").mkdir()
    for place, sheet in enumerate(sheets, start=1):
        sheet.save(folder / "pages" / f"{place:04}.jpg", quality=90, dpi=(DPI, DPI))
    command.run("ledger", "add", "KH", "2007", "01")
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(command, folder) as daemon:
        page = new_page(browser)
        log_in(page, Shown(f"{daemon.address}/", "Hoa", pin, folder))
        open_ledger(page)
        scan_all(page, len(sheets))
        yield page


def test_number_that_stands_on_two_pages_is_told_while_the_book_lies_there(
    write_settings: Callable[..., Command], browser: Browser, tmp_path: Path
) -> None:
    sheets = [draw_page(number, seed=seed, type_code="KH", dpi=DPI) for number, seed in ((1, 0), (2, 0), (2, 5))]
    command = write_settings(tmp_path / "pages", reading=True)
    with scanned(command, sheets, browser, tmp_path) as page:
        for language in ("vi", "en"):
            choose_language(page, language)
            facts = {"label": "2 [003]", "detail": "002"}
            said = messages.sentence("finding-page-repeat", language, facts).partition(" 002")[0]
            expect(page.locator(".notice.asking", has_text=said)).to_be_visible()
            keep_picture(page, "reading-double")


def test_what_was_read_is_told_live_in_both_languages(
    write_settings: Callable[..., Command], browser: Browser, tmp_path: Path
) -> None:
    sheets = [draw_page(number, type_code="KH", dpi=DPI) for number in NUMBERS]
    sheets[-1] = sheets[-1].rotate(180)
    command = write_settings(tmp_path / "pages", reading=True)
    with scanned(command, sheets, browser, tmp_path) as page:
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        asked = page.locator(".read-ask")
        expect(asked.filter(has_text="2 → 5")).to_be_visible()
        expect(asked.filter(has_text="2 → 5").locator("img")).to_have_js_property("complete", True)
        expect(page.locator("#printed")).to_have_value("6")
        for code in ("vi", "en"):
            choose_language(page, code)
            expect(asked.filter(has_text="2 → 5")).to_be_visible()
            keep_picture(page, "reading")
        page.locator(".strip a").nth(2).click()
        expect(page.locator("#printed")).to_have_value("5")  # as it is read, not one more than on the page before
        page.locator(".strip a").nth(0).click()
        expect(asked.filter(has_text="2 → 5")).to_be_visible()
        page.keyboard.press("u")
        expect(page.locator("[data-key=u]")).to_have_count(0)
        expect(asked.filter(has_text="2 → 5")).to_be_visible()
        assert not mistakes
