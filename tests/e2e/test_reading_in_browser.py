"""A leaf turned twice and a page on its head are told in a real browser while the book still lies on the glass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from drivers.drawn import draw_page
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


def test_what_was_read_is_told_live_in_both_languages(
    write_settings: Callable[..., Command], browser: Browser, tmp_path: Path
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in NUMBERS:
        image = draw_page(number, type_code="KH", dpi=DPI)
        upright = image if number != NUMBERS[-1] else image.rotate(180)
        upright.save(pages / f"{number:04}.jpg", quality=90, dpi=(DPI, DPI))
    command = write_settings(pages, reading=True)
    command.run("ledger", "add", "KH", "2007", "01")
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(command, tmp_path) as daemon:
        page = new_page(browser)
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        log_in(page, Shown(f"{daemon.address}/", "Hoa", pin, tmp_path))
        open_ledger(page)
        scan_all(page, len(NUMBERS))
        asked = page.locator(".read-ask")
        expect(asked.filter(has_text="2 → 5")).to_be_visible()
        expect(asked.filter(has_text="2 → 5").locator("img")).to_have_js_property("complete", True)
        expect(page.locator("#printed")).to_have_value("6")
        for code in ("vi", "en"):
            choose_language(page, code)
            expect(asked.filter(has_text="2 → 5")).to_be_visible()
            keep_picture(page, "reading")
        page.locator(".strip a").nth(0).click()
        expect(asked.filter(has_text="2 → 5")).to_be_visible()
        page.keyboard.press("u")
        expect(page.locator("[data-key=u]")).to_have_count(0)
        expect(asked.filter(has_text="2 → 5")).to_be_visible()
        assert not mistakes
