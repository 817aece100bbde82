"""How quick each view of the page is in a ledger of 2,000 pages, while the station scans and delivers.

The rows are copies of one real capture's, the daemon is the real one, scanning drawn pages of 300 dpi from SANE's pnm
backend into another ledger and copying packages to a folder. Times are of whole answers, in ms.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import time
from pathlib import Path

import requests
from rows import tell
from running import Station, family, token_in

from drivers.drawn import draw_ledger

PAGES, ENTRIES, FEED, ROUNDS = 2000, 1900, 240, 40
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
VIEWS = {
    "shelf": "/",
    "scan": "/ledger/19429/KH.2007.01/scan",
    "board": "/ledger/19429/KH.2007.01/scan/board",
    "pages": "/ledger/19429/KH.2007.01/pages?from=1000",
    "entries": "/ledger/19429/KH.2007.01/entries?page=1000",
    "finish": "/ledger/19429/KH.2007.01/finish",
    "files": "/ledger/19429/KH.2007.01/files",
    "deliveries": "/deliveries",
    "people": "/people",
    "news": "/news?since=0",
    "asks": "/ledger/19429/KH.2007.01/asks",
    "preview": "/image/1/large",
}


def main() -> None:
    """Prepare, start, measure, print a row per view."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        station = Station.in_folder(folder, SETTINGS)
        (folder / "stick").mkdir()
        _prepare(station)
        with station.running() as daemon:
            _measure(station, daemon)


def _prepare(station: Station) -> None:
    folder = station.folder
    drawn = folder / "drawn"
    draw_ledger(drawn, 6)
    feed = folder / "feed"
    feed.mkdir()
    sheets = sorted(drawn.iterdir())
    for number in range(FEED):
        os.link(sheets[number % len(sheets)], feed / f"{number:04d}.jpg")
    station.run("ledger", "add", "KH", "2007", "1")
    station.run("ledger", "add", "KS", "1998", "1")
    station.run("scan", "KH.2007.01", "--pages", "1")
    station.run("entry", "set", "KH.2007.01", "001", "--number", "1", "--date", "2007-01-15")
    station.run("package", "KH.2007.01", "--masters")
    _multiply(folder / "data" / "catalogue.sqlite3")


def _multiply(file: Path) -> None:
    """Copy the one capture, page and entry until the ledger has as many as wanted; the files behind them are shared."""
    with sqlite3.connect(file) as catalogue:
        for number in range(2, PAGES + 1):
            _copy(
                catalogue,
                "capture",
                id=number,
                counter=10_000 + number,
                label=f"{number:03d}",
                file=f"copy/{number}",
                token=None,
            )
            _copy(catalogue, "page", id=number, order=number)
            _copy(catalogue, "region", id=number, page_id=number, capture_id=number)
        for number in range(2, ENTRIES + 1):
            _copy(catalogue, "entry", id=number, number=f"{number:03d}")
            _copy(catalogue, "entry_page", id=number, entry_id=number, page_id=number)
            _copy(catalogue, "entry_revision", id=number, entry_id=number, number=f"{number:03d}")


def _copy(catalogue: sqlite3.Connection, table: str, **changed: object) -> None:
    columns = [row[1] for row in catalogue.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join("?" if column in changed else f'"{column}"' for column in columns)
    values = [changed[column] for column in columns if column in changed]
    catalogue.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE id = 1", values)


def _measure(station: Station, daemon: int) -> None:
    address = station.address
    with station.officer() as officer:
        start = f"{address}/ledger/19429/KS.1998.01/scan"
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
        "entries": ENTRIES,
        "cores": os.cpu_count(),
        "meanwhile": state,
        "scanning": f"{scanning} of {ROUNDS} rounds",
    }
    for view, times in took.items():
        tell(f"{bench}: {view}", times, None, unit="ms", limit=100, settings=settings)


if __name__ == "__main__":
    main()
