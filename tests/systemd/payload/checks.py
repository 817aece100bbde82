"""What the payloads share: one line per check, waiting for conditions, and the station asked as a browser asks.

Runs inside the booted tree with Debian's own Python: the standard library only.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from http.cookiejar import CookieJar
from typing import Any

PAGE = "http://127.0.0.1:8158"

passed: list[str] = []
failed: list[str] = []
started = time.monotonic()


def check(sentence: str, held: object, detail: object = "") -> None:
    """Write down whether what the sentence says is so."""
    (passed if held else failed).append(sentence)
    at = time.monotonic() - started
    print(f"{at:5.1f} s {'ok' if held else 'FAILED'}: {sentence}" + ("" if held else f" ({detail})"), flush=True)


def end() -> None:
    """The figures, and an exit status after them."""
    print(f"{len(passed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


def run(*command: str, exit_status: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command; another exit status than ``exit_status`` (None: any) is a failure of the whole payload."""
    words = ["env", *(f"{key}={value}" for key, value in environment.items()), *command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if exit_status is not None and done.returncode != exit_status:
        check(f"{' '.join(command)} ends with {exit_status}", False, f"{done.returncode}: {done.stdout}{done.stderr}")
        print(journal())
        end()
    return done


#: Seconds after which what did not happen will not happen any more, on the slowest emulated PC.
PATIENCE = 300.0


def eventually(held: Callable[[], object]) -> bool:
    """Whether something comes true, whenever that is."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if held():
            return True
        time.sleep(0.05)
    return bool(held())


def journal() -> str:
    return subprocess.run(
        ["journalctl", "--unit", "tramquet", "--no-pager", "--output", "cat"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout[-4000:]


def unit(name: str) -> str:
    """A property of the service, such as MainPID."""
    return run("systemctl", "show", "--value", "--property", name, "tramquet.service").stdout.strip()


def active() -> bool:
    return unit("ActiveState") == "active"


def health() -> dict[str, Any] | None:
    """What /healthz says; None while nobody answers."""
    try:
        with urllib.request.urlopen(f"{PAGE}/healthz", timeout=PATIENCE) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))
    except OSError:
        return None


def healthy() -> bool:
    told = health()
    return told is not None and told["status"] == "ok"


class Browser:
    """A person's browser: cookies, and forms with the token that their page carries."""

    def __init__(self, page: str = PAGE, *handlers: urllib.request.BaseHandler) -> None:
        self._page = page
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), *handlers)

    def open(self, path: str) -> str:
        """What is shown at ``path``, or where that leads."""
        return self._shown(self._page + path)

    def post(self, form: str, path: str, **fields: str) -> str:
        """Open the page ``form`` and send its fields to ``path``; gives what is shown then."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.open(form))
        assert token, form
        body = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        return self._shown(urllib.request.Request(self._page + path, body, {"Referer": self._page + form}))

    def _shown(self, what: str | urllib.request.Request) -> str:
        with self._opener.open(what, timeout=PATIENCE) as answer:
            return str(answer.read().decode())


def station(*words: str) -> str:
    """The command as a technician gives it."""
    return run("tramquet", *words).stdout


def captured() -> int:
    """How many captures the catalogue holds: asked often, so not by a command that takes a second to start."""
    with closing(sqlite3.connect("file:/var/lib/tramquet/catalogue.sqlite3?mode=ro", uri=True)) as catalogue:
        return int(catalogue.execute("SELECT count(*) FROM capture").fetchone()[0])


def scanning() -> bool:
    """Whether the station says that a session runs."""
    with urllib.request.urlopen(f"{PAGE}/metrics", timeout=PATIENCE) as answer:
        return "tramquet_scanning 1" in answer.read().decode().splitlines()


def pages(ledger: str) -> list[dict[str, Any]]:
    return list(json.loads(station("pages", ledger, "--json")))
