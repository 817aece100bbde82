"""The province's page and its public page in a real browser: fit for everybody, in both languages, read-only."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from station.messages import LANGUAGES
from tests.e2e.browser import CHROMIUM, SCREEN, chromium, keep_picture, new_page
from tests.e2e.test_accessibility import AXE, SMALL, faults
from tests.ports import free_port
from tests.station.province.received import Received
from tests.station.province.some_province import some_province
from tests.stations import TRAMQUET, Command
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
VIEWS = ["/", "/communes/19405", "/communes/19405/KH.2006.01", "/stations", "/doubts", "/nothing"]


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Received:
    return some_province(tmp_path_factory.mktemp("province"))


@pytest.fixture(scope="module")
def address(received: Received) -> Iterator[str]:
    """The real command, listening."""
    port, settings = free_port(), received.folder / "province.toml"
    settings.write_text(settings.read_text("utf-8") + f"port = {port}\n", "utf-8")
    line = [str(TRAMQUET), "province", "--settings", str(settings)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told = process.stderr.readline()
        assert told.startswith("http://"), told + process.stderr.read()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    return new_page(browser)


@pytest.fixture(scope="module")
def public(received: Received, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public") / "www"
    Command(received.folder).run("province", "--settings", received.folder / "province.toml", "publish", folder)
    return folder


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: script/bootstrap --test, with node")
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_view_has_no_fault_by_axe(page: Page, address: str, view: str, language: str) -> None:
    page.goto(f"{address}{view}?language={language}")
    assert page.get_attribute("html", "lang") == language
    keep_picture(page, "province-" + re.sub(r"\W+", "-", view).strip("-"))
    assert faults(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_view_needs_no_scrolling_sideways(page: Page, address: str, view: str) -> None:
    page.goto(f"{address}{view}?language=vi")
    for size in [*SMALL, SCREEN]:
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} px too wide at {size}"


def test_way_leads_from_the_province_to_a_ledgers_entries_and_the_language_stays(page: Page, address: str) -> None:
    page.goto(f"{address}/?language=en")
    page.get_by_role("link", name="Xã Gio Linh").click()
    page.get_by_role("link", name="KS.2007.01").click()
    expect(page.get_by_role("heading", name="Entries that arrived: 40")).to_be_visible()
    page.get_by_role("link", name="Stations").click()
    expect(page.get_by_role("heading", name="Stations")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ledger_closed_with_a_reason_or_without_totals_says_so_at_the_province(
    page: Page, address: str, language: str
) -> None:
    page.goto(f"{address}/communes/19405?language={language}")
    signed = page.get_by_role("row").filter(has_text="KH.2006.01")
    expect(signed.locator(".signed")).to_contain_text("tờ 14 và 15 bị dính")
    expect(signed).to_contain_text("Nguyễn Thị Hoa")
    expect(signed.locator(".unproven")).to_have_text({"vi": "không khớp", "en": "differ"}[language])
    unstated = page.get_by_role("row").filter(has_text="KH.2008.01")
    expect(unstated.locator(".unproven")).to_have_text({"vi": "chưa khai", "en": "not stated"}[language])
    expect(page.locator(".signed, .unproven")).to_have_count(3)
    keep_picture(page, "province-commune")
    signed.get_by_role("link").click()
    told = page.locator(".notice.asking")
    expect(told.first).to_contain_text("qt-06")
    expect(told.first).to_contain_text("Nguyễn Thị Hoa")
    expect(told.first).to_contain_text("tờ 14 và 15 bị dính")
    expect(told).to_have_count(2)
    words = {"vi": "trường hợp", "en": "entries"}[language]
    expect(page.get_by_role("cell", name=words, exact=True)).to_have_count(1)
    expect(page.get_by_role("cell", name="01/01/2006", exact=True)).to_have_count(1)
    keep_picture(page, "province-ledger")
    page.goto(f"{address}/communes/19405/KH.2008.01?language={language}")
    expect(told).to_contain_text({"vi": "chưa thể nói là sổ đã đủ", "en": "nobody can say"}[language])
    page.goto(f"{address}/communes/19405/KS.2007.01?language={language}")
    expect(told).to_have_count(0)


def test_hostile_name_is_shown_as_a_name(page: Page, address: str) -> None:
    page.goto(f"{address}/?language=en")
    expect(page.get_by_role("link", name="<script>alert(1)</script>")).to_be_visible()
    assert page.locator("script").count() == 0


def test_doubts_are_told_on_the_first_view(page: Page, address: str) -> None:
    page.goto(f"{address}/?language=en")
    page.get_by_role("link", name="do not fit together").click()
    expect(page.locator("#ledger_of_two_stations")).to_contain_text("qt-02")
    expect(page.locator("#unread")).to_contain_text("by a newer station")


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: script/bootstrap --test, with node")
@pytest.mark.parametrize("file", ["index.html", "en.html"])
def test_public_page_has_no_fault_by_axe_and_tells_totals(browser: Browser, public: Path, file: str) -> None:
    page = new_page(browser)
    page.goto((public / file).as_uri())
    eventually(lambda: page.locator("svg.chart").count() == 2)
    keep_picture(page, "public")
    assert faults(page) == []
    expect(page.locator("main")).to_contain_text("Xã Gio Linh")


def test_public_page_is_for_everybody_and_tells_nothing_of_stations(public: Path) -> None:
    files = sorted(public.iterdir())
    assert [file.name for file in files] == ["en.html", "index.html", "public.css", "totals.csv", "totals.json"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}
    for private in ("qt-0", "Nguyễn Thị Hoa", "bị dính"):
        assert not any(private.encode() in file.read_bytes() for file in files)
