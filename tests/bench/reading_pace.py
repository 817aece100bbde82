"""A ledger is scanned from the glass at so many pages a minute while the daemon reads each page behind its acceptance.

An officer presses the key every three seconds, whatever the machine does; the sheets are drawn forms of births behind
SANE's virtual device. A page's delay is from its acceptance until what was read is kept. TRAMQUET_PACE_PAGES is how
many pages (1,000), TRAMQUET_PACE how many a minute (20), TRAMQUET_PACE_READER=0 the same without the reader: capture
must be as quick with it. Memory is the proportional set size of the reader's process.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

import requests

from drivers.drawn import DrawnPage, PageKind, draw_ledger
from tests.bench.rows import say, tell
from tests.bench.running import Station, family, token_in
from tests.waiting import eventually

PAGES = int(os.environ.get("TRAMQUET_PACE_PAGES", "1000"))
PER_MINUTE = float(os.environ.get("TRAMQUET_PACE", "20"))
WITH_READER = os.environ.get("TRAMQUET_PACE_READER", "1") == "1"
DPI, YEAR = 200, 2007
#: Between two looks at the reader's memory (s).
LOOK = 1.0
LEDGER = f"KS.{YEAR}.01"
SETTINGS = f"""
[reading]
enabled = {str(WITH_READER).lower()}

[upload_copy]
enabled = false

[[scanner]]
id = "glass"
driver = "simulated"
pages = "sheets"
"""
WHEN_READ = """
    SELECT capture.accepted_at, min(reading.read_at)
    FROM capture JOIN reading ON reading.capture_id = capture.id
    WHERE reading.read_at IS NOT NULL GROUP BY capture.id
"""
WHAT_WAS_READ = """
    SELECT capture.id, read_value.value
    FROM read_value JOIN reading ON reading.id = read_value.reading_id JOIN capture ON capture.id = reading.capture_id
    WHERE read_value.kind = 'number' AND read_value.grade = 'sure'
"""


def main() -> None:
    """Scan at that pace; print how long pages took to be accepted, and to be read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        planned = draw_ledger(folder / "sheets", PAGES, seed=12, dpi=DPI, type_code="KS", year=YEAR)
        say(f"{PAGES} sheets drawn")
        station = Station.in_folder(folder, SETTINGS)
        station.run("ledger", "add", "KS", str(YEAR), "1")
        memory: list[float] = [0.0]
        with station.running() as daemon, station.officer() as officer:
            ended = threading.Event()
            watch = threading.Thread(target=_watch_memory, args=(daemon, memory, ended))
            watch.start()
            took = _scan(station, officer)
            last = time.monotonic()
            if WITH_READER:
                eventually(lambda: _count(station, WHEN_READ) == PAGES, progress=lambda: _count(station, WHEN_READ))
            behind = time.monotonic() - last
            ended.set()
            watch.join()
        _tell(station, planned, took, behind, max(memory))


def _scan(station: Station, officer: requests.Session) -> list[float]:
    """Press the key at the pace, page after page; gives how long each took from the key to its acceptance (ms)."""
    view, took = f"{station.address}/ledger/19429/{LEDGER}/scan", []
    token = token_in(officer.get(view).text)
    begin = time.monotonic()
    for number in range(1, PAGES + 1):
        threading.Event().wait(max(0.0, begin + (number - 1) * 60 / PER_MINUTE - time.monotonic()))
        pressed = time.monotonic()
        officer.post(f"{view}/start", data={"csrf_token": token, "limit": "1"}).raise_for_status()
        eventually(partial(_is_accepted, station, number))
        took.append((time.monotonic() - pressed) * 1000)
        eventually(lambda: not officer.get(f"{station.address}/news?since=0").json()["scanning"])
        if number % 100 == 0:
            say(f"{number} pages, {_count(station, WHEN_READ)} read")
    return took


def _tell(station: Station, planned: list[DrawnPage], took: list[float], behind: float, memory: float) -> None:
    settings: dict[str, object] = {"pages": PAGES, "per_minute": PER_MINUTE, "dpi": DPI, "reader": WITH_READER}
    tell("reading pace, key to accepted", took, None, unit="ms", limit=None, settings=settings)
    if not WITH_READER:
        return
    with closing(_opened(station)) as catalogue:
        pairs = catalogue.execute(WHEN_READ).fetchall()
        numbers = catalogue.execute(WHAT_WAS_READ).fetchall()
    delays = [
        (datetime.fromisoformat(read) - datetime.fromisoformat(accepted)).total_seconds() for accepted, read in pairs
    ]
    entries = {page.number: str(page.entry) for page in planned if page.kind is PageKind.ENTRY}
    right = sum(entries.get(sequence) == value for sequence, value in numbers)
    found: dict[str, object] = {
        "slowest_s": round(max(delays), 1),
        "last_page_behind_s": round(behind, 1),
        "reader_mb": round(memory),
        "entries": len(entries),
        "numbers_sure": len(numbers),
        "of_them_right": right,
    }
    tell("reading pace, accepted to read", delays, None, unit="s", limit=60 / PER_MINUTE, settings=settings | found)


def _is_accepted(station: Station, number: int) -> bool:
    return _count(station, "SELECT id FROM capture") == number


def _watch_memory(daemon: int, peak: list[float], ended: threading.Event) -> None:
    while not ended.wait(LOOK):
        for pid in family(daemon):
            try:
                if "station.reading.worker" not in Path(f"/proc/{pid}/cmdline").read_text():
                    continue
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except (FileNotFoundError, ProcessLookupError):
                continue
            kilobytes = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            peak.append(kilobytes * 1024 / 1e6)


def _opened(station: Station) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{station.catalogue}?mode=ro", uri=True)


def _count(station: Station, query: str) -> int:
    with closing(_opened(station)) as catalogue:
        return int(catalogue.execute(f"SELECT count(*) FROM ({query})").fetchone()[0])


if __name__ == "__main__":
    main()
