"""An officer's list of ledgers in a real browser: sent, its columns set right, looked at, registered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, Shown, choose_language, chromium, keep_pictures, log_in, new_page
from tests.station.daemons import running
from tests.stations import Command

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

HEADINGS = ["TT", "Mã xã", "Loại sổ", "Năm mở sổ", "Tập", "Khổ giấy", "Tổng số trang"]
ROWS: list[list[object]] = [
    [1, "19429", "Khai sinh", 2007, 1, "A3", 300],
    [2, "19429", "Khai sinh", 2008, 2, "A3", 280],
    [3, "19429", "Kết hôn", 2007, 1, "A4", None],
    [4, "19429", "Khai tử", 2007, 1, None, 120],
]


def list_of(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sổ hộ tịch"
    for row in (["DANH SÁCH SỔ HỘ TỊCH XÃ THỬ NGHIỆM"], [], HEADINGS, *rows):
        sheet.append(row)
    book.save(path)
    return path


def csv_of(path: Path, *rows: Sequence[object]) -> Path:
    lines = (";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    return path


def picture(page: Page, name: str) -> None:
    keep_pictures(page, f"inventory-{name}")


def send(page: Page, address: str, file: Path) -> None:
    page.goto(f"{address}/")
    page.click("#inventory")
    page.set_input_files("#list", file)


def test_list_is_mapped_looked_at_and_registered_in_both_languages(
    write_settings: Callable[..., Command], scraps: Path, tmp_path: Path
) -> None:
    command = write_settings(scraps)
    pin = command.run("user", "add", "Hoa", "--role", "operator").stdout.strip()
    right = list_of(tmp_path / "so-ho-tich.xlsx", *ROWS)
    in_text = csv_of(tmp_path / "so-ho-tich.csv", HEADINGS, *ROWS)
    wrong = list_of(tmp_path / "sai.xlsx", ROWS[0], [5, "19429", "Khai báo", 207, 3, "A9", "x"])
    with running(command, tmp_path) as daemon, chromium() as browser:
        page = new_page(browser)
        log_in(page, Shown(f"{daemon.address}/", "Hoa", pin, tmp_path))
        for language in ("vi", "en"):
            choose_language(page, language)
            send(page, daemon.address, right)
            picture(page, f"send-{language}")
            page.locator(".inventory-send .primary").click()
            if language == "vi":  # the second time it is remembered
                expect(page.locator(".notice.refused")).to_contain_text("Quyển")
                picture(page, "columns-vi")
                page.locator("th", has_text="Tập").locator("select").select_option("book")
                page.click("#look")
                expect(page.locator("#new tbody tr")).to_have_count(4)
                picture(page, "shown-vi")
                page.click("#register")
                expect(page.locator(".notice.done")).to_contain_text("4")
                expect(page.locator(".ledger")).to_have_count(4)
                picture(page, "registered-vi")
            else:
                expect(page.locator("#known tbody tr")).to_have_count(4)
                expect(page.locator("#register")).to_have_count(0)
                picture(page, "known-en")
                send(page, daemon.address, in_text)
                page.locator(".inventory-send .primary").click()
                page.locator("th", has_text="Tập").locator("select").select_option("book")
                page.click("#look")
                expect(page.locator("#known tbody tr")).to_have_count(4)
                picture(page, "known-csv")
            send(page, daemon.address, wrong)
            page.locator(".inventory-send .primary").click()
            expect(page.locator("#mistakes tbody tr")).to_have_count(4)
            expect(page.locator("#register")).to_have_count(0)
            picture(page, f"mistakes-{language}")
        page.goto(f"{daemon.address}/")
        picture(page, "list-en")
        page.fill("[name=find]", "khai sinh")
        page.keyboard.press("Enter")
        expect(page.locator(".ledger")).to_have_count(2)
        page.click("#covers")
        expect(page.locator(".cover-sheet svg")).to_have_count(2)
        picture(page, "covers-en")
        send(page, daemon.address, right)
        page.locator("label", has_text="Digitised in phase 1").click()
        page.locator(".inventory-send .primary").click()
        picture(page, "before-en")
        page.click("#register")
        expect(page.locator(".ledger .state", has_text="digitised in phase 1")).to_have_count(4)
        picture(page, "digitised-en")
        page.locator(".ledger").first.click()
        picture(page, "ask-en")
        page.click("#scan-after-all")
        expect(page.locator(".digitised-before")).to_have_count(0)
    rows = command.json("ledger", "list")
    assert [row["digitised_before"] for row in rows].count(False) == 1
