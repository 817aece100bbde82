"""In a real browser: lines between the entries of a page are dragged and moved by keys, and kept as they are shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import CHROMIUM, choose_language, keep_picture
from tests.e2e.entry_desk import EntryDesk, Office
from tests.e2e.help_pictures import keep_help_picture

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def at(line: Locator) -> float:
    """Where a line stands, in per cent of the page's height."""
    return float(line.get_attribute("aria-valuenow") or "nan")


def parts(desk: EntryDesk, label: str) -> list[tuple[float, float, bool]]:
    """From where to where each entry of a page goes, and whether a person said so."""
    rows = desk.command.json("entry", "regions", desk.ledger, label)
    return [(row["top"], row["bottom"], row["confirmed"]) for row in rows]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_lines_between_entries_are_moved_and_confirmed(entry_office: Office, language: str) -> None:
    desk = entry_office.desk(2)
    page = desk.page
    for number, label in ((1, "001"), (2, "001"), (3, "001"), (4, "002"), (5, "002")):
        desk.command.run("entry", "set", desk.ledger, label, "--number", number, "--date", f"2007-01-0{number}")
    page.goto(desk.address + "/pages")
    choose_language(page, language)
    page.goto(f"{desk.address}/regions")
    lines = page.locator(".entry-line")
    # The end of the head, above the first, two between, below the last.
    expect(lines).to_have_count(5)
    keep_picture(page, "entry-regions")
    keep_help_picture(page, "regions")
    small = page.locator("#shared-page").bounding_box()
    page.keyboard.press("z")
    assert page.locator("#shared-page").bounding_box() != small
    page.keyboard.press("z")
    for turned in (90, 180, 270, 0):
        page.keyboard.press("Control+ArrowRight")
        expect(page.locator("#shared-page img")).to_have_attribute("src", re.compile(f"turn={turned}"))
        expect(lines).to_have_count(5)
    between = lines.nth(2)
    figure, line = page.locator("#shared-page").bounding_box(), between.bounding_box()
    assert figure
    assert line
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
    page.mouse.down()
    page.mouse.move(line["x"] + line["width"] / 2, figure["y"] + figure["height"] * 0.5, steps=3)
    page.mouse.up()
    assert abs(at(between) - 50) < 0.5
    expect(between).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowUp")
    moved = at(between)
    assert abs(moved - 51) < 0.5
    # A line stays between those beside it.
    lines.nth(3).focus()
    for _ in range(80):
        page.keyboard.press("Shift+ArrowUp")
    assert moved < at(lines.nth(3)) < moved + 1
    keep_picture(page, "entry-regions-moved")
    page.keyboard.press("Control+Enter")
    expect(page.locator('input[name="page"]')).to_have_value("002")
    (_, first_end, _), (second_start, second_end, _), (third_start, _, _) = parts(desk, "001")
    assert first_end == second_start == pytest.approx(moved, abs=0.02)
    assert second_end == third_start
    assert all(said for _, _, said in parts(desk, "001"))
    assert not any(said for _, _, said in parts(desk, "002"))
