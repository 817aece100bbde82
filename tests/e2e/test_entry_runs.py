"""Sixty entries that the machine reads are accepted in runs in a real browser, with a fifth of a key for each."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from drivers import drawn
from drivers.drawn import PageKind, draw_ledger
from tests.e2e.browser import CHROMIUM, Shown, chromium, keep_pictures, log_in, new_page
from tests.e2e.officer import has_saved
from tests.station.daemons import running
from tests.stations import Command
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

LEDGER = "KH.2007.01"
VIEW = f"ledger/19429/{LEDGER}/entries"
#: Of so many drawn pages sixty are entries, five are blank.
PAGES, ENTRIES, DPI = 67, 60, 150
#: A row that is left out of its run, and done at its page.
LEFT_OUT = "020"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


class Fingers:
    """An officer's, who counts what he presses, and for what."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed: Counter[str] = Counter()

    def press(self, why: str, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)
            self.pressed[why] += 1


def in_catalogue(command: Command, statement: str, *values: object) -> int:
    """What a statement says of the catalogue, or how many rows it changes."""
    with closing(sqlite3.connect(command.catalogue, timeout=60)) as catalogue, catalogue:
        cursor = catalogue.execute(statement, values)
        row = cursor.fetchone()
        return cursor.rowcount if row is None else int(row[0])


def read_pages(command: Command) -> int:
    return in_catalogue(command, "SELECT count(*) FROM reading WHERE read_at IS NOT NULL")


def entries_stored(command: Command) -> int:
    return in_catalogue(command, "SELECT count(*) FROM entry WHERE living")


def written(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def misread(command: Command, planned: dict[str, drawn.DrawnPage]) -> tuple[str, date]:
    """Let the date of an entry have been read as the next day, which its order bears out; gives its page and day."""
    entries = [(label, page) for label, page in planned.items() if page.date and page.kind is PageKind.ENTRY]
    label, day = next(
        (label, page.date)
        for (label, page), (_, after) in pairwise(entries)
        if page.date and after.date and after.date > page.date
    )
    changed = in_catalogue(
        command,
        "UPDATE read_value SET value = ? WHERE kind = 'date' AND reading_id IN (SELECT reading.id FROM reading "
        "JOIN capture ON capture.id = reading.capture_id WHERE capture.label = ?)",
        (day + timedelta(days=1)).isoformat(),
        label,
    )
    assert changed == 1
    return label, day


def test_sixty_entries_take_a_fifth_of_a_key_each(
    write_settings: Callable[..., Command], browser: Browser, tmp_path: Path
) -> None:
    planned = {f"{page.number:03}": page for page in draw_ledger(tmp_path / "pages", PAGES, dpi=DPI, type_code="KH")}
    command = write_settings(tmp_path / "pages", reading=True)
    command.run("ledger", "add", "KH", "2007", "01")
    command.run("scan", LEDGER, "--pages", PAGES)
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(command, tmp_path) as daemon:
        eventually(lambda: read_pages(command) == PAGES, progress=lambda: read_pages(command), every=2)
        wrong, day = misread(command, planned)
        page = new_page(browser)
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        log_in(page, Shown(f"{daemon.address}/", "Hoa", pin, tmp_path))
        page.goto(f"{daemon.address}/{VIEW}")
        fingers = Fingers(page)
        fingers.press("other pages", "F3")
        expect(page.locator('.indexing[data-label="002"]')).to_be_visible()
        has_saved(page)
        nothing_is_accepted_unseen(page, fingers, command)
        accept_runs(page, fingers, wrong, day)
        done = {label for row in command.json("entry", "list", LEDGER) for label in row["pages"]}
        left = [label for label, one in planned.items() if one.entry and label not in done]
        assert LEFT_OUT in left
        finish(page, fingers, f"{daemon.address}/{VIEW}", left)
        state_totals(page, f"{daemon.address}/{VIEW}", next(reversed(planned)))
        assert not mistakes
    head = next(row for row in command.json("ledger", "list") if row["ledger"] == LEDGER)
    assert (head["entries_expected"], head["entries_named"]) == (ENTRIES, ENTRIES)
    stored = [(row["number"], row["date"], row["source"]) for row in command.json("entry", "list", LEDGER)]
    assert [(number, when) for number, when, _ in stored] == [
        (f"{one.entry:03}", one.date.isoformat()) for one in planned.values() if one.entry and one.date
    ]
    sources = {
        planned[label].entry: source
        for label, source in zip(
            [label for label, one in planned.items() if one.entry], [source for *_, source in stored], strict=True
        )
    }
    assert sources[planned[wrong].entry] == "typed"
    assert Counter(sources.values())["read"] == ENTRIES - 1
    print(dict(fingers.pressed))
    assert fingers.pressed["entries"] <= 0.2 * ENTRIES


def nothing_is_accepted_unseen(page: Page, fingers: Fingers, command: Command) -> None:
    """Come to the first run, whose pictures take their time: Enter does nothing before they are there."""
    held: list[Route] = []
    is_held = True

    def hold(route: Route) -> None:
        if is_held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/image/read/**", hold)
    fingers.press("entries", "Control+ArrowDown")
    expect(page.locator("#run tr[data-label]")).to_have_count(10)
    eventually(lambda: page.locator("#run").is_visible() and len(held) > 0)
    page.keyboard.press("Enter")
    expect(page.locator("#accept")).to_be_disabled()
    assert entries_stored(command) == 0
    is_held = False
    for route in held:
        route.continue_()


def accept_runs(page: Page, fingers: Fingers, wrong: str, day: date) -> None:
    """Accept one run after the other; the row that was misread is corrected by typing."""
    while True:
        expect(page.locator("#run, .indexing")).to_be_visible()
        if page.locator("#run").count() == 0:
            return
        labels = page.locator("#run tr[data-label]").evaluate_all("rows => rows.map((row) => row.dataset.label)")
        expect(page.locator("#accept")).to_be_enabled()
        keep_pictures(page, "runs")
        if wrong in labels:
            fingers.press("correction", *["ArrowDown"] * labels.index(wrong), "Tab")
            fingers.press("correction", *written(day))
        elif LEFT_OUT in labels:
            fingers.press("left out", *["ArrowDown"] * labels.index(LEFT_OUT), "Control+Delete")
            expect(page.locator("#run tr.out")).to_have_count(1)
        fingers.press("entries", "Enter")
        expect(page.locator(f'#run tr[data-label="{labels[0]}"]')).to_have_count(0)


def finish(page: Page, fingers: Fingers, address: str, labels: list[str]) -> None:
    """The entries that no run had are accepted page by page."""
    for label in labels:
        page.goto(f"{address}?page={label}")
        expect(page.locator("#date")).to_be_focused()
        fingers.press("left out" if label == LEFT_OUT else "entries", "Enter")
        expect(page.locator(f'.indexing[data-label="{label}"]')).to_have_count(0)
        has_saved(page)


def state_totals(page: Page, address: str, closing_page: str) -> None:
    """What the closing page says stands in the fields, in the colour of its grade, beside its picture."""
    page.goto(f"{address}?page={closing_page}")
    page.keyboard.press("F4")
    entries = page.locator("#closing_entries.read-sure, #closing_entries.read-likely")
    expect(entries).to_have_value(str(ENTRIES))
    expect(page.locator("#totals .read-total").first).to_have_js_property("complete", True)
    keep_pictures(page, "totals-read")
    page.locator("#closing_pages").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#totals")).to_have_count(0)
    has_saved(page)
