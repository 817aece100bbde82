"""From the last line of a page, read, to the page visible in the browser: A3 in colour at 300 dpi, one by one.

The last line was read when the raw sheet in the spool gets its name; the page is visible two frames after Chromium
decoded its picture.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from drivers.drawn import draw_ledger
from tests.bench.rows import tell
from tests.bench.running import NAME, PIN, Station
from tests.e2e.browser import SCREEN, chromium

PAGES, LIMIT = 20, 600
VIEW = "/ledger/19429/KH.2007.01/scan"
SETTINGS = """
[[scanner]]
id = "feeder"
driver = "simulated"
pages = "feed"
"""
WATCH = """
window.seen = {};
const look = () => {
  const image = document.querySelector('#newest');
  if (!image || image.dataset.capture in window.seen) return;
  const id = image.dataset.capture;
  window.seen[id] = null;
  const shown = () => { window.seen[id] = Date.now(); };
  image.decode().then(() => requestAnimationFrame(() => requestAnimationFrame(shown)));
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true});
"""
SHOWN = """before => {
  const image = document.querySelector('#newest');
  return image && image.dataset.capture !== before && window.seen[image.dataset.capture];
}"""


def main() -> None:
    """Scan page by page and print the row."""
    with tempfile.TemporaryDirectory() as name:
        station = Station.in_folder(Path(name), SETTINGS)
        # An A4 form drawn so large that it has as many pixels as A3 at 300 dpi.
        draw_ledger(station.folder / "feed", PAGES, dpi=424)
        station.run("ledger", "add", "KH", "2007", "1", "--paper", "A3")
        with station.running(), station.officer(), chromium() as browser:
            page = browser.new_page(viewport=SCREEN)
            page.add_init_script(WATCH)
            page.goto(f"{station.address}/login")
            page.get_by_text(NAME).click()
            page.fill("#pin", PIN)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{station.address}/")
            page.goto(station.address + VIEW)
            took = [_one(page, station.folder / "data" / "spool" / "sessions") for _ in range(PAGES)]
        settings = {"paper": "A3", "dpi": 300, "pages": "drawn", "cores": os.cpu_count(), "limit_of_median": 300}
        tell("preview", took, None, unit="ms", limit=LIMIT, settings=settings)


def _one(page: Page, sessions: Path) -> float:
    """Press scan; gives the milliseconds from the last line to the picture."""
    page.fill('input[name="limit"]', "1")
    action = page.locator("#action[data-key=' ']:not([disabled])")
    action.wait_for()  # the page before is accepted
    newest = page.locator("#newest")
    before = newest.get_attribute("data-capture") if newest.count() else ""
    action.click()
    while not _read(sessions):
        time.sleep(0.001)  # nothing tells of it but the file itself
    read_at = time.time() * 1000
    page.wait_for_function(SHOWN, arg=before, timeout=60_000)
    return float(page.evaluate(SHOWN, before)) - read_at


def _read(sessions: Path) -> bool:
    return any(sessions.glob("*/*.pnm"))


if __name__ == "__main__":
    main()
