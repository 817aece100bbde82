"""Keys of the scanning view and of the questions, in a real browser: none is lost, none counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.browser import CHROMIUM
from tests.e2e.entry_desk import EntryDesk, Office, office

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office"), scraps) as opened:
        yield opened


@pytest.fixture
def desk(opened: Office) -> EntryDesk:
    return opened.desk(2)


def pages(desk: EntryDesk) -> int:
    return len(desk.command.json("pages", desk.ledger))


def test_space_scans_and_opens_no_list_where_one_has_the_focus(desk: EntryDesk) -> None:
    desk.page.goto(f"{desk.address}/scan")
    desk.page.select_option("[name=scanner]", "s39")
    desk.page.fill("[name=limit]", "1")
    desk.page.focus("[name=source]")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".said.done")).to_be_visible()
    assert pages(desk) == 3


def test_space_before_the_view_is_whole_scans(desk: EntryDesk) -> None:
    held: list[Route] = []
    desk.page.route("**/station.js", lambda route: route.continue_() if held else held.append(route))
    desk.page.goto(f"{desk.address}/scan", wait_until="commit")
    desk.page.select_option("[name=scanner]", "s38")
    desk.page.fill("[name=limit]", "1")
    desk.page.focus("#action")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".said.done")).to_be_visible()
    assert pages(desk) == 3


def test_space_pressed_twice_begins_one_session(desk: EntryDesk) -> None:
    desk.page.goto(f"{desk.address}/scan")
    desk.page.select_option("[name=scanner]", "s37")
    desk.page.fill("[name=limit]", "1")
    desk.page.focus("#action")
    desk.page.keyboard.press(" ")
    desk.page.keyboard.press(" ")
    expect(desk.page.locator(".said.done")).to_be_visible()
    expect(desk.page.locator(".said.refused, .said.stopped")).to_have_count(0)
    assert pages(desk) == 3
