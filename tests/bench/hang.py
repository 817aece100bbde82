"""A backend whose reads never return: when that is noticed, how the page answers meanwhile, and that one try helps."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

from tests.bench.rows import say, tell
from tests.bench.troubled import FEEDER, Daemon, settings_text
from tests.e2e.killing import SCANNER, children_of
from tests.waiting import eventually

#: The scanner's deadlines (s): what is measured is how late a silence is noticed, not how long a lamp takes to warm up.
DEADLINE = 5
#: The page must answer so quickly (ms), and a silence be noticed so soon after its deadline (s).
PAGE_LIMIT, LATE_LIMIT = 100, DEADLINE + 2
SLOW = """
options = { read-delay = true, read-delay-duration = 200000, read-limit = true, read-limit-size = 20000 }
"""
LEDGER, HANGS = "KH.2007.01", 3
VIEW = f"/ledger/19429/{LEDGER}/scan"


def measure() -> None:
    """Let the scanner hang some times and print two rows."""
    with tempfile.TemporaryDirectory() as name:
        daemon = Daemon(Path(name))
        settings = settings_text(daemon.port, "pages", []) + FEEDER.format(id="slow", options=SLOW, start=DEADLINE)
        (Path(name) / "sheets").mkdir()
        (Path(name) / "station.toml").write_text(settings, encoding="utf-8")
        daemon.command("ledger", "add", *LEDGER.split("."), "--paper", "A5")
        daemon.start()
        answers, noticed = [], []
        try:
            for hang in range(1, HANGS + 1):
                say(f"hang {hang}")
                _hang(daemon, Path(name))
                stopped = time.monotonic()
                say("it hangs")
                while daemon.scanning():
                    answers += [_milliseconds(daemon, path) for path in (VIEW, f"{VIEW}/board", "/", "/healthz")]
                noticed.append(time.monotonic() - stopped)
                say("noticed")
                _scan_one(daemon, hang)
                say("a page came")
        finally:
            daemon.end(signal.SIGKILL)
    cores = {"cores": os.cpu_count()}
    tell("hang noticed", noticed, None, unit="s", limit=LATE_LIMIT, settings={"deadline": DEADLINE, **cores})
    tell("page while the scanner hangs", answers, None, unit="ms", limit=PAGE_LIMIT, settings=cores)


def _hang(daemon: Daemon, folder: Path) -> None:
    """Start a batch, and stop the child and whatever reads for it in the middle of a sheet."""
    daemon.send(f"{VIEW}/start", scanner="slow", source="adf")
    eventually(lambda: any((folder / "data" / "spool" / "sessions").glob("*/*.part")))
    (child,) = children_of(daemon.pid, SCANNER)
    os.killpg(child, signal.SIGSTOP)


def _scan_one(daemon: Daemon, pages: int) -> None:
    """One press of the key, and the scanner gives a page again."""
    daemon.send(f"{VIEW}/start", scanner="slow", source="adf", limit="1")
    eventually(lambda: not daemon.scanning())
    assert daemon.command("pages", LEDGER).count(LEDGER) >= pages


def _milliseconds(daemon: Daemon, path: str) -> float:
    started = time.perf_counter()
    assert daemon.get(path).ok
    return (time.perf_counter() - started) * 1000
