"""The second look at rows in a real browser, by keyboard alone: keyed again blind, compared, decided; or reviewed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from station.rows import built_in
from tests.e2e.browser import CHROMIUM, chromium, eventually_in, keep_picture, keep_pictures, new_page
from tests.e2e.help_pictures import keep_help_picture
from tests.e2e.row_desk import LEDGER, NAME, Desk, drawn_births
from tests.station.daemons import running
from tests.stations import Command

SECOND = f"/ledger/19429/{LEDGER}/second"
FIRST = "người nhập"
BIRTHS = built_in.template("KS").columns.values()
UNKNOWN = [f"{one.name}=?" for one in BIRTHS if one.required and one.is_keyed]
PEOPLE = {1: "Nguyễn Văn Một", 2: "Nguyễn Văn Hai", 3: "Nguyễn Văn Ba"}

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def keyed(folder: Path, look: str) -> Command:
    """A station whose drawn births were keyed whole by one person."""
    command = drawn_births(folder, more=f'[rows]\nsecond_look = {{ KS = "{look}" }}\n')
    for number, name in PEOPLE.items():
        said = (f"nksHoTen={name}", "loaiDangKy=1", "nksNgaySinh=1/1/2007", "nksGioiTinh=1", "nksNoiSinh=Trạm y tế")
        command.run("row", "set", LEDGER, str(number), *UNKNOWN, "--operator", FIRST)
        command.run("row", "set", LEDGER, str(number), *said, "--operator", FIRST)
    return command


@contextmanager
def at_desk(command: Command, folder: Path) -> Iterator[Desk]:
    pin = command.run("user", "add", NAME, "--role", "operator").stdout.strip()
    with running(command, folder) as daemon, chromium() as browser:
        desk = Desk(browser, new_page(browser), daemon.address, command, pin)
        desk.let_in()
        yield desk


def states(desk: Desk) -> list[str]:
    return [one["state"] for one in desk.rows()][: len(PEOPLE)]


def again(desk: Desk, number: int, name: str, sex: str = "1") -> None:
    """Key the row that is shown a second time, as the page says; what is not known is illegible."""
    expect(desk.page.locator("h1")).to_contain_text(f"{number:03}")
    shown = desk.page.locator("#row-groups").inner_text() + desk.page.content()
    assert PEOPLE[number] not in shown, "the first values are not to be seen"
    assert desk.page.locator("#nksNoiSinh").count() == 0
    for column in (one.name for one in BIRTHS if one.required and desk.page.locator(f"#{one.name}").count()):
        known = {"nksHoTen": name, "loaiDangKy": "1", "nksNgaySinh": "01012007", "nksGioiTinh": sex}
        desk.page.focus(f"#{column}")
        desk.page.keyboard.type(known.get(column, "?"))
    desk.type("F10")


def test_births_are_keyed_again_blind_and_what_differs_is_decided_by_a_third_person(tmp_path: Path) -> None:
    with at_desk(keyed(tmp_path, "double"), tmp_path) as desk:
        desk.page.goto(f"{desk.address}{SECOND}")
        again(desk, 1, "NGUYỄN VĂN MỘT")
        again(desk, 2, "Nguyễn Văn Hài")
        again(desk, 3, "Nguyễn Văn Bảy", "2")
        expect(desk.page.locator("main")).to_contain_text("1 dòng chờ quyết định")
        keep_pictures(desk.page, "keyed-again")
        assert states(desk) == ["complete", "complete", "keyed"]
        differences = {
            (one["number"], one["column"], one["kind"]) for one in desk.command.json("row", "compare", LEDGER)
        }
        planted = {("002", "nksHoTen", "signs"), ("003", "nksHoTen", "value"), ("003", "nksGioiTinh", "value")}
        assert {one for one in differences if one[1]} == planted

        third = Desk(desk.browser, new_page(desk.browser), desk.address, desk.command, "")
        third.pin = desk.command.run("user", "add", "Hồ Thị Ba", "--role", "operator").stdout.strip()
        third.log_in("Hồ Thị Ba")
        third.page.goto(f"{desk.address}{SECOND}")
        expect(third.page.locator("h1")).to_contain_text("003")
        keep_help_picture(third.page, "decide")
        third.is_at("nksHoTen")
        keep_pictures(third.page, "decide")
        third.type("F3")
        third.is_at("nksGioiTinh")
        third.page.keyboard.press("Control+ArrowRight")
        expect(third.page.locator("#paper img")).to_have_attribute("src", re.compile("turn=90"))
        third.is_at("nksGioiTinh")
        keep_picture(third.page, "decide-turned")
        third.type("1", "Enter")
        # A key at the first sight of the next row, before its script is there, is done when it is.
        scripts: list[Route] = []
        third.page.route("**/decisions.js*", lambda route: scripts.append(route))
        # So is a key while the answer is on its way.
        answers: list[Route] = []
        third.page.route("**/decide/*", lambda route: (Route.continue_ if answers else answers.append)(route))
        third.type("F10")
        eventually_in(third.page, lambda: bool(answers))
        third.type("F3")
        answers[0].continue_()
        expect(third.page.locator("h1")).to_contain_text("002")
        third.type("F10")
        assert scripts, "the script came too early for what is to be seen"
        scripts.pop().continue_()
        expect(third.page.locator("main")).to_contain_text("Không có dòng nào chờ xem lần hai")
        assert open_columns(desk) == []
        row = desk.rows()[2]
        assert (row["columns"]["nksHoTen"], row["columns"]["nksGioiTinh"]) == ("Nguyễn Văn Bảy", "1")
        assert (row["state"], row["checked_by"]) == ("complete", "Hồ Thị Ba")
        assert desk.rows()[1]["columns"]["nksHoTen"] == "Nguyễn Văn Hài", "by the key typed ahead"


def open_columns(desk: Desk) -> list[str]:
    return [one["column"] for one in desk.command.json("row", "compare", LEDGER) if one["column"]]


def test_row_is_reviewed_value_by_value_set_right_and_found_right_or_sent_back(tmp_path: Path) -> None:
    with at_desk(keyed(tmp_path, "review"), tmp_path) as desk:
        desk.page.goto(f"{desk.address}{SECOND}")
        expect(desk.page.locator("h1")).to_contain_text("001")
        desk.is_at("loaiDangKy")
        desk.type("Enter")
        desk.is_at("noiDangKy")
        desk.page.focus("#nksNoiSinh")
        desk.type("Bệnh viện huyện", "F10")
        expect(desk.page.locator("h1")).to_contain_text("002")
        desk.page.focus("#nksNoiSinh")
        desk.type("Bệnh viện tỉnh", "Control+Delete")
        expect(desk.page.locator("#row-note")).to_be_focused()
        keep_pictures(desk.page, "row-sent-back", lambda tab: tab.fill("#row-note", "tên mẹ"))
        desk.type("tên mẹ", "Control+Delete")
        expect(desk.page.locator("h1")).to_contain_text("003")
        first, second, third = desk.rows()[:3]
        assert (first["columns"]["nksNoiSinh"], first["checked_by"]) == ("Bệnh viện huyện", NAME)
        assert second["columns"]["nksNoiSinh"] == "Bệnh viện tỉnh", "and it is still sent back"
        assert (first["state"], second["state"], third["state"]) == ("complete", "keyed", "keyed")
        desk.open()
        expect(desk.page.locator("#row-returned")).to_contain_text("tên mẹ")
        desk.page.click("#row-as-it-is")
        expect(desk.page.locator("#row-returned")).to_have_count(0)
        desk.page.goto(f"{desk.address}{SECOND}?after=1")
        expect(desk.page.locator("h1")).to_contain_text("002")
