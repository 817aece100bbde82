"""A person at the view of rows in a real browser, and a drawn ledger of births to key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from drivers.drawn import PageKind, draw_ledger
from tests.station import daemons
from tests.stations import Command, new_station

NAME = "Nguyễn Thị Hoa"
LEDGER = "KS.2007.01"
ROWS = f"/ledger/19429/{LEDGER}/rows"


def drawn_births(folder: Path, more: str = "") -> Command:
    """A station with a drawn ledger of births, its entries numbered and nothing keyed; ``more`` are more settings."""
    planned = draw_ledger(folder / "pages", 5, dpi=100)
    (folder / "station").mkdir()
    command = new_station(folder / "station", folder / "pages", more=more)
    command.run("ledger", "add", "KS", "2007", "1")
    command.run("scan", LEDGER)
    for page in planned:
        if page.kind == PageKind.ENTRY:
            command.run("entry", "set", LEDGER, f"{page.number:03}", "--number", page.entry, "--date", page.date)
    return command


@dataclass
class Desk:
    """A person at the view of rows."""

    browser: Browser
    page: Page
    address: str
    command: Command
    pin: str
    keys: int = 0

    def log_in(self, name: str = NAME) -> None:
        self.page.goto(self.address)
        self.page.get_by_text(name).click()
        self.page.fill("#pin", self.pin)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Sổ hộ tịch")).to_be_visible()

    def let_in(self, name: str = NAME) -> None:
        """Log in without the two views on the way: other tests see these, and they take as much as a short test."""
        person = daemons.Browser(self.address)
        person.log_in(name, self.pin)
        self.page.context.add_cookies(
            [{"name": kept.name, "value": kept.value or "", "url": self.address} for kept in person.session.cookies]
        )

    def open(self, entry: int | None = None) -> None:
        self.page.goto(f"{self.address}{ROWS}" + (f"?entry={entry}" if entry else ""))

    def type(self, *words: str) -> None:
        """Press keys: each word is a key by its name, or a text that is typed letter by letter."""
        for word in words:
            if word in ("Enter", "ArrowDown", "Tab", "Control+Delete") or (word[:1] == "F" and word[1:].isdigit()):
                self.page.keyboard.press(word)
                self.keys += 1
            else:
                self.page.keyboard.type(word)
                self.keys += len(word)

    def is_at(self, column: str) -> None:
        expect(self.page.locator(f"#{column}")).to_be_focused()

    def rows(self) -> list[dict[str, Any]]:
        return list(self.command.json("row", "list", LEDGER))
