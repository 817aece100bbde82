"""A newcomer's first minutes in a real browser: help by a key, a practice ledger by a button, and all gone again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, Shown, choose_language, chromium, keep_pictures, log_in, new_page
from tests.station.daemons import running
from tests.stations import Command

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

NAME = "Nguyễn Thị Hoa"


def ask_for_help(page: Page) -> None:
    page.keyboard.press("F1")
    expect(page.locator("#help-words")).to_be_visible()


def test_newcomer_is_helped_practises_and_leaves_nothing(scanned_scraps: Command, tmp_path: Path) -> None:
    command = scanned_scraps.copy(tmp_path / "station")
    pin = command.run("user", "add", NAME, "--role", "operator").stdout.strip()
    with running(command, tmp_path) as daemon, chromium() as browser:
        page = new_page(browser)
        log_in(page, Shown(f"{daemon.address}/", NAME, pin, tmp_path))
        help_words = page.locator("#help-words")
        page.keyboard.press("?")
        expect(help_words).to_contain_text("Danh sách các sổ của cơ quan")
        keep_pictures(page, "help-ledgers", ask_for_help)
        page.keyboard.press("Escape")
        expect(help_words).to_be_hidden()

        page.locator("#practise").click()
        expect(page.locator(".practice-bar")).to_contain_text("không tính vào đâu")
        page.keyboard.press("F1")
        expect(help_words).to_contain_text("Phím cách")
        page.keyboard.press(" ")  # its own button has the focus; the scanner behind it hears nothing
        expect(help_words).to_be_hidden()
        expect(page.locator("#board")).not_to_contain_text("Dừng")
        page.keyboard.press("F1")
        page.keyboard.press("F1")
        expect(help_words).to_be_hidden()
        page.fill("[name=limit]", "1")
        page.locator("#action").press(" ")
        expect(page.locator("#newest")).to_be_visible()
        expect(page.locator("#action[data-key=' ']")).to_be_enabled()
        keep_pictures(page, "practice")

        choose_language(page, "en")
        expect(page.locator(".practice-bar")).to_contain_text("it counts nowhere")
        ask_for_help(page)
        keep_pictures(page, "help-scan", ask_for_help)
        page.keyboard.press("Escape")
        page.get_by_role("link", name="History").click()
        expect(page.locator(".history")).to_contain_text("was scanned and is safe")
        page.get_by_role("link", name="4. Close and package").click()
        expect(page.locator("#put-away")).to_be_visible()
        expect(page.locator("#package, #minutes")).to_have_count(0)
        keep_pictures(page, "practice-without-package")
        page.locator("#put-away summary").click()
        page.locator("#put-away details button").click()
        expect(page.locator(".notice.done")).to_contain_text("was put away")
        expect(page.locator("#practice .ledger")).to_have_count(0)
    assert command.json("ledger", "list")[0]["pages_captured"] == 4
    assert command.run("verify").returncode == 0
