"""An officer's tablet comes to the station's page in a real browser: by its bare address, the code, the PIN."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from station.system import lan
from tests.drivers.dropping import photo
from tests.e2e.browser import CHROMIUM, chromium, keep_pictures, new_page
from tests.e2e.help_pictures import keep_help_picture
from tests.ports import free_port
from tests.station.daemons import running
from tests.stations import new_station
from tests.waiting import eventually

NAME = "Nguyễn Thị Hoa"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def test_tablet_is_paired_by_the_code_that_the_station_shows_and_revoked_there(tmp_path: Path) -> None:
    own = next(iter(lan.addresses()), "127.0.0.1")
    port = free_port()
    table = f'[lan]\nenabled = true\nport = {port}\nallowed = ["{own}"]\nnames = ["127.0.0.1"]\n'
    command = new_station(tmp_path, None, more=table)
    command.run("ledger", "add", "KH", "2007", "1")
    pin = command.run("user", "add", NAME, "--role", "technician").stdout.strip()
    with running(command, tmp_path) as daemon, chromium() as browser:
        station = new_page(browser)
        station.goto(daemon.address)
        station.fill("#pin", pin)
        station.keyboard.press("Enter")
        station.get_by_role("link", name="Thiết bị").click()
        station.fill("input[name=name]", "Máy tính bảng")
        station.get_by_role("button", name="Hiện mã").click()
        code = station.locator(".new-secret-digits").inner_text()

        # Whoever compares the fingerprint lets the browser go on past its warning.
        tablet = new_page(browser, ignore_https_errors=True)
        tablet.goto(f"http://{own}:{port}/")
        assert tablet.url == f"https://{own}:{port}/pair"
        tablet.fill("#code", code)
        keep_pictures(tablet, "pair", lambda tab: tab.fill("#code", code))
        keep_help_picture(tablet, "pair")
        tablet.keyboard.press("Enter")
        tablet.fill("#pin", pin)
        tablet.keyboard.press("Enter")
        expect(tablet.get_by_role("heading", name="Sổ hộ tịch")).to_be_visible()
        tablet.locator("a.ledger").click()
        with tablet.expect_navigation():
            tablet.locator("#to-files").click()
        tablet.set_input_files("#files", {"name": "trang 1.jpg", "mimeType": "image/jpeg", "buffer": photo(1)})
        expect(tablet.locator("#sent-count")).to_contain_text("Đã gửi 1/1 tệp")
        eventually(lambda: len(command.json("pages", "KH.2007.01")) == 1)
        keep_pictures(tablet, "files-of-a-tablet")
        tablet.locator(".brand").click()
        expect(tablet.get_by_role("heading", name="Sổ hộ tịch")).to_be_visible()

        station.get_by_role("link", name="Đã ghép nối xong").click()
        row = station.locator("tr", has_text="Máy tính bảng")
        expect(row).to_be_visible()
        keep_pictures(station, "devices")
        keep_help_picture(station, "devices")
        row.locator("summary").click()
        row.get_by_role("button", name="Gỡ thiết bị này").click()
        expect(station.get_by_text("Chưa có thiết bị nào")).to_be_visible()
        tablet.reload()
        expect(tablet.get_by_role("heading", name="Ghép nối thiết bị này")).to_be_visible()
