"""A list of the ministry's beside an office's own entries, in a real browser: columns, differences, the way to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import CHROMIUM, keep_pictures
from tests.e2e.entry_desk import Office

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def test_list_is_looked_at_compared_and_a_difference_leads_to_its_entry(entry_office: Office, tmp_path: Path) -> None:
    desk = entry_office.desk(3)
    for number in (1, 2, 3):
        words = ("--number", number, "--date", f"2007-01-{number:02}")
        desk.command.run("entry", "set", desk.ledger, f"{number:03}", *words)
    kind, year, book = desk.ledger.split(".")
    rows = [f"{kind};{year};{book};{number};{number}/1/2007;Người thứ {number}" for number in (1, 2, 9)]
    file = tmp_path / "xuất từ phần mềm.csv"
    file.write_text("\n".join(["Loại;Mở;Tập;Số đăng ký;Ngày đăng ký;Họ tên", *rows]), encoding="utf-8-sig")
    page = desk.page
    page.goto(desk.daemon.address)
    keep_pictures(page, "ledger-list")
    page.locator(".add summary").click()
    keep_pictures(page, "ledger-add", lambda tab: tab.locator(".add summary").click())
    page.locator("#reconciliation").click()
    page.set_input_files("#list", file)
    page.locator(".inventory-send .primary").click()
    expect(page.locator(".notice.refused")).to_contain_text("Chưa biết cột nào")
    keep_pictures(page, "reconciliation-columns-unknown")
    page.select_option("[name=c1]", "year")
    page.select_option("[name=c2]", "book")
    page.locator("#look").click()
    expect(page.locator("#compare")).to_be_visible()
    keep_pictures(page, "reconciliation-columns")
    page.locator("#compare").click()
    table = page.locator("#differences tbody tr")
    expect(table).to_have_count(2)
    expect(page.locator("#differences .notice")).to_contain_text("Đã đối chiếu 3 dòng: 2 dòng có tại trạm")
    keep_pictures(page, "reconciliation")
    table.get_by_role("link", name="003").click()
    expect(page.locator('.indexing[data-label="003"]')).to_be_visible()
