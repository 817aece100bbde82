"""``script/bench keying [BIRTHS]``: keys pressed for the rows of drawn births, against plain typing of the same rows.

A person types until the line below the fields shows what is meant, takes it by the arrow down, repeats what the row
before has by F2, and goes on by Enter. Plain typing is every letter of every cell of the workbook, and one key to go on
from each that is filled.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page

from drivers.drawn import DrawnPage, PageKind, draw_ledger, forms
from drivers.drawn.forms import Birth, Book
from tests.bench.rows import tell
from tests.e2e.browser import chromium, new_page
from tests.station.daemons import running
from tests.stations import Command, new_station

LEDGER, NAME = "KS.2007.01", "Nguyễn Thị Hoa"
BIRTHS, LIMIT = 60, 0.45


class Keyboard:
    """Presses keys as a person does, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1

    def type_until_offered(self, text: str) -> None:
        """Type letter by letter; once the text is offered, and that is shorter, take it."""
        for typed in range(len(text)):
            if len(text) - typed > 1 and self.page.inner_text("#row-hint") == f"↓ {text}":
                self.press("ArrowDown")
                return
            self.page.keyboard.type(text[typed])
            self.count += 1


def main() -> None:
    """Print one row."""
    births = int(sys.argv[1]) if len(sys.argv) > 1 else BIRTHS
    with tempfile.TemporaryDirectory() as folder:
        command, drawn = _station(Path(folder), births)
        pin = command.run("user", "add", NAME, "--role", "operator").stdout.strip()
        with running(command, Path(folder)) as daemon, chromium() as browser:
            page = new_page(browser)
            page.goto(daemon.address)
            page.get_by_text(NAME).click()
            page.fill("#pin", pin)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{daemon.address}/")
            page.goto(f"{daemon.address}/ledger/19429/{LEDGER}/rows")
            keyboard, keys = Keyboard(page), []
            book = forms.book("KS", 2007, 1, 0)
            for one in drawn:
                before = keyboard.count
                _key(keyboard, _values(book, one.birth), f"{one.entry:03}")
                keys.append(keyboard.count - before)
        rows = command.json("row", "list", LEDGER)
    for one, row in zip(drawn, rows, strict=True):
        expected = _values(book, one.birth)
        wrong = {name: (row["columns"][name], text) for name, text in expected.items() if row["columns"][name] != text}
        assert not wrong, f"{row['number']}: {wrong}"
        assert row["state"] == "complete", row
    plain = [sum(len(text) + 1 for text in row["columns"].values() if text) for row in rows]
    tell("keying", keys, plain, unit="keys", limit=LIMIT, settings={"rows": births})


def _station(folder: Path, births: int) -> tuple[Command, list[DrawnPage]]:
    pages = births + births // 9 + 3  # a blank for every twelve, cover and closing
    drawn = draw_ledger(folder / "pages", pages, dpi=75)
    entries = [one for one in drawn if one.kind == PageKind.ENTRY][:births]
    (folder / "station").mkdir()
    command = new_station(folder / "station", folder / "pages")
    command.run("ledger", "add", "KS", "2007", "1")
    command.run("scan", LEDGER)
    for one in entries:
        command.run("entry", "set", LEDGER, f"{one.number:03}", "--number", one.entry, "--date", one.date)
    return command, entries


def _key(keyboard: Keyboard, values: dict[str, str], number: str) -> None:
    """Key one row, field by field, as the page leads from one to the next."""
    page = keyboard.page
    page.get_by_role("heading", name=number).wait_for()
    while (column := _focused(page).get_attribute("data-column")) is not None:
        text, before = values.get(column, ""), _ditto(page, column)
        if text and text == before and len(text) > 1:
            keyboard.press("F2")
            continue
        if page.locator(f"#{column}").get_attribute("data-codes") is not None and text:
            keyboard.press(text)
            continue
        keyboard.type_until_offered(_shortest(text))
        keyboard.press("Enter")
        if values.get(column) and page.locator(f'[data-words-of="{column}"]').count():
            page.wait_for_function("name => document.querySelector(`[data-words-of=${name}]`).value", arg=column)
    keyboard.press("Enter")
    page.locator("h1", has_not_text=number).or_(page.locator(".notice.done")).first.wait_for()


def _focused(page: Page) -> Locator:
    return page.locator(":focus")


def _ditto(page: Page, column: str) -> str:
    ditto = page.locator("#row").get_attribute("data-ditto") or "{}"
    return str(json.loads(ditto).get(column, ""))


def _shortest(text: str) -> str:
    """A date as the officer types it: without zeros in front."""
    parts = text.split(".")
    is_day = len(parts) == 3 and all(map(str.isdecimal, parts))
    return "/".join(part.lstrip("0") for part in parts) if is_day else text


def _values(book: Book, birth: Birth | None) -> dict[str, str]:
    """What the page says, by the ministry's columns."""
    assert birth is not None
    child, father, mother = birth.child, birth.father, birth.mother
    return {
        "loaiDangKy": "1",
        "nguoiKy": book.chairman,
        "chucVuNguoiKy": "Chủ tịch",
        "nguoiThucHien": book.clerk,
        "nksHoTen": child.name,
        "nksGioiTinh": "1" if child.male else "2",
        "nksNgaySinh": f"{birth.born:%d.%m.%Y}",
        "nksNoiSinh": birth.place,
        "nksQueQuan": father.home,
        "nksDanToc": father.ethnicity,
        "nksQuocTich": "Việt Nam",
        "nksLoaiKhaiSinh": "1",
        "meHoTen": mother.name,
        "meNgaySinh": str(mother.born.year),
        "meDanToc": mother.ethnicity,
        "meQuocTich": "Việt Nam",
        "meLoaiCuTru": "1",
        "meNoiCuTru": mother.home,
        "chaHoTen": father.name,
        "chaNgaySinh": str(father.born.year),
        "chaDanToc": father.ethnicity,
        "chaQuocTich": "Việt Nam",
        "chaLoaiCuTru": "1",
        "chaNoiCuTru": father.home,
        "nycHoTen": birth.informant.name,
        "nycQuanHe": birth.kin,
    }


if __name__ == "__main__":
    main()
