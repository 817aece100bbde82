"""Births are keyed in a real browser by keyboard alone, and nothing that was typed is lost with the browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from drivers.drawn import PageKind, draw_ledger
from tests.e2e.browser import CHROMIUM, chromium, new_page
from tests.station.daemons import running
from tests.stations import Command, new_station

NAME = "Nguyễn Thị Hoa"
LEDGER = "KS.2007.01"
ROWS = f"/ledger/19429/{LEDGER}/rows"
CHILD = {
    "nksHoTen": "Nguyễn Văn Thử",
    "nksGioiTinh": "1",
    "nksNgaySinh": "01.01.2007",
    "nksNgaySinhBangChu": "Ngày một, tháng một, năm hai nghìn không trăm linh bảy",
    "nksNoiSinh": "Trạm Y tế xã Thử Nghiệm",
    "nksDanToc": "Kinh",
    "nksQuocTich": "Việt Nam",
    "nksLoaiKhaiSinh": "1",
}

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def births(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A station with a drawn ledger of births, its entries numbered and nothing keyed."""
    folder = tmp_path_factory.mktemp("births")
    planned = draw_ledger(folder / "pages", 5, dpi=100)
    (folder / "station").mkdir()
    command = new_station(folder / "station", folder / "pages")
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

    def log_in(self) -> None:
        self.page.goto(self.address)
        self.page.get_by_text(NAME).click()
        self.page.fill("#pin", self.pin)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Sổ hộ tịch")).to_be_visible()

    def open(self, entry: int | None = None) -> None:
        self.page.goto(f"{self.address}{ROWS}" + (f"?entry={entry}" if entry else ""))

    def type(self, *words: str) -> None:
        """Press keys: each word is a key by its name, or a text that is typed letter by letter."""
        for word in words:
            if word in ("Enter", "ArrowDown", "Tab") or (word[:1] == "F" and word[1:].isdigit()):
                self.page.keyboard.press(word)
                self.keys += 1
            else:
                self.page.keyboard.type(word)
                self.keys += len(word)

    def is_at(self, column: str) -> None:
        expect(self.page.locator(f"#{column}")).to_be_focused()

    def rows(self) -> list[dict[str, Any]]:
        return list(self.command.json("row", "list", LEDGER))


@pytest.fixture
def desk(births: Command, tmp_path: Path) -> Iterator[Desk]:
    command = births.copy(tmp_path / "station")
    pin = command.run("user", "add", NAME, "--role", "operator").stdout.strip()
    with running(command, tmp_path) as daemon, chromium() as browser:
        desk = Desk(browser, new_page(browser), daemon.address, command, pin)
        desk.log_in()
        yield desk


def test_birth_is_keyed_without_a_mouse_and_the_next_one_with_far_fewer_keys(desk: Desk) -> None:
    desk.open()
    desk.is_at("loaiDangKy")
    desk.type("1")
    desk.is_at("nguoiKy")
    desk.type("Lê Văn Ký", "Enter", "Chủ tịch", "Enter", "Hồ Thị Ghi", "Enter")
    desk.is_at("nksHoTen")
    desk.type("Nguyễn Văn Thử", "Enter", "1")
    desk.is_at("nksNgaySinh")
    desk.type("1/1/2007", "Tab")
    expect(desk.page.locator("#nksNgaySinhBangChu")).to_have_value(CHILD["nksNgaySinhBangChu"])
    desk.type("Enter", "Trạm Y tế xã Thử Nghiệm", "Enter", "F9", "F9", "kin", "ArrowDown", "Enter", "vn", "ArrowDown")
    desk.type("Enter", "1")
    desk.is_at("meHoTen")
    desk.type("Trần Thị Mẫu", "Enter", "1985", "Enter", "F2", "F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    first = desk.rows()[0]
    assert {name: first["columns"][name] for name in CHILD} == CHILD
    assert first["columns"]["meNgaySinh"] == "1985"
    assert first["marks"]["nksQueQuan"] == "nothing-written"
    assert first["keyed_by"] == NAME
    expect(desk.page.locator("#nguoiKy")).to_have_value("Lê Văn Ký")
    desk.is_at("nksHoTen")
    desk.keys = 0
    desk.type("Lê Thị Hai", "Enter", "2", "2/1/2007", "Tab", "Enter", "tyt", "ArrowDown", "Enter")
    desk.type("F9", "F9", "F2", "F2", "F2")
    desk.is_at("meHoTen")
    expect(desk.page.locator("#nksNoiSinh")).to_have_value(CHILD["nksNoiSinh"])
    assert desk.keys < 45


def test_enter_that_ends_a_word_of_an_input_method_goes_nowhere(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksHoTen")
    for key in ("Enter", "ArrowDown"):
        desk.page.evaluate(
            "key => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true, cancelable: true }))",
            key,
        )
        desk.is_at("nksHoTen")


def test_whole_group_is_taken_from_the_row_before_but_no_person_and_nothing_over_what_was_typed(desk: Desk) -> None:
    desk.command.run("row", "set", LEDGER, "1", *(f"{name}={text}" for name, text in CHILD.items()))
    desk.open(2)
    desk.page.focus("#nksDanToc")
    desk.type("Tà Ôi", "F4")
    desk.is_at("nksHoTen")
    shown = {name: desk.page.locator(f"#{name}") for name in CHILD}
    for name in ("nksNoiSinh", "nksQuocTich", "nksLoaiKhaiSinh"):
        expect(shown[name]).to_have_value(CHILD[name])
    expect(shown["nksDanToc"]).to_have_value("Tà Ôi")
    for name in ("nksHoTen", "nksNgaySinh"):
        expect(shown[name]).to_have_value("")


def test_wrong_value_stays_in_its_field_until_it_is_right(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksNgaySinh")
    desk.type("31/2/2007", "F10")
    expect(desk.page.locator("#row-error")).to_contain_text("Ngày sinh")
    desk.is_at("nksNgaySinh")
    assert desk.rows()[0]["columns"]["nksNgaySinh"] == ""
    desk.type("28/2/2007", "F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    assert desk.rows()[0]["columns"]["nksNgaySinh"] == "28.02.2007"


def test_what_is_odd_is_told_as_soon_as_its_group_is_left(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksNgaySinh")
    desk.type("1/1/2007")
    desk.page.focus("#meNgaySinh")
    desk.type("2000")
    desk.page.focus("#chaHoTen")
    expect(desk.page.locator("#row-doubts")).to_contain_text("7 năm")


def test_browser_that_is_killed_loses_nothing_that_was_typed(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksHoTen")
    desk.page.context.set_offline(True)  # what a killed browser had not sent, and never will
    desk.type("Nguyễn Văn Thử")
    state = desk.page.context.storage_state()
    desk.page.context.close()
    assert desk.rows()[0]["columns"]["nksHoTen"] == ""
    desk.page = new_page(desk.browser, storage_state=state)
    desk.open()
    expect(desk.page.locator("#nksHoTen")).to_have_value("Nguyễn Văn Thử")
    expect(desk.page.locator("#row-draft")).to_be_visible()
    desk.type("F10")
    expect(desk.page.locator("h1")).to_contain_text("002")
    assert desk.rows()[0]["columns"]["nksHoTen"] == "Nguyễn Văn Thử"


def test_page_that_is_left_is_stored(desk: Desk) -> None:
    desk.open()
    desk.page.focus("#nksHoTen")
    desk.type("Nguyễn Văn Thử")
    desk.page.goto(f"{desk.address}/ledger/19429/{LEDGER}/finish")
    desk.open(1)
    expect(desk.page.locator("#nksHoTen")).to_have_value("Nguyễn Văn Thử")


def test_usually_empty_groups_are_folded_until_they_are_asked_for(desk: Desk) -> None:
    desk.open()
    missing = desk.page.locator("#nksMatTich")
    expect(missing).to_be_hidden()
    desk.type("F3")
    expect(missing).to_be_visible()
    expect(desk.page.locator("#nksQuocTichKhac")).to_be_visible()


def test_two_people_at_one_row_type_nothing_over(desk: Desk) -> None:
    desk.open()
    desk.command.run("row", "set", LEDGER, "1", "meHoTen=Trần Thị Mẫu", "--operator", "người kia")
    desk.page.focus("#meHoTen")
    desk.type("Trần Thị Mậu", "F10")
    expect(desk.page.locator("#row-error")).to_contain_text("người kia")
    assert desk.rows()[0]["columns"]["meHoTen"] == "Trần Thị Mẫu"
