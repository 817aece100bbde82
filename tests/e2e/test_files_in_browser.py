"""An officer downloads all PDFs of a ledger at once and marks them, in a real browser; news take no choice away."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import CHROMIUM, keep_pictures
from tests.e2e.entry_desk import Office

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def test_what_is_chosen_stays_chosen_comes_as_one_archive_and_is_marked_at_once(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page, ledger = desk.page, desk.ledger
    for number in (1, 2):
        desk.command.run("entry", "set", ledger, f"{number:03}", "--number", number, "--date", f"2007-01-0{number}")
    page.goto(f"{desk.address}/files")
    boxes = page.locator("input[name=file]")
    expect(boxes).to_have_count(2)
    page.get_by_label("Chọn tất cả trong danh sách này").check()
    desk.command.run("entry", "set", ledger, "003", "--number", 3, "--date", "2007-01-03")
    expect(boxes).to_have_count(3)
    assert [box.is_checked() for box in boxes.all()] == [True, True, False]
    with page.expect_download() as download:
        page.locator("#chosen-download").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert [name.rsplit(".", 2)[1] for name in archive.namelist()] == ["001", "002"]
    page.locator("#chosen-attached").click()
    expect(page.locator(".notice.done")).to_contain_text("Đã đánh dấu 2 trường hợp")
    expect(page.locator("td.attached-yes")).to_have_count(2)
    keep_pictures(page, "files-chosen")
