"""What the views cost as catalogue and ledger grow, and how quick they are while the station scans and delivers.

The daemon is the real one, its catalogue filled by SQL (:mod:`catalogues`). For the second it scans drawn pages of
300 dpi from SANE's pnm backend and copies packages to a folder, and times are of whole answers, in ms.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import requests

from drivers.drawn import draw_ledger
from tests.bench import catalogues, growth
from tests.bench.rows import tell
from tests.bench.running import Station, family, token_in

PAGES, FEED, ROUNDS = 2000, 240, 40
SETTINGS = """
[[scanner]]
id = "feeder"
driver = "simulated"
pages = "feed"

[[destination]]
id = "stick"
kind = "folder"
path = "stick"
"""
VIEWS = {**growth.VIEWS, "preview": "/image/1/large"}


def main() -> None:
    """Print a row per view and size, and per view while much else happens."""
    growth.measure()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        station = Station.in_folder(folder, SETTINGS + catalogues.SETTINGS)
        (folder / "stick").mkdir()
        _prepare(station)
        with station.running() as daemon:
            _measure(station, daemon)


def _prepare(station: Station) -> None:
    folder = station.folder
    pages = folder / "drawn"
    draw_ledger(pages, 6)
    feed = folder / "feed"
    feed.mkdir()
    sheets = sorted(pages.iterdir())
    for number in range(FEED):
        os.link(sheets[number % len(sheets)], feed / f"{number:04d}.jpg")
    station.run("ledger", "add", "KS", "2022", "1")
    station.run("scan", "KS.2022.01", "--pages", "1")
    station.run("package", "KS.2022.01", "--masters")
    catalogues.fill(station.catalogue, pages=PAGES, focus=PAGES)


def _measure(station: Station, daemon: int) -> None:
    address = station.address
    with station.officer() as officer:
        start = f"{address}/ledger/19429/KS.2022.01/scan"
        officer.post(f"{start}/start", data={"csrf_token": token_in(officer.get(start).text)})
        _rounds(officer, address, "page", "scanning and delivering")
        # A backend whose read never returns: its program is stopped in the middle of a page.
        child = next(
            pid for pid in family(daemon) if b"drivers.sane.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(child, signal.SIGSTOP)
        _rounds(officer, address, "page beside a scanner that hangs", "hanging and delivering")
        os.kill(child, signal.SIGCONT)


def _rounds(officer: requests.Session, address: str, bench: str, state: str) -> None:
    took: dict[str, list[float]] = {view: [] for view in VIEWS}
    scanning = 0
    for _ in range(ROUNDS):
        for view, path in VIEWS.items():
            started = time.perf_counter()
            answer = officer.get(address + path)
            took[view].append((time.perf_counter() - started) * 1000)
            answer.raise_for_status()
            assert "/login" not in answer.url
        scanning += officer.get(f"{address}/news?since=0").json()["scanning"]
    settings = {
        "pages": PAGES,
        "cores": os.cpu_count(),
        "meanwhile": state,
        "scanning": f"{scanning} of {ROUNDS} rounds",
    }
    for view, times in took.items():
        tell(f"{bench}: {view}", times, None, unit="ms", limit=100, settings=settings)


if __name__ == "__main__":
    main()
