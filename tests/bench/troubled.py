"""The station of the soak: its settings, and its daemon through all its lives with an officer at the page."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import requests

from drivers.simulated_faults import TEST_VALUES, FaultKind
from tests.bench.running import NAME, PIN, STATION, TRAMQUET, token_in
from tests.e2e.killing import wait_until_gone
from tests.fork_server import Forked, run
from tests.ports import free_port
from tests.stations import UNASKED
from tests.waiting import PATIENCE, eventually

#: What the test backend can be told to fail with for a whole session; "no documents" and "EOF" end one well.
FEEDER_ERRORS = ("jammed", "cover-open", "io-error", "no-memory", "access-denied")

PROFILE = """
[[profile]]
id = "{id}"
encoding = "tif"
{more}
"""
PAGES = """
[[scanner]]
id = "{id}"
driver = "simulated"
profile = "plain"
pages = "sheets"
faults = {faults}
"""
#: The watched folder into which files are dropped that are none.
PHONE = """
[[scanner]]
id = "phone"
driver = "folder"
path = "phone"
still = 0.3
"""
FEEDER = """
[[scanner]]
id = "{id}"
driver = "sane"
profile = "coarse"
device = "test:0"
deadlines = {{ start = {start}, read = {start} }}
{options}
"""
#: So long (s) a feeder may say nothing. The test backend, which has no lamp, stands still for ever in one of some
#: thousand batches: a thread that it cancelled may have died inside the allocator.
START = 10
UNREAD = """
[reading]
enabled = false
"""


def settings_text(port: int, pages: str, faults: list[str], *, read: bool = False) -> str:
    """The settings with ``pages`` as the id of the simulated scanner, which fails as ``faults`` say.

    ``read`` is whether the machine reads the pages.
    """
    feeders = [FEEDER.format(id="feeder", options="", start=START)]
    for kind in FEEDER_ERRORS:
        options = f'options = {{ read-return-value = "{TEST_VALUES[FaultKind(kind)]}" }}'
        feeders.append(FEEDER.format(id=f"feeder-{kind}", options=options, start=START))
    profiles = [PROFILE.format(id="plain", more=""), UNASKED]
    profiles += [PROFILE.format(id="coarse", more='mode = "grey"\ndpi = 100'), UNASKED]
    return "".join(
        [
            STATION.format(port=port, more=""),
            "" if read else UNREAD,
            *profiles,
            PAGES.format(id=pages, faults=faults),
            PHONE,
            *feeders,
        ]
    )


class Daemon:
    """The daemon of one station, through all its lives, and an officer at its page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._officer = requests.Session()
        self._process: Forked | None = None
        self._token = ""

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it and log the officer in."""
        with (self.folder / "daemon.log").open("ab") as log:
            self._process = Forked([*self.line(), "run"], stderr=log)
        eventually(self._answers)
        page = self._officer.get(f"{self.address}/").text
        if 'name="pin"' in page:
            first = 'name="again"' in page
            facts = {"csrf_token": token_in(page), "name": NAME, "pin": PIN, **({"again": PIN} if first else {})}
            answer = self._officer.post(f"{self.address}/{'first' if first else 'login'}", data=facts)
            assert answer.url == f"{self.address}/", answer.url
            page = answer.text
        self._token = token_in(page)

    def send(self, path: str, **form: str) -> None:
        """Send a form; a daemon that dies over it does not answer."""
        try:
            answer = self._officer.post(
                f"{self.address}{path}", data={"csrf_token": self._token, **form}, allow_redirects=False
            )
            assert answer.status_code in (302, 303), f"{answer.status_code}: {answer.text[:500]}"
        except requests.RequestException:
            self._bury()

    def get(self, path: str) -> requests.Response:
        """A view of the page."""
        return self._officer.get(f"{self.address}{path}")

    def health(self) -> tuple[int, str]:
        """The status of ``/healthz``, and the reason that it gives."""
        answer = requests.get(f"{self.address}/healthz", timeout=PATIENCE)
        return answer.status_code, answer.text

    def command(self, *words: str) -> str:
        """Run a command of the same station; gives what it prints, then what it says of differences (exit status 1)."""
        environment = {**os.environ, "TRAMQUET_LANGUAGE": "en"}
        process = run([*self.line(), *words], env=environment)
        assert process.returncode == (1 if process.stderr else 0), f"{words}: {process.stderr}"
        assert "Traceback" not in process.stderr, process.stderr
        return process.stdout + process.stderr

    def scanning(self) -> bool:
        """Whether a session runs."""
        try:
            return bool(self.get("/news?since=0").json()["scanning"])
        except requests.RequestException:
            self._bury()
            return False

    def alive(self) -> bool:
        """Whether its process still runs."""
        return self._process is not None and self._process.poll() is None

    def end(self, by: signal.Signals) -> None:
        """End it; no child outlives it."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(PATIENCE)
            wait_until_gone(self._process.pid)
            self._process = None

    def _bury(self) -> None:
        """A daemon that breaks off a talk is dead, or will be at once."""
        assert self._process
        self._process.wait(PATIENCE)

    def line(self) -> list[str]:
        """The command of its station."""
        return [str(TRAMQUET), "--config", str(self.folder / "station.toml")]

    def _answers(self) -> bool:
        assert self.alive(), (self.folder / "daemon.log").read_text()[-2000:]
        try:
            return requests.get(f"{self.address}/healthz", timeout=PATIENCE).status_code in (200, 503)
        except requests.ConnectionError:
            return False
