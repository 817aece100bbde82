"""What was typed into a form survives the end of the login, in a real browser: a form that was open over lunch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.e2e.browser import CHROMIUM, chromium, eventually_in, new_page
from tests.station.daemons import running
from tests.stations import Command

NAME = "Nguyễn Thị Hoa"
ENTRIES = "/ledger/19429/KH.2007.01/entries"
SHELF = "Sổ hộ tịch"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@dataclass
class Tab:
    """A browser's tab at a station's page, and the PIN that opens it."""

    page: Page
    address: str
    command: Command
    pin: str

    def log_in(self, name: str = NAME) -> None:
        self.page.get_by_text(name).click()
        self.page.fill("#pin", self.pin)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name=SHELF)).to_be_visible()

    def end_every_login(self) -> None:
        """As after half an hour without anybody: by a new PIN."""
        self.pin = self.command.run("user", "reset-pin", NAME).stdout.strip()

    def shows(self, number: str, date: str) -> None:
        expect(self.page.locator("#number")).to_have_value(number)
        expect(self.page.locator("#date")).to_have_value(date)


@pytest.fixture
def tab(scanned_scraps: Command, tmp_path: Path) -> Iterator[Tab]:
    command = scanned_scraps.copy(tmp_path / "station")
    pin = command.run("user", "add", NAME, "--role", "technician").stdout.strip()
    command.run("user", "add", "Trần Văn An", "--role", "operator")
    with running(command, tmp_path) as daemon, chromium() as browser:
        page = new_page(browser)
        page.goto(daemon.address)
        tab = Tab(page, daemon.address, command, pin)
        tab.log_in()
        page.goto(f"{daemon.address}{ENTRIES}?page=002")
        yield tab


def test_form_over_lunch_keeps_what_was_typed(tab: Tab) -> None:
    tab.page.fill("#number", "17")
    tab.page.fill("#date", "3/4/2007")
    tab.end_every_login()
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    tab.log_in()
    tab.page.get_by_role("link", name="Mở lại").click()
    tab.shows("17", "3/4/2007")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".entry-head h1")).to_contain_text("003")
    expect(tab.page.locator("#saving")).to_be_hidden()
    (entry,) = tab.command.json("entry", "list", "KH.2007.01")
    assert entry["number"] == "017"


def test_login_that_ends_while_something_is_saved_keeps_it_and_asks_nobody_whether_to_leave(tab: Tab) -> None:
    saving: list[Route] = []
    dialogs: list[str] = []

    def leave(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    tab.page.on("dialog", leave)
    tab.page.route(
        "**/entries", lambda route: saving.append(route) if route.request.method == "POST" else route.continue_()
    )
    tab.page.fill("#number", "17")
    tab.page.fill("#date", "3/4/2007")
    tab.page.keyboard.press("Enter")
    eventually_in(tab.page, lambda: bool(saving))
    tab.end_every_login()  # the page hears it with the news, before its own answer
    expect(tab.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    tab.log_in()
    tab.page.get_by_role("link", name="Mở lại").click()
    tab.shows("17", "3/4/2007")
    assert dialogs == []


def test_form_that_was_taken_is_empty_for_the_next(tab: Tab) -> None:
    tab.page.fill("#number", "17")
    tab.page.fill("#date", "3/4/2007")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".entry-head h1")).to_contain_text("003")
    expect(tab.page.locator("#saving")).to_be_hidden()
    tab.page.goto(f"{tab.address}{ENTRIES}?page=002&new=1")
    tab.shows("018", "/4/2007")


def test_page_that_was_left_keeps_what_was_typed_there(tab: Tab) -> None:
    tab.page.fill("#date", "3/4/2007")
    tab.page.keyboard.press("PageDown")
    expect(tab.page.locator(".entry-head h1")).to_contain_text("003")
    tab.page.wait_for_load_state()  # a person is slower than the script that listens to the keys
    tab.page.keyboard.press("PageUp")
    expect(tab.page.locator(".entry-head h1")).to_contain_text("002")
    expect(tab.page.locator("#date")).to_have_value("3/4/2007")


def test_logging_out_leaves_nothing_for_the_next_person(tab: Tab) -> None:
    tab.page.fill("#date", "3/4/2007")
    tab.page.get_by_role("button", name="Đăng xuất").click()
    tab.log_in()
    tab.page.wait_for_function("() => Object.keys(sessionStorage).length === 0")


def test_form_that_says_what_it_began_with_is_no_draft(tab: Tab) -> None:
    began = tab.page.input_value("#date")
    tab.page.fill("#date", "3/4/2007")
    tab.page.fill("#date", began)
    tab.end_every_login()
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    tab.log_in()
    expect(tab.page.locator("#draft")).to_be_hidden()
