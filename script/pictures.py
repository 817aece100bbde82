"""Pictures of every view of the page at 1366x768, in both languages, for the documents and for looking at them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from drivers.drawn import plan
from tests.e2e import officer
from tests.e2e.browser import Shown, chromium, demonstration, log_in, new_page

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PAGES = 20
#: Enough for flat surfaces and small print; a third of the bytes.
COLOURS = 128


def main() -> None:
    """Lead a ledger through the page and take pictures on the way, each first in Vietnamese, then in English."""
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder) / "demo") as shown, chromium() as browser:
        page = new_page(browser)
        page.goto(shown.address)
        take(page, "login")
        log_in(page, shown)
        take(page, "ledgers")
        officer.open_ledger(page)
        take(page, "scan-empty")
        officer.scan_all(page, PAGES)
        take(page, "scan")
        officer.step(page, "entries")
        kinds = plan(PAGES, year=2007)
        officer.give_numbers(page, kinds[:12])
        take(page, "entries")
        officer.step(page, "rows")
        take(page, "rows")
        officer.step(page, "finish")
        take(page, "finish-incomplete")
        officer.give_numbers(page, kinds[12:])
        officer.close_and_package(page)
        expect(page.locator(".ledger-counts .state-delivered")).to_be_visible()
        take(page, "finish")
        officer.step(page, "files")
        take(page, "files")
        _elsewhere(page, shown)


def _elsewhere(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.address}ledger/19429/{officer.LEDGER}/pages")
    take(page, "pages")
    for number, name in ((1, "deliveries"), (2, "plan"), (3, "report"), (4, "people")):
        page.locator(".bar nav a").nth(number).click()
        page.wait_for_load_state()
        take(page, name)
    page.goto(f"{shown.address}nothing-here")
    take(page, "trouble")


def take(page: Page, name: str) -> None:
    """One view in both languages; the page stands in Vietnamese again afterwards."""
    for language in ("vi", "en"):
        page.wait_for_load_state("load")
        page.evaluate("Promise.all([...document.images].map((one) => one.decode().catch(() => {})))")
        target = PICTURES / language / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        with Image.open(target) as picture:
            picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
        with page.expect_navigation():
            page.locator(f'.me button[lang="{"en" if language == "vi" else "vi"}"]').click()


if __name__ == "__main__":
    main()
