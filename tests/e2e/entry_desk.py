"""An officer at the entry views of a real daemon, in a real browser: a fresh ledger of scraps for each test."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import officer
from tests.e2e.browser import chromium, new_page
from tests.station.daemons import Running, running
from tests.stations import UNASKED, Command, new_station
from tests.waiting import eventually

NAME = "Nguyễn Thị Hoa"
LOADED_AHEAD = "performance.getEntriesByType('resource').filter((one) => one.name.includes('?after=')).length"
#: A pause of key_buffer.js (QUIET) ends where the test says that hands rest, not before.
NEVER_REST = """
const later = window.setTimeout.bind(window);
window.handsRest = false;
window.setTimeout = (act, wait, ...more) => {
  const end = () => wait === 600 && !window.handsRest ? later(end, 20) : act(...more);
  return later(end, wait);
};
"""
#: Ledgers of this type need a second look.
LOOKED_AT_TWICE = "CMC"
#: As many ledgers as an office has, each with a scanner that feeds all scraps.
MOST = 40
#: One more scanner: its paper jams at the second sheet.
JAMS = "jams"


@dataclass
class EntryDesk:
    """A tab of the officer's browser, at a ledger of a station whose daemon runs."""

    page: Page
    daemon: Running
    command: Command
    ledger: str

    @property
    def address(self) -> str:
        """Where the ledger's views are."""
        return f"{self.daemon.address}/ledger/19429/{self.ledger}"

    def open(self, label: str) -> None:
        """Go to the entry view of a page."""
        self.page.goto(f"{self.address}/entries?page={label}")
        self.shows(label)

    def shows(self, label: str) -> None:
        """Wait until this page is shown, ready to be typed into."""
        expect(self.page.locator(f'.indexing[data-label="{label}"]')).to_be_visible()
        expect(self.page.locator("#date")).to_be_focused()

    def has_saved(self) -> None:
        """Wait until all is sent that was typed."""
        officer.has_saved(self.page)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """While the station answers nothing; what is loaded ahead of the page that is shown is there before."""
        eventually(lambda: self.page.evaluate(LOADED_AHEAD) > 3)
        os.kill(self.daemon.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.daemon.process.pid, signal.SIGCONT)

    @contextmanager
    def hands_that_never_rest(self) -> Iterator[None]:
        """What waits until hands rest waits until the block ends, however slow the machine is that types."""
        self.page.evaluate(NEVER_REST)
        try:
            yield
        finally:
            self.page.evaluate("window.handsRest = true")

    def stored(self) -> list[tuple[str, str, list[str]]]:
        """The entries of the ledger: number, date, pages."""
        return [(row["number"], row["date"], row["pages"]) for row in self.command.json("entry", "list", self.ledger)]

    def states(self) -> dict[str, str]:
        """What the ledger's pages hold, without those that wait."""
        rows = self.command.json("pages", self.ledger)
        return {row["seq"]: row["state"] for row in rows if row["state"] != "unsorted"}


@dataclass
class Office:
    """A running station, and the browser of an officer who is logged in."""

    person: BrowserContext
    daemon: Running
    command: Command
    books: Iterator[int] = field(default_factory=lambda: iter(range(1, MOST)))

    def desk(self, pages: int, kind: str = "KH") -> EntryDesk:
        """A new tab instead of the one before, and a new ledger of so many pages that wait."""
        for tab in self.person.pages[1:]:
            tab.close()  # it would go on asking the station what is new
        book = next(self.books)
        ledger = f"{kind}.2007.{book:02d}"
        self.command.run("ledger", "add", kind, "2007", book, "--last-year", 2008)
        self.command.run("scan", ledger, "--pages", pages, "--scanner", f"s{book}")
        return EntryDesk(self.person.new_page(), self.daemon, self.command, ledger)


@contextmanager
def office(folder: Path, scraps: Path) -> Iterator[Office]:
    """Run a station's daemon and log an officer in, until the block ends."""
    scanners = (
        f'[[scanner]]\nid = "s{book}"\ndriver = "simulated"\npages = "{scraps}"\n' for book in itertools.count(1)
    )
    jams = f'[[scanner]]\nid = "{JAMS}"\ndriver = "simulated"\npages = "{scraps}"\nfaults = ["2:jammed"]\n'
    unasked = f'[[profile]]\nid = "standard"\n{UNASKED}'
    checks = f'[checks]\ntypes = {{ {LOOKED_AT_TWICE} = "second" }}\n'
    command = new_station(folder, scraps, more="\n".join([*itertools.islice(scanners, MOST), jams, unasked, checks]))
    pin = command.run("user", "add", NAME, "--role", "technician").stdout.strip()
    with running(command, folder) as daemon, chromium() as browser:
        page = new_page(browser)
        page.goto(daemon.address)
        page.fill("#pin", pin)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Sổ hộ tịch")).to_be_visible()
        yield Office(page.context, daemon, command)
