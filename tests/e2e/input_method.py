"""A screen of its own where a person types with ibus-unikey, the input method of Debian, by keys of a real keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.browser import SCREEN
from tests.waiting import PATIENCE, eventually

PROGRAMS = ("Xvfb", "dbus-daemon", "ibus-daemon", "xdotool", "/usr/libexec/ibus-engine-unikey")
#: By which Chromium speaks with ibus; in the package ibus-gtk3.
MODULE = "gtk-3.0/*/immodules/im-ibus.so"
_MISSING = [program for program in PROGRAMS if shutil.which(program) is None]
#: What of it is not here, by their names; nothing where all is.
MISSING = ", ".join([*_MISSING, *([] if any(Path("/usr/lib").glob(f"*/{MODULE}")) else [MODULE])])
FLAGS = ["--gtk-version=3"]
#: Counts in a page the keys that were let go there, without those that change others.
COUNTED = """
window.letGo = 0;
window.addEventListener("keyup", (event) => (window.letGo += !["Shift", "Control"].includes(event.key)), true);
"""


def _named(key: str) -> str:
    """The X name of the key of a character."""
    return {" ": "space", "/": "slash", "+": "plus"}.get(key, key)


@dataclass(frozen=True)
class Keyboard:
    """The keyboard of a screen; programs of that screen run with ``environment``."""

    environment: dict[str, str]

    def type(self, page: Page, *words: str) -> None:
        """Press keys: each word is a key by its X name behind a colon, as ``:Return``, or a text, key by key.

        A key is pressed when the page, one of :func:`page_with_keys`, has seen the one before let go. ibus answers
        late on a busy machine, and what it gives back then comes behind the next composition: Enter after the code that
        follows it. That order is not the page's to mend, so these hands do not outrun their input method.
        """
        keys = [key for word in words for key in ([word[1:]] if word.startswith(":") else map(_named, word))]
        for key in keys[:-1]:
            before = page.evaluate("window.letGo")
            self._run("xdotool", "key", key)
            page.wait_for_function("before => window.letGo > before", arg=before)
        self._run("xdotool", "key", keys[-1])  # may lead to another page

    def turn_on(self, engine: str = "Unikey") -> None:
        """Let the input method take the keys, as whoever chooses it in the corner of the screen does."""

        def is_on() -> bool:
            self._run("ibus", "engine", engine)
            return self._run("ibus", "engine").strip() == engine

        eventually(is_on)

    def _run(self, *command: str) -> str:
        answer = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        return answer.stdout


def page_with_keys(page: Page) -> Page:
    """The page, made ready for a :class:`Keyboard`."""
    page.add_init_script(COUNTED)
    return page


@contextmanager
def keyboard(folder: Path, method: str) -> Iterator[Keyboard]:
    """A screen with an input method that composes by ``method`` ("telex" or "vni"), until the block ends."""
    settings = folder / "config/glib-2.0/settings/keyfile"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[org/freedesktop/ibus/engine/unikey]\ninput-method='{method}'\n")
    of_person = {"HOME": "", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"}
    environment = os.environ | {name: str(folder / inside) for name, inside in of_person.items()}
    (folder / "run").mkdir(mode=0o700)
    environment |= {"GSETTINGS_BACKEND": "keyfile", "GTK_IM_MODULE": "ibus", "LANG": "C.UTF-8"}
    with ExitStack() as stack:

        def start(*command: str, says: int | None = None) -> None:
            kept = () if says is None else (says,)
            process = subprocess.Popen(command, env=environment, pass_fds=kept, stderr=subprocess.DEVNULL)
            stack.callback(process.wait, PATIENCE)
            stack.callback(process.terminate)

        def answer_of(command: list[str]) -> str:
            """What a program says through a pipe, once it is ready; ``#`` stands for the pipe."""
            read, write = os.pipe()
            start(*(word.replace("#", str(write)) for word in command), says=write)
            os.close(write)
            with os.fdopen(read) as pipe:
                return pipe.readline().strip()

        size = f"{SCREEN['width']}x{SCREEN['height'] + 150}x24"
        screen = answer_of(["Xvfb", "-displayfd", "#", "-screen", "0", size, "-nolisten", "tcp"])
        environment["DISPLAY"] = f":{screen}"
        bus = answer_of(["dbus-daemon", "--session", "--nofork", "--print-address=#"])
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus
        start("ibus-daemon", "--panel=disable", "--config=disable", "--emoji-extension=disable")
        yield Keyboard(environment)
