"""What a real browser prints: the day's report and the minutes of a ledger are one A4 page each, labels 24 on one."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from station.messages import LANGUAGES
from station.reports import day_paper, day_report
from station.reports.days import Period
from tests.e2e.browser import CHROMIUM, Shown, choose_language, chromium, keep_picture, log_in, new_page
from tests.station.daemons import running
from tests.station.opened_station import STICK, opened_station
from tests.station.reports.acting import done_at, here
from tests.stations import Command

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

NAME = "Nguyễn Thị Hoa"
#: The cells whose words do not fit, or that are no cells to a style from elsewhere.
_OVERFLOWING = """cells => cells.filter(cell =>
    cell.scrollWidth > cell.clientWidth + 1 || getComputedStyle(cell).display !== "table-cell"
).map(cell => cell.innerText)"""
#: Of each label whether all in it keeps 3 mm from its edges, and where it lies on its sheet and how large it is (mm).
_LABELS = """labels => labels.map(label => {
    const millimetres = dots => Math.round(dots / 96 * 254) / 10;
    const edge = label.getBoundingClientRect(), sheet = label.parentElement.getBoundingClientRect();
    const rooms = [...label.querySelectorAll("*")].map(part => part.getBoundingClientRect()).flatMap(part =>
        [part.left - edge.left, edge.right - part.right, part.top - edge.top, edge.bottom - part.bottom]);
    const words = label.querySelector("div");
    const fits = words.scrollWidth <= words.clientWidth && words.scrollHeight <= words.clientHeight;
    const place = [edge.left - sheet.left, edge.top - sheet.top, edge.width, edge.height];
    return [fits && millimetres(Math.min(...rooms)) >= 3, ...place.map(millimetres)];
})"""
#: Points of an A4 page, upright.
A4 = (595, 842)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(scanned_scraps: Command, tmp_path: Path, browser: Browser) -> Iterator[Page]:
    """A tab in which the technician is logged in, at a station where four pages were scanned today."""
    command = scanned_scraps.copy(tmp_path / "station")
    pin = command.run("user", "add", NAME, "--role", "technician").stdout.strip()
    with running(command, tmp_path) as daemon:
        tab = new_page(browser, device_scale_factor=3)  # as fine as an office's printer
        log_in(tab, Shown(f"{daemon.address}/", NAME, pin, tmp_path))
        yield tab
        tab.context.close()


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """The sizes of a printed document's pages, in points."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [(round(float(page.mediabox[2])), round(float(page.mediabox[3]))) for page in document.pages]


def photographed(picture: bytes) -> str:
    """What a code tells, from as near as it needs: a telephone is moved, too."""
    with Image.open(io.BytesIO(picture)) as whole:
        pixels = np.asarray(whole.convert("L"))
    sizes = (cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) for share in (1, 0.8, 0.6, 0.5))
    return next(filter(None, (cv2.QRCodeDetector().detectAndDecode(one)[0] for one in sizes)), "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_view_prints_as_one_page_without_the_tools_around(page: Page, language: str) -> None:
    choose_language(page, language)
    page.locator(".bar nav a[href='/reports']").click()
    page.wait_for_url("**/reports")
    assert page.locator(".document-work tfoot .document-figure").nth(4).inner_text() == "4"
    assert sizes(page.pdf(prefer_css_page_size=True)) == [A4]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1040})  # 186 mm: what an A4 page has between its margins
    assert page.eval_on_selector_all(".document th, .document td", _OVERFLOWING) == []
    assert not page.locator(".bar").is_visible()
    assert not page.locator(".report-tools").is_visible()
    assert page.locator(".document").is_visible()
    keep_picture(page, "print-report")


def test_button_prints_and_a_day_is_picked(page: Page) -> None:
    page.goto(re.sub(r"/$", "", page.url) + "/reports")
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.locator("#print").click()
    assert page.title() == "printed"
    page.fill("#from", "2025-03-02")
    page.fill("#to", "2025-03-15")
    page.locator("#show").click()
    page.wait_for_url("**/reports?from=2025-03-02&to=2025-03-15")
    assert "02/03/2025 – 15/03/2025" in page.locator(".document").inner_text()
    with page.expect_download() as download:
        page.locator("a[href*='/file/xlsx']").click()
    assert download.value.suggested_filename == "bao-cao_qt-thu-01_2025-03-02_2025-03-15.xlsx"


@pytest.mark.parametrize("language", LANGUAGES)
def test_minutes_of_a_closed_ledger_are_one_page_whose_code_is_read(page: Page, tmp_path: Path, language: str) -> None:
    station = Command(tmp_path / "station")
    station.run("entry", "set", "KH.2007.01", "001-002", "--number", "1", "--date", "2007-01-15")
    station.run("ledger", "close", "KH.2007.01", "--reason", "Thiếu trang 5; " * 12)
    station.run("package", "KH.2007.01")
    choose_language(page, language)
    page.goto(f"{page.url.rstrip('/')}/ledger/19429/KH.2007.01/finish")
    page.locator("#minutes").click()
    page.wait_for_url("**/minutes")
    assert sizes(page.pdf(prefer_css_page_size=True)) == [A4]
    page.emulate_media(media="print")
    assert not page.locator(".ledger-bar").is_visible()
    keep_picture(page, "print-minutes")
    told = photographed(page.locator("tr:has(.document-code)").screenshot())
    assert told.startswith("tramquet/1 qt-thu-01 19429:KH.2007.01 r1 ")
    head = page.locator(".document-minutes tr").nth(-2).inner_text()
    assert told.split()[-1] in head
    assert told.split()[-1] == station.run("minutes", "KH.2007.01").stdout.split(told.split()[-2][1:] + ": ")[1][:64]


def test_labels_are_24_on_an_a4_page_each_within_its_own_and_its_code_is_read(page: Page, tmp_path: Path) -> None:
    station = Command(tmp_path / "station")
    for number in range(1, 14):
        station.run("ledger", "add", "HN", "2007", number)
        station.run("ledger", "add", "KS", "2007", number, "--place", "19430")
    for language in LANGUAGES:
        choose_language(page, language)
        page.locator("#labels").click()
        page.wait_for_url("**/covers/labels")
        page.wait_for_load_state()  # with its style
        expect(page.locator(".label-sheet")).to_have_count(2)
        keep_picture(page, "labels")
        assert sizes(page.pdf(prefer_css_page_size=True)) == [A4, A4]
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 794, "height": 1123})
        longest = "words => { words.textContent = 'Thị trấn Nông trường Lệ Ninh Bắc'; }"
        page.locator(".label-place").first.evaluate(longest)
        placed = page.eval_on_selector_all(".label-sheet:first-of-type .ledger-label", _LABELS)
        assert placed == [[True, 70 * (at % 3), 0.5 + 37 * (at // 3), 70, 37] for at in range(24)]
        assert not page.locator(".report-tools").is_visible()
        keep_picture(page, "labels-printed")
        first = page.locator(".ledger-label").first
        assert photographed(first.screenshot()) == "19429:HN.2007.01"
        page.emulate_media(media="null")
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(page.url.partition("/covers")[0])
    page.goto(f"{page.url}covers/labels?ledger=19429:KH.2007.01&first=24")
    assert sizes(page.pdf(prefer_css_page_size=True)) == [A4]
    assert photographed(page.locator(".ledger-label").last.screenshot()) == "19429:KH.2007.01"


@pytest.mark.parametrize("language", LANGUAGES)
def test_worst_of_days_is_one_page(browser: Browser, tmp_path: Path, language: str) -> None:
    """As many rows as are shown, long names, three communes' worth of notices, and five who sign."""
    persons = day_paper.MOST_ROWS - 2
    signatures = '[report]\nsignatures = ["Một", "Hai", "Ba", "Bốn", "Năm"]\n'
    with opened_station(tmp_path, STICK + signatures) as desk:
        desk.ledger()
        desk.ledger("KS.2001.01", place="19430")
        with done_at(desk, here("1970-01-01T08:00"), NAME):
            desk.lay("KH.2007.01")
        for number in range(persons):
            with done_at(desk, here("2026-03-02T08:00"), f"Tôn Nữ Hoàng Thị Bích Ngọc Diễm Phương {number}"):
                desk.lay("KH.2007.01" if number % 2 else "19430:KS.2001.01")
        report = day_report.make(desk.station, Period(date(2026, 3, 2), date(2026, 3, 2)))
        assert len(report.notices) >= 2
        file = tmp_path / "report.html"
        file.write_text(day_paper.page(report, language), encoding="utf-8")
    tab = new_page(browser)
    tab.goto(file.as_uri())
    assert tab.locator(".document-work tbody tr:not(.document-place)").count() == persons
    assert sizes(tab.pdf(prefer_css_page_size=True)) == [A4]
    tab.context.close()
