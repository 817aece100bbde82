"""Keys typed while the station saves are never lost: an officer who types faster than a slow PC answers."""

from __future__ import annotations

import datetime
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import CDPSession, Page, Route, expect

from tests.e2e.browser import CHROMIUM, choose_language, eventually_in, keep_picture, keep_pictures
from tests.e2e.entry_desk import EntryDesk, Office

PAGES = 60
#: Between two keys (ms): a practised typist at a keypad.
QUICK = 60

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def desk(entry_office: Office) -> EntryDesk:
    return entry_office.desk(6)


@contextmanager
def halting(process: int) -> Iterator[None]:
    """A PC that stands still again and again, as one does that swaps: a second, between breaths of a tenth."""
    over = threading.Event()

    def halt() -> None:
        while not over.is_set():
            os.kill(process, signal.SIGSTOP)
            over.wait(1)
            os.kill(process, signal.SIGCONT)
            over.wait(0.1)

    thread = threading.Thread(target=halt)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def days() -> list[datetime.date]:
    """The dates of sixty entries, in their order, each another day."""
    return [datetime.date(2007, 1, 3) + datetime.timedelta(days=2 * place) for place in range(PAGES)]


def keys_of(dates: list[datetime.date]) -> str:
    """What an officer types for them, from the first form on: the day, and the month where it is another one."""
    typed, month = "", 0
    for date in dates:
        typed += f"{date.day}" + (f"/{date.month}" if date.month != month else "") + "\n"
        month = date.month
    return typed


def type_all(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press({"\n": "Enter"}.get(key, key))
        page.wait_for_timeout(QUICK)


@pytest.mark.parametrize("slow", [False, True], ids=["at-a-quick-pc", "at-a-pc-that-stands-still"])
def test_no_key_is_lost_over_sixty_entries(entry_office: Office, slow: bool) -> None:
    dates = days()
    keys = keys_of(dates)
    desk = entry_office.desk(PAGES)
    desk.open("001")
    if slow:
        with halting(desk.daemon.process.pid):
            type_all(desk.page, keys)
    else:
        type_all(desk.page, keys)
    expect(desk.page.get_by_text("Mọi trang đều đã có trường hợp")).to_be_visible()
    keep_pictures(desk.page, "typed-ahead")
    wanted = [(f"{place:03d}", str(date), [f"{place:03d}"]) for place, date in enumerate(dates, start=1)]
    assert desk.stored() == wanted


def press_at(session: CDPSession, key: str, code: int, at: float) -> None:
    """A key that goes down and up at this time (s), whenever the browser comes to it."""
    event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "timestamp": at}
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


@pytest.mark.parametrize("language", ["en", "vi"])
def test_next_page_is_there_while_the_station_still_saves(desk: EntryDesk, language: str) -> None:
    desk.open("001")
    choose_language(desk.page, language)
    desk.shows("001")
    with desk.standing_still():
        desk.page.keyboard.type("15/1")
        desk.page.keyboard.press("Enter")
        desk.shows("002")
        expect(desk.page.locator("#number")).to_have_value("002")
        expect(desk.page.locator("#date")).to_have_value("/1/2007")
        expect(desk.page.locator("#saving")).to_be_visible()
        keep_picture(desk.page, "typed-while-saving")
        desk.page.keyboard.press("F2")
    desk.has_saved()
    desk.shows("003")
    expect(desk.page.locator("#number")).to_have_value("002")
    assert desk.stored() == [("001", "2007-01-15", ["001"])]
    assert desk.states() == {"001": "entry", "002": "blank"}


def test_second_press_within_a_moment_marks_no_second_page(desk: EntryDesk) -> None:
    desk.open("001")
    session = desk.page.context.new_cdp_session(desk.page)
    began = time.time()
    press_at(session, "F2", 113, began)
    press_at(session, "F2", 113, began + 0.2)
    desk.shows("002")
    press_at(session, "F2", 113, began + 2)
    desk.shows("003")
    desk.has_saved()
    keep_pictures(desk.page, "second-press")
    assert desk.states() == {"001": "blank", "002": "blank"}


def test_key_that_is_held_down_counts_once(desk: EntryDesk) -> None:
    desk.open("001")
    session = desk.page.context.new_cdp_session(desk.page)
    desk.page.keyboard.type("15/1")
    began = time.time()
    for key, code, text in (("Enter", 13, "\r"), ("F2", 113, "")):
        event = {"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
        for place in range(4):
            session.send("Input.dispatchKeyEvent", {**event, "autoRepeat": place > 0, "timestamp": began + place / 2})
        desk.shows("002" if key == "Enter" else "003")
        began += 5
    desk.has_saved()
    assert desk.stored() == [("001", "2007-01-15", ["001"])]
    assert desk.states() == {"001": "entry", "002": "blank"}


def test_refusal_comes_back_and_what_was_typed_meanwhile_stays_with_its_page(desk: EntryDesk) -> None:
    desk.open("001")
    desk.page.keyboard.type("15/1\n")
    desk.shows("002")
    with desk.hands_that_never_rest():
        with desk.standing_still():
            desk.page.fill("#number", "200")
            desk.page.focus("#date")
            desk.page.keyboard.press("Home")
            desk.page.keyboard.type("16\n")
            desk.shows("003")
            desk.page.keyboard.type("2")
        expect(desk.page.locator(".doubts")).to_be_visible()
        desk.page.keyboard.type("4\n")  # nobody has seen yet that another page is shown
    expect(desk.page.locator("#number")).to_be_focused()
    expect(desk.page.locator(".indexing")).to_have_attribute("data-label", "002")
    desk.page.keyboard.type("2\n")
    desk.shows("004")
    desk.has_saved()
    assert desk.stored() == [
        ("001", "2007-01-15", ["001"]),
        ("002", "2007-01-16", ["002"]),
        ("003", "2007-01-24", ["003"]),
    ]


def test_keys_before_the_view_is_ready_count(desk: EntryDesk) -> None:
    held: list[Route] = []
    desk.page.route("**/entries.js", lambda route: held.append(route))
    desk.page.goto(f"{desk.address}/entries?page=001", wait_until="commit")
    expect(desk.page.locator("#date")).to_be_visible()
    desk.page.keyboard.type("15/1\n")
    held[0].continue_()
    desk.shows("002")
    desk.has_saved()
    assert desk.stored() == [("001", "2007-01-15", ["001"])]


def test_what_is_sent_while_a_page_is_loaded_ahead_arrives(desk: EntryDesk) -> None:
    held: list[Route] = []
    desk.page.route("**/entries?after=*", lambda route: held.append(route))
    desk.open("001")
    eventually_in(desk.page, lambda: bool(held))
    desk.page.keyboard.press("F2")
    held[0].abort()
    desk.shows("002")
    assert desk.states() == {"001": "blank"}


def test_turning_the_page_keeps_what_was_typed(desk: EntryDesk) -> None:
    desk.open("001")
    with desk.standing_still():
        desk.page.keyboard.type("15/")
        desk.page.keyboard.press("PageDown")
        desk.shows("002")
        desk.page.keyboard.type("16/")
        desk.page.keyboard.press("PageUp")
        desk.page.keyboard.type("2\n")
    desk.shows("002")
    expect(desk.page.locator("#date")).to_have_value("16//2007")
    desk.has_saved()
    assert desk.stored() == [("001", "2007-02-15", ["001"])]


def test_plus_by_the_mouse_adds_a_page_and_enter_then_saves(desk: EntryDesk) -> None:
    desk.open("001")

    def type_and_add(tab: Page) -> None:
        tab.keyboard.type("15/1")
        tab.click("#add-page")
        expect(tab.locator("#pages")).to_have_value("001-002")

    type_and_add(desk.page)
    keep_pictures(desk.page, "plus", type_and_add)
    desk.page.keyboard.press("Enter")
    desk.shows("003")
    desk.has_saved()
    assert desk.stored() == [("001", "2007-01-15", ["001", "002"])]


def test_composed_digits_slashes_and_pluses_count_as_typed_ones(desk: EntryDesk) -> None:
    desk.open("001")
    session = desk.page.context.new_cdp_session(desk.page)
    for text in "15/1":
        session.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
        session.send("Input.insertText", {"text": text})
    expect(desk.page.locator("#date")).to_have_value("15/1/2007")
    session.send("Input.insertText", {"text": "+"})
    expect(desk.page.locator("#pages")).to_have_value("001-002")
    expect(desk.page.locator("#date")).to_have_value("15/1/2007")
    desk.page.keyboard.press("Enter")
    desk.shows("003")
    session.send("Input.imeSetComposition", {"text": "16", "selectionStart": 2, "selectionEnd": 2})
    desk.page.keyboard.press("F2")
    desk.shows("004")
    desk.has_saved()
    assert desk.stored() == [("001", "2007-01-15", ["001", "002"])]
    assert desk.states() == {"001": "entry", "002": "entry", "003": "blank"}


def test_undo_takes_back_what_was_just_sent_and_typing_first(desk: EntryDesk) -> None:
    desk.open("001")
    with desk.standing_still():
        desk.page.keyboard.type("15/1\n")
        desk.shows("002")
        desk.page.keyboard.type("9")
        desk.page.keyboard.press("Control+z")
        expect(desk.page.locator("#date")).to_have_value("/1/2007")
        desk.page.keyboard.press("Control+z")
    desk.shows("001")
    expect(desk.page.locator(".notice.done")).to_contain_text("Đã hoàn tác: Đã lưu trường hợp số 001.")
    assert desk.stored() == []


def test_paper_is_turned_by_one_key_and_what_was_typed_stays(desk: EntryDesk) -> None:
    desk.open("002")
    desk.page.keyboard.type("15/1")
    desk.page.keyboard.press("Control+ArrowRight")
    expect(desk.page.locator(".paper-scroll img")).to_have_attribute("src", re.compile("turn=90"))
    desk.shows("002")
    expect(desk.page.locator("#date")).to_have_value("15/1/2007")
    keep_pictures(desk.page, "turned-entry", lambda tab: tab.keyboard.type("15/1"))
    desk.page.goto(f"{desk.address}/scan?page=002")
    desk.page.keyboard.press("Control+ArrowRight")
    expect(desk.page.locator("#newest")).to_have_attribute("src", re.compile("turn=180"))
    keep_pictures(desk.page, "turned-scan")


def test_jump_by_one_key_leads_to_a_page_and_back_to_the_form(desk: EntryDesk) -> None:
    desk.command.run("page", desk.ledger, "005", "--number", "437")
    desk.command.run("entry", "set", desk.ledger, "006", "--number", "120", "--date", "2007-01-15")
    desk.open("001")

    def type_and_ask(tab: Page) -> None:
        tab.keyboard.type("15/1")
        tab.keyboard.press("Control+g")
        tab.keyboard.type("t4")

    type_and_ask(desk.page)
    keep_pictures(desk.page, "jump", type_and_ask)
    desk.page.keyboard.press("Enter")
    desk.shows("004")
    for asked, label in (("120", "006"), ("t437", "005"), ("437", "005")):
        desk.page.keyboard.press("Control+g")
        desk.page.keyboard.type(f"{asked}\n")
        desk.shows(label)
        desk.page.keyboard.press("PageUp")
        desk.shows(f"{int(label) - 1:03}")
    desk.page.keyboard.press("Control+g")
    desk.page.keyboard.type("t1\n")
    desk.shows("001")
    expect(desk.page.locator("#date")).to_have_value("15/1/2007")
