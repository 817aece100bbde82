"""A real Chromium at the size of an old PC's screen, and the demonstration as a newcomer starts it."""

from __future__ import annotations

import atexit
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright

from tests.ports import free_port
from tests.waiting import PATIENCE, eventually

#: The engine alone, which has no windows and takes half of the work; and the browser that has them.
CHROMIUM, CHROMIUM_WITH_WINDOWS = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
DEMONSTRATION = Path(__file__).parents[2] / "script" / "demonstration.py"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
SCREEN: ViewportSize = {"width": 1366, "height": 768}
#: What a page does when there is news, such as another person's scan: its live parts come anew.
NEWS = "Promise.all(fragments().map((part) => { part.dataset.shown = ''; return refresh(part); }))"
#: Every image is there; those that are loaded lazily, where their middle is in sight.
PICTURES_SHOWN = """() => [...document.images].every((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  const isLeft = one.loading === "lazy" && document.elementFromPoint(x + width / 2, y + height / 2) !== one;
  return one.complete || isLeft;
})"""
expect.set_options(timeout=PATIENCE * 1000)


def eventually_in(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until the condition holds, while what the page asks for goes on: routes are answered only meanwhile.

    The page may be left on the way; whoever asks its document something is refused in that moment.
    """

    def look() -> bool:
        page.wait_for_timeout(1)
        return condition()

    eventually(look)


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the view for people to look at, in the folder that ``TRAMQUET_PICTURES`` names, if it does.

    Its language is a part of the file's name.
    """
    if folder := os.environ.get("TRAMQUET_PICTURES"):
        page.screenshot(path=f"{folder}/{name}-{page.locator('html').get_attribute('lang')}.png")


def choose_language(page: Page, language: str) -> None:
    """Show the view in this language, and wait until it is there: keys pressed before would go to the old one."""
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f'.me button[lang="{language}"]').click()
        expect(page.locator("html")).to_have_attribute("lang", language)


def keep_pictures(page: Page, name: str, again: Callable[[Page], object] = lambda _: None) -> None:
    """The same in both languages: the view as it is, and as it is opened anew in the other one.

    ``again`` does there once more what only a browser's tab knows: what was typed, unfolded, asked.
    """
    if "TRAMQUET_PICTURES" not in os.environ:
        return
    page.wait_for_function(PICTURES_SHOWN)
    keep_picture(page, name)
    shown = page.locator("html").get_attribute("lang") or ""
    anew = page.context.new_page()
    anew.set_viewport_size(page.viewport_size or SCREEN)
    anew.goto(page.url)
    choose_language(anew, "vi" if shown == "en" else "en")
    anew.goto(page.url)
    again(anew)
    anew.wait_for_function(PICTURES_SHOWN)
    keep_picture(anew, name)
    anew.goto(page.url)  # a dialog that is open lies before the button
    choose_language(anew, shown)
    anew.close()


@dataclass(frozen=True)
class Shown:
    """What the demonstration prints: where the page is, and who may log in."""

    address: str
    name: str
    pin: str
    folder: Path


@contextmanager
def demonstration(folder: Path, *words: str) -> Iterator[Shown]:
    """Run the demonstration on a free port until the block ends; then it is interrupted as by Ctrl-C."""
    command = [sys.executable, str(DEMONSTRATION), "--no-browser", "--data", str(folder), *words]
    command += ["--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            output = ""
            assert process.stdout is not None
            while "PIN:" not in output:
                line = process.stdout.readline()
                assert line, f"the demonstration ended early:\n{output}"
                output += line
            address, name, pin = (
                re.findall(rf"^{key}: +(.+)$", output, re.MULTILINE)[0] for key in ("address", "name", "PIN")
            )
            yield Shown(address, name, pin, folder)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE)


@cache
def _playwright() -> Playwright:
    """Playwright's own program; a process can have one, and it ends with the process, its browsers with it."""
    driver = sync_playwright().start()
    atexit.register(driver.stop)
    return driver


def _started(screen: dict[str, str] | None, flags: Sequence[str]) -> Browser:
    return _playwright().chromium.launch(
        executable_path=str(CHROMIUM if screen is None else CHROMIUM_WITH_WINDOWS),
        args=[*FLAGS, *flags],
        timeout=PATIENCE * 1000,
        headless=screen is None,
        env=dict(screen) if screen else None,
    )


@cache
def _shared() -> Browser:
    return _started(None, ())


@contextmanager
def chromium(screen: dict[str, str] | None = None, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """Debian's Chromium, headless; on a screen where the environment of one is given.

    Without screen or flags it is started once in a process: a start takes as much as a short test. People are as far
    apart as in two browsers (:func:`new_page`), and what the block opened is closed at its end.
    """
    if screen or flags:
        own = _started(screen, flags)
        try:
            yield own
        finally:
            own.close()
        return
    if not _shared().is_connected():  # it crashed, and one test failed: the next begins anew
        _shared.cache_clear()
    browser = _shared()
    before = list(browser.contexts)
    try:
        yield browser
    finally:
        for person in browser.contexts:
            if person not in before:
                person.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """A page of a person's own browser; what it waits for may take as long as the machine needs."""
    person = browser.new_context(viewport=SCREEN, **options)
    person.set_default_timeout(PATIENCE * 1000)
    return person.new_page()


def log_in(page: Page, login: Shown) -> None:
    """Log in by name and PIN, as a person does."""
    page.goto(login.address)
    page.get_by_text(login.name).click()
    page.fill("#pin", login.pin)
    page.keyboard.press("Enter")
    page.wait_for_url(login.address)
