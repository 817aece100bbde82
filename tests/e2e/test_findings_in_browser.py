"""What the station doubts about a page is shown on it: the place in a red frame, one sentence in each language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from drivers.drawn import draw_page
from station import messages
from tests.e2e.browser import CHROMIUM, Shown, choose_language, chromium, keep_picture, log_in, new_page
from tests.e2e.help_pictures import keep_help_picture
from tests.station import covered_parts, damaged, damaged_parts
from tests.station.daemons import running
from tests.stations import Command

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

#: The findings of the sheets below, those that have a place and one that has none.
CODES = ("covered", "unreadable-part", "lines-lost", "glare", "streaks", "faded")
WITHOUT_PLACE = {"faded"}


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


def write_sheets(folder: Path) -> None:
    """Drawn pages, each with another damage; dirt goes through two of them."""
    folder.mkdir()
    drawn = [np.array(draw_page(number, seed=3, dpi=150, type_code="KH")) for number in range(2, 9)]
    dirt = [covered_parts.streaked(page, 61.0, 0.3, 0.4) for page in drawn[4:6]]
    sheets = [
        next(covered_parts.hand(drawn[0], 3))[1],
        next(damaged_parts.blurred_in_part(drawn[1], 3))[1],
        next(damaged_parts.feeder_stopped(drawn[2], 3))[1],
        list(damaged_parts.shone_on((drawn[3] * 0.85).astype(np.uint8), 3))[2][1],
        *dirt,
        damaged.faded(drawn[6], 0.15, seed=1),
    ]
    for number, sheet in enumerate(sheets, start=1):
        Image.fromarray(sheet).save(folder / f"{number:04}.png", dpi=(150, 150))


def test_each_finding_is_told_in_both_languages_with_its_place_framed(
    write_settings: Callable[..., Command], browser: Browser, tmp_path: Path
) -> None:
    write_sheets(tmp_path / "sheets")
    command = write_settings(tmp_path / "sheets")
    command.run("ledger", "add", "KH", "2007", "01")
    command.run("scan", "KH.2007.01")
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    asked = {code: page["seq"] for page in command.json("pages", "KH.2007.01") for code in page["findings"]}
    assert set(CODES) <= set(asked)
    with running(command, tmp_path) as daemon:
        page = new_page(browser)
        log_in(page, Shown(f"{daemon.address}/", "Hoa", pin, tmp_path))
        page.goto(f"{daemon.address}/ledger/19429/KH.2007.01/asks")
        for language in ("vi", "en"):
            choose_language(page, language)
            for code in CODES:
                page.locator(".asks-list a", has=page.get_by_text(asked[code], exact=True)).click()
                sentence = messages.sentence(f"finding-{code}", language, {"label": asked[code]}).split(". ")[0]
                expect(page.locator(".notice.asking", has_text=sentence)).to_be_visible()
                if code not in WITHOUT_PLACE:
                    expect(page.locator(".marked rect").first).to_be_attached()
                expect(page.locator(".pictures img")).to_have_js_property("complete", True)
                keep_picture(page, f"finding-{code}")
                if code == "unreadable-part":
                    keep_help_picture(page, "look")
                    is_larger_by_a_key(page)
                    is_turned_by_a_key(page)


def is_turned_by_a_key(page: Page) -> None:
    """What lies wrongly is turned where it is asked about, and back."""
    picture, asked = page.locator(".marked img"), page.locator(".asks-list a[aria-current]")
    question = asked.inner_text()
    page.keyboard.press("Control+ArrowRight")
    expect(picture).to_have_attribute("src", re.compile("turn=90"))
    expect(asked).to_have_text(question, use_inner_text=True)
    page.locator("#placing summary").click()
    keep_picture(page, "asks-turned-placing")
    page.keyboard.press("Control+z")
    expect(picture).to_have_attribute("src", re.compile("turn=0"))
    expect(asked).to_have_text(question, use_inner_text=True)


def is_larger_by_a_key(page: Page) -> None:
    """Whether a page can be read is seen in its full width, with the frame still around the same place."""
    shown, frame = page.locator(".marked img"), page.locator(".marked rect").first
    small, place = shown.bounding_box(), frame.bounding_box()
    page.keyboard.press("z")
    large, framed = shown.bounding_box(), frame.bounding_box()
    if small is None or place is None or large is None or framed is None:
        pytest.fail("the picture or its frame is not shown")
    assert large["width"] > 1.3 * small["width"] or large["height"] > 1.3 * small["height"]
    # The image is drawn within its box, as high or as wide as that is.
    assert 0 <= framed["y"] - large["y"] <= large["height"]
    assert 0 <= framed["x"] - large["x"] <= large["width"]
    assert framed["width"] >= place["width"]
    keep_picture(page, "finding-larger")
    page.keyboard.press("z")
    assert shown.bounding_box() == small
