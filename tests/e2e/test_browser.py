"""An officer does the whole way in a real browser: a ledger of twenty pages, from empty to receipted, page alone."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from drivers.drawn import plan
from tests.e2e import officer
from tests.e2e.browser import CHROMIUM, Shown, chromium, demonstration, keep_pictures, log_in, new_page

TRAMQUET = Path(sys.executable).with_name("tramquet")
PAGES, FEW = 20, 12

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    with demonstration(tmp_path / "demo") as running:
        yield running


@pytest.fixture
def few(tmp_path: Path, drawn: Path) -> Iterator[Shown]:
    with demonstration(tmp_path / "demo", "--pages", str(drawn)) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_a_ledger_goes_from_empty_to_receipted_through_the_page_alone(shown: Shown, browser: Browser) -> None:
    page = new_page(browser)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    log_in(page, shown)
    officer.open_ledger(page)
    officer.scan_all(page, PAGES)
    kinds = plan(PAGES, year=2007)
    officer.give_numbers(page, kinds)
    officer.close_and_package(page)

    destinations = _tramquet(shown, "queue", "list")
    wanted = {row["destination"] for row in destinations}
    received = page.locator(".revision .way:not(.stuck)").filter(has_text="✓")
    expect(received).to_have_count(len(wanted))
    expect(page.locator(".ledger-counts .state-delivered")).to_be_visible()

    officer.step(page, "files")
    with page.expect_download() as download:
        page.locator("a[id^=pdf-]").first.click()
    first = next(kind for kind in kinds if kind.entry == 1)
    assert download.value.suggested_filename == f"{officer.LEDGER}.{first.date}.001.pdf"
    mark = page.locator("button[id^=mark-]").first
    mark.click()
    expect(page.locator(".tick").first).to_be_visible()

    assert not mistakes
    assert {row["state"] for row in _tramquet(shown, "queue", "list")} == {"receipted"}
    receipts = _tramquet(shown, "queue", "receipts")
    stick = {file.name: file for file in (shown.folder / "stick").rglob("*") if file.is_file()}
    assert {(row["file"], row["sha256"]) for row in receipts if row["destination"] == "stick"} == {
        (name, hashlib.sha256(file.read_bytes()).hexdigest()) for name, file in stick.items()
    }
    archive = next(file for name, file in stick.items() if name.endswith(".zip"))
    entries = sum(kind.entry is not None for kind in kinds)
    assert len(zipfile.ZipFile(archive).namelist()) == entries
    verified = subprocess.run([TRAMQUET, "--config", shown.folder / "station.toml", "verify"], capture_output=True)
    assert verified.returncode == 0, verified.stderr.decode()
    changed_after_delivery(page, f"{shown.address}ledger/19429/{officer.LEDGER}")


def changed_after_delivery(page: Page, ledger: str) -> None:
    """What the province has of a ledger's own data stays; a page that is set aside leads to a correction."""

    def correct(tab: Page) -> None:
        tab.goto(f"{ledger}/paper")
        tab.fill("[name=last_year]", "2008")
        tab.locator("#correct-ledger").click()
        expect(tab.locator(".notice.refused")).to_be_visible()

    correct(page)
    expect(page.locator(".notice.refused")).to_contain_text("Thông tin sổ trong gói được giữ nguyên")
    keep_pictures(page, "ledger-data-refused", correct)
    page.goto(f"{ledger}/pages")
    page.locator("#placing summary").click()
    page.fill("#placing-pages", "002")
    page.locator("#placing .danger").click()
    expect(page.locator(".put-aside .tile")).to_have_count(1)
    officer.step(page, "finish")
    expect(page.get_by_text("cần đóng gói lại để gửi tỉnh")).to_be_visible()
    expect(page.locator(".ledger-counts .state-delivered")).to_have_count(0)
    keep_pictures(page, "correction-due")


def test_two_people_with_eight_tabs_see_the_same_truth_live(few: Shown, browser: Browser) -> None:
    tabs = []
    for _ in range(2):
        first = new_page(browser)
        person = first.context
        log_in(first, few)
        with first.expect_request(lambda request: request.url.endswith("&view=scan")):  # what a page needs stays ready
            officer.open_ledger(first)
        tabs.append([first, *(person.new_page() for _ in range(7))])
        for other in tabs[-1][1:]:
            other.goto(first.url)
    officer.scan_all(tabs[0][0], FEW)
    for tab in [*tabs[0], *tabs[1]]:
        expect(tab.locator(".ledger-counts")).to_contain_text(str(FEW))
        expect(tab.locator("#newest")).to_have_attribute("alt", f"{officer.LEDGER}.{FEW:03d}")
    tabs[1][7].goto(few.address)
    expect(tabs[1][7].locator(".ledger").first).to_be_visible()


def _tramquet(shown: Shown, *words: str) -> list[dict[str, str]]:
    line: list[str | Path] = [TRAMQUET, "--config", shown.folder / "station.toml", *words, "--json"]
    return json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
