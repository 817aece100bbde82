"""Vietnamese is typed with a real input method: it composes names, and eats no digit, no slash and no key that acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM_WITH_WINDOWS, chromium, keep_pictures, new_page
from tests.e2e.input_method import FLAGS, MISSING, Keyboard, keyboard, page_with_keys
from tests.e2e.row_desk import LEDGER, NAME, Desk, drawn_births
from tests.station.daemons import Running, running
from tests.stations import Command

#: The same names by their keys.
KEYS = {
    "telex": {"signer": "Lee Vawn Kys", "child": "Nguyeenx Thij Huwowng", "place": "Trajm xax DDoong"},
    "vni": {"signer": "Le6 Va8n Ky1", "child": "Nguye6n4 Thi5 Hu7o7ng", "place": "Tra5m xa4 D9o6ng"},
}
EMPTY = "KS.2007.02"

pytestmark = [
    pytest.mark.skipif(not CHROMIUM_WITH_WINDOWS.exists(), reason="needs Debian's chromium"),
    pytest.mark.skipif(MISSING != "", reason=f"needs {MISSING}: script/bootstrap --test --unikey"),
]


@pytest.fixture(scope="module")
def births(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A station with a ledger of births to key, and one whose pages wait to be told."""
    folder = tmp_path_factory.mktemp("births")
    command = drawn_births(folder, f'[[scanner]]\nid = "second"\ndriver = "simulated"\npages = "{folder / "pages"}"\n')
    command.run("ledger", "add", "KS", "2007", "2")
    command.run("scan", EMPTY, "--pages", 4, "--scanner", "second")
    return command


@pytest.fixture
def daemon(births: Command, tmp_path: Path) -> Iterator[Running]:
    with running(births.copy(tmp_path / "station"), tmp_path) as daemon:
        yield daemon


@pytest.mark.parametrize("method", ["telex", "vni"])
def test_nothing_typed_with_an_input_method_is_eaten(daemon: Running, tmp_path: Path, method: str) -> None:
    command = Command(tmp_path / "station")
    pin = command.run("user", "add", NAME, "--role", "operator").stdout.strip()
    (tmp_path / "screen").mkdir()
    with keyboard(tmp_path / "screen", method) as keys, chromium(keys.environment, FLAGS) as browser:
        desk = Desk(browser, page_with_keys(new_page(browser)), daemon.address, command, pin)
        desk.log_in()
        desk.open()
        keys.turn_on()
        key_row(desk, keys, KEYS[method])
        desk.open(1)
        keep_pictures(desk.page, f"typed-with-{method}")
        tell_pages(desk.page, keys, desk.address)
    row = command.json("row", "list", LEDGER)[0]["columns"]
    assert {name: row[name] for name in ("nguoiKy", "nksHoTen", "nksGioiTinh", "nksNgaySinh", "nksNoiSinh")} == {
        "nguoiKy": "Lê Văn Ký",
        "nksHoTen": "Nguyễn Thị Hương",
        "nksGioiTinh": "2",
        "nksNgaySinh": "15.01.2007",
        "nksNoiSinh": "Trạm xã Đông",
    }
    assert row["nksDanToc"] == "Kinh"
    entries = [(one["number"], one["date"], one["pages"]) for one in command.json("entry", "list", EMPTY)]
    assert entries == [("001", "2007-01-15", ["001"]), ("002", "2007-02-16", ["003", "004"])]
    assert {one["seq"]: one["state"] for one in command.json("pages", EMPTY)}["002"] == "blank"


def key_row(desk: Desk, keys: Keyboard, words: dict[str, str]) -> None:
    """A row of births by its keys; a code steps on by itself, and a key that acts needs no space before it."""
    desk.is_at("loaiDangKy")
    keys.type(desk.page, "1")
    desk.is_at("nguoiKy")
    keys.type(desk.page, words["signer"], ":Return", "Chu", ":Return", "Ba", ":Return")
    desk.is_at("nksHoTen")
    keys.type(desk.page, words["child"], ":Return", "2")
    desk.is_at("nksNgaySinh")
    keys.type(desk.page, "15/1/2007", ":Tab")
    expect(desk.page.locator("#nksNgaySinhBangChu")).to_have_value(re.compile("^Ngày mười lăm"))
    keys.type(desk.page, ":Return")
    desk.is_at("nksNoiSinh")
    keys.type(desk.page, words["place"], ":Return", ":F9", ":F9")
    desk.is_at("nksDanToc")
    keys.type(desk.page, "kin", ":Down", ":Return", "vn", ":Down", ":F10")
    expect(desk.page.locator("h1")).to_contain_text("002")


def tell_pages(page: Page, keys: Keyboard, address: str) -> None:
    """An entry, a blank page by F2, an entry of two pages by a plus; a jump by its key, and back."""
    page.goto(f"{address}/ledger/19429/{EMPTY}/entries?page=001")
    shown = page.locator(".indexing")
    expect(page.locator("#date")).to_be_focused()
    keys.type(page, "15/1", ":Return")
    expect(shown).to_have_attribute("data-label", "002")
    keys.type(page, "9", ":F2")
    expect(shown).to_have_attribute("data-label", "003")
    keys.type(page, ":ctrl+g", "t4", ":Return")
    expect(shown).to_have_attribute("data-label", "004")
    keys.type(page, ":ctrl+g", "t3", ":Return")
    expect(shown).to_have_attribute("data-label", "003")
    keys.type(page, "16/2+", ":Return")
    expect(page.get_by_text("Mọi trang đều đã có trường hợp")).to_be_visible()
