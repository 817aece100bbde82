"""Pictures of every view of the page at 1366x768, in both languages: for the documents, and for the page's own help."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from drivers.drawn import plan
from tests.e2e import officer
from tests.e2e.browser import PICTURES_SHOWN, Shown, chromium, demonstration, log_in, new_page
from tests.e2e.help_pictures import keep_help_picture
from tests.waiting import eventually

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PAGES = 20
#: Enough for flat surfaces and small print; a third of the bytes.
COLOURS = 128


def main() -> None:
    """Lead a ledger through the page and take pictures on the way, each first in Vietnamese, then in English."""
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder) / "demo") as shown, chromium() as browser:
        page = new_page(browser)
        page.goto(shown.address)
        take(page, "login", keep_help_picture)
        log_in(page, shown)
        take(page, "ledgers", keep_help_picture)
        officer.open_ledger(page)
        take(page, "scan-empty")
        officer.scan_all(page, PAGES)
        take(page, "scan", keep_help_picture)
        officer.step(page, "entries")
        kinds = plan(PAGES, year=2007)
        officer.give_numbers(page, kinds[:12])
        take(page, "entries", keep_help_picture)
        keep_help_picture(page, "renumber", _preview_numbers)
        page.goto(f"{shown.address}ledger/19429/{officer.LEDGER}/runs")
        eventually(lambda: page.reload() is not None and page.locator("#run").count() > 0, every=2)
        take(page, "runs", keep_help_picture)
        officer.step(page, "rows")
        take(page, "rows", keep_help_picture)
        officer.step(page, "finish")
        take(page, "finish-incomplete")
        officer.give_numbers(page, kinds[12:])
        officer.close_and_package(page)
        expect(page.locator(".ledger-counts .state-delivered")).to_be_visible()
        take(page, "finish", keep_help_picture)
        officer.step(page, "files")
        take(page, "files", keep_help_picture)
        _elsewhere(page, shown)


def _preview_numbers(page: Page) -> None:
    """From the view of entries to what the numbers from one on would be."""
    page.goto(f"{page.url.partition('?')[0]}?page=003")
    page.locator(".entry-acts summary").click()
    page.fill("#renumber-to", "5")
    page.locator(".renumber button").click()


def _elsewhere(page: Page, shown: Shown) -> None:
    ledger = f"{shown.address}ledger/19429/{officer.LEDGER}"
    for view in ("pages", "checks"):
        page.goto(f"{ledger}/{view}")
        take(page, view, keep_help_picture)
    for name, address in (("deliveries", "deliveries"), ("plan", "plan"), ("report", "reports"), ("people", "people")):
        page.goto(f"{shown.address}{address}")
        take(page, name, lambda page, name: keep_help_picture(page, {"deliveries": "queue"}.get(name, name)))
    others = {name: f"{ledger}/{name}" for name in ("paper", "minutes", "history")}
    others |= {name: f"{shown.address}{name}" for name in ("inventory", "reconciliation", "covers", "target")}
    others["labels"] = f"{shown.address}covers/labels"
    others["folder"] = f"{shown.address}ledger/19430/{officer.LEDGER}/folder"
    for name, address in others.items():
        page.goto(address)
        keep_help_picture(page, name)
    page.goto(f"{shown.address}nothing-here")
    take(page, "trouble")


def take(page: Page, name: str, keep: Callable[[Page, str], object] = lambda _page, _name: None) -> None:
    """One view in both languages, and what else is to be kept of it; the page stands in Vietnamese again afterwards."""
    for language in ("vi", "en"):
        page.wait_for_load_state("load")
        page.wait_for_function(PICTURES_SHOWN)
        target = PICTURES / language / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        with Image.open(target) as picture:
            picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
        with page.expect_navigation():
            page.locator(f'.me button[lang="{"en" if language == "vi" else "vi"}"]').click()
    keep(page, name)


if __name__ == "__main__":
    main()
