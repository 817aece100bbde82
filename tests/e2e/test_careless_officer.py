"""A careless officer in good faith, in a real browser: nothing is green until it is settled or signed for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from drivers.drawn import DrawnPage, PageKind, draw_ledger, draw_page
from tests.e2e import officer
from tests.e2e.browser import CHROMIUM, NEWS, Shown, chromium, keep_pictures, log_in, new_page
from tests.e2e.test_entry_runs import read_pages
from tests.station.daemons import running
from tests.stations import UNASKED, Command, new_station
from tests.waiting import eventually

NAME, OTHER = "Nguyễn Thị Hoa", "KH.2007.02"
#: Of the twelve pages of the book, the one that is turned over with its neighbour, and the one that is scanned twice.
LEFT_OUT, TWICE = 5, 8
#: Of another book of four pages the one that stands on its head, and how finely the reader wants them drawn.
ON_ITS_HEAD, DPI = 2, 150

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def pile(folder: Path, drawn: Path) -> list[DrawnPage]:
    """What the officer feeds: a page left out, one double, six pages of another book before the closing page."""
    book = draw_ledger(drawn / "book", 12, dpi=60, type_code="KH")
    strangers = draw_ledger(drawn / "other", 8, dpi=60, type_code="KH", seed=1, book=2)[1:7]
    fed = [(drawn / "book", page) for page in book if page.number != LEFT_OUT]
    fed.insert(TWICE - 1, fed[TWICE - 2])
    fed[-1:-1] = [(drawn / "other", page) for page in strangers]
    for number, (origin, page) in enumerate(fed, start=1):
        shutil.copy(origin / page.file, folder / f"{number:04}.jpg")
    return [page for _, page in fed]


@pytest.fixture
def station(tmp_path: Path) -> Command:
    """A station with the ledger of that pile, and the one that six of its pages belong to."""
    (tmp_path / "pile").mkdir()
    command = new_station(tmp_path, tmp_path / "pile", more=f'[[profile]]\nid = "standard"\n{UNASKED}')
    for book in ("1", "2"):
        command.run("ledger", "add", "KH", "2007", book)
    return command


def nothing_green(page: Page, address: str) -> None:
    """Neither on the list of ledgers nor on any view of the ledger stands that all is well."""
    ledger = f"{address}/ledger/19429/{officer.LEDGER}"
    for view in (f"{address}/", f"{ledger}/finish", f"{ledger}/files", f"{ledger}/pages", f"{ledger}/scan"):
        page.goto(view)
        expect(page.locator("header.bar")).to_be_visible()
        here = page.locator(f'a.ledger[href*="{officer.LEDGER}/"]') if view.endswith("/") else page.locator("body")
        for green in (
            ".notice.done:not([role=status])",
            ".state-indexed",
            ".state-delivered",
            "progress:not(.beyond)[value='11']",
        ):
            expect(here.locator(green)).to_have_count(0)


def type_blindly(page: Page, fed: list[DrawnPage]) -> None:
    """Every number as it is proposed; of a date what the page says; the closing page's totals as they stand there."""
    officer.step(page, "entries")
    for place, drawn in enumerate(fed, start=1):
        expect(page.locator(".entry-head h1")).to_contain_text(f"{place:03d}")
        page.wait_for_load_state()
        if place == 2:
            page.fill("#printed", "1")
        if drawn.kind is PageKind.ENTRY:
            page.fill("#date", "?")
            page.focus("#date")
        page.keyboard.press("Enter" if drawn.kind is PageKind.ENTRY else officer.KEYS[drawn.kind])
    page.fill("#closing_pages", "11")
    page.fill("#closing_entries", str(11 - 1 - sum(one.kind is PageKind.BLANK for one in fed)))
    page.keyboard.press("Enter")
    officer.has_saved(page)


def test_careless_officer_sees_no_green_until_it_is_settled_or_signed_for(station: Command, tmp_path: Path) -> None:
    fed = pile(tmp_path / "pile", tmp_path / "drawn")
    pin = station.run("user", "add", NAME, "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon, chromium() as browser:
        page = new_page(browser)
        page.goto(daemon.address)
        page.fill("#pin", pin)
        page.keyboard.press("Enter")
        officer.open_ledger(page)
        officer.scan_all(page, len(fed))
        type_blindly(page, fed)
        nothing_green(page, daemon.address)

        officer.step(page, "finish")
        expect(page.get_by_text("có 17 trang, trang khóa sổ ghi 11 trang")).to_be_visible()
        expect(page.locator("#close")).to_have_count(0)
        keep_pictures(page, "missing-pages")

        # The six pages go where they belong, and the double aside: what is missing is still told.
        page.goto(f"{daemon.address}/ledger/19429/{officer.LEDGER}/pages")
        page.locator("#placing summary").click()
        page.fill("#placing-pages", "012-017")
        page.get_by_role("heading", name="Mọi trang").click()
        page.evaluate(NEWS)
        expect(page.locator("#placing-pages")).to_have_value("012-017")
        page.select_option("#placing-target", f"19429:{OTHER}")
        with page.expect_navigation():
            page.locator("button[formaction]").click()
        expect(page.locator(".notice.done")).to_contain_text(
            "11 [001], 12 [002], 13 [003], 14 [004], 15 [005], 16 [006]"
        )
        page.goto(f"{daemon.address}/ledger/19429/{OTHER}/pages")
        expect(page.locator(".grid .tile")).to_have_count(6)
        keep_pictures(page, "pages-moved")
        page.goto(f"{daemon.address}/ledger/19429/{officer.LEDGER}/pages")
        page.locator("#placing summary").click()
        page.fill("#placing-pages", f"{TWICE:03d}")
        with page.expect_navigation():
            page.locator("#placing .danger").click()
        expect(page.locator(".put-aside .tile")).to_have_count(7)
        keep_pictures(page, "pages-set-aside")
        officer.step(page, "finish")
        expect(page.get_by_text("có 10 trang, trang khóa sổ ghi 11 trang")).to_be_visible()
        nothing_green(page, daemon.address)

        officer.step(page, "finish")
        page.fill("#reason", "trang 4 bị dính, chưa tách được")
        with page.expect_navigation():
            page.locator(".danger:not([formnovalidate])").click()
        page.locator("#package").click()
        expect(page.locator(".revision")).to_be_visible()
        keep_pictures(page, "closed-with-reason")
        for view in ("finish", "files", "scan"):
            page.goto(f"{daemon.address}/ledger/19429/{officer.LEDGER}/{view}")
            expect(page.locator(".closed-reason")).to_contain_text("khóa khi còn thiếu")
            expect(page.locator(".closed-reason")).to_have_attribute(
                "title", f"{NAME} khóa khi còn thiếu: trang 4 bị dính, chưa tách được"
            )
        page.goto(f"{daemon.address}/?find={officer.LEDGER}")
        expect(page.locator(".closed-line")).to_have_text(f"{NAME} khóa khi còn thiếu: trang 4 bị dính, chưa tách được")
        keep_pictures(page, "shelf-closed-with-reason")
    manifest = json.loads(next(station.data.rglob("manifest.json")).read_text(encoding="utf-8"))
    assert (manifest["totals"], manifest["closed"]["by"]) == ("differ", NAME)
    assert len(station.json("pages", OTHER)) == 6
    assert station.run("verify").stderr == ""


def test_page_on_its_head_keeps_a_ledger_from_green_in_which_nothing_else_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "pile").mkdir()
    for number, kind in enumerate((PageKind.ENTRY, PageKind.ENTRY, PageKind.ENTRY, PageKind.CLOSING), start=1):
        image = draw_page(number, type_code="KH", dpi=DPI, kind=kind)
        upright = image if number != ON_ITS_HEAD else image.rotate(180)
        upright.save(tmp_path / "pile" / f"{number:04}.jpg", quality=90, dpi=(DPI, DPI))
    more = f'[[profile]]\nid = "standard"\n{UNASKED}'
    station = new_station(tmp_path, tmp_path / "pile", more=more, reading=True)
    station.run("ledger", "add", "KH", "2007", "1", "--paper", "A4", "--closing-pages", 4, "--closing-entries", 3)
    pin = station.run("user", "add", NAME, "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon, chromium() as browser:
        page = new_page(browser)
        log_in(page, Shown(f"{daemon.address}/", NAME, pin, tmp_path))
        officer.open_ledger(page)
        officer.scan_all(page, 4)
        eventually(lambda: read_pages(station) == 4, progress=lambda: read_pages(station), every=1)
        expect(page.locator(".read-ask").filter(has_text="ngược")).to_be_visible()
        for number in (1, 2, 3):
            day = f"2007-01-{2 + 3 * number:02d}"  # as it is drawn
            station.run("entry", "set", officer.LEDGER, f"{number:03d}", "--number", number, "--date", day)
            station.run("page", officer.LEDGER, f"{number:03d}", "--number", number)
        station.run("page", officer.LEDGER, "004", "--state", "closing", "--number", 4)

        nothing_green(page, daemon.address)
        officer.step(page, "finish")
        expect(page.locator(".gaps li")).to_contain_text([f"{ON_ITS_HEAD:03d}"])
        keep_pictures(page, "on-its-head")
        page.goto(daemon.address)
        expect(page.locator("a.ledger .now")).to_have_text("1 cần xem")

        page.goto(f"{daemon.address}/ledger/19429/{officer.LEDGER}/asks")
        expect(page.locator(".side .notice.asking")).to_contain_text("ngược")
        page.wait_for_load_state()
        page.keyboard.press("u")
        expect(page.locator(".asks-nothing")).to_be_visible()
        officer.step(page, "finish")
        expect(page.locator(".notice.done")).to_be_visible()
        expect(page.locator(".gaps")).to_have_count(0)
