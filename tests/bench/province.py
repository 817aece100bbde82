"""The province's roll-up: 125 stations' 60 days, 320,000 entries, taken in from nothing, then a day more, then asked.

The store is invented: one ledger, one day's report and 96 heartbeats for each station and day (of which the receiver
keeps the last 2,000). The first time is compared with only reading and parsing the same files.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from station.province import overview, rollup
from station.receiver import heartbeats
from station.receiver.receipts import LEDGER
from tests.bench.province_files import ledger_manifest
from tests.bench.rows import tell
from tests.station.province.received import Received, report

STATIONS, DAYS = (int(words) for words in (sys.argv[1:] or ["125", "60"]))
ENTRIES = 320_000 // (125 * 60)
ROUNDS = 3
NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
SHAPE = {"stations": STATIONS, "days": DAYS, "entries": STATIONS * DAYS * ENTRIES, "cores": os.cpu_count()}


def main() -> None:
    """Print the rows."""
    rollup.FRESH = 0.0
    with tempfile.TemporaryDirectory() as name:
        received = Received(Path(name))
        files = fill(received, range(DAYS - 1))
        write_heartbeats(received)
        asked = received.rollup()
        first = timed(lambda: look(asked))
        parsed = timed(lambda: [json.loads(file.read_bytes()) for file in files])
        tell("province from nothing against parsing", [first], [parsed], unit="s", limit=None, settings=SHAPE)
        fill(received, range(DAYS - 1, DAYS))
        tell("province a day's news", [timed(lambda: look(asked))], None, unit="s", limit=None, settings=SHAPE)
        again = [timed(lambda: look(asked)) for _ in range(ROUNDS)]
        tell("province first view", again, None, unit="s", limit=None, settings=SHAPE)
        doubts = [timed(lambda: doubtful(asked)) for _ in range(ROUNDS)]
        tell("province doubts", doubts, None, unit="s", limit=None, settings=SHAPE)


def fill(received: Received, days: range) -> list[Path]:
    """What all stations sent on these days; gives the files."""
    files: list[Path] = []
    with contextlib.closing(sqlite3.connect(received.store / LEDGER)) as ledger, ledger:
        for day in days:
            at = NOW - timedelta(days=DAYS - 1 - day)
            for number in range(STATIONS):
                station, place = f"qt-{number:05d}", f"{10_000 + number}"
                entries = range(day * ENTRIES + 1, (day + 1) * ENTRIES + 1)
                document = ledger_manifest(station, place, f"KS.2007.{day + 1:02d}", entries, 2 * ENTRIES)
                done = (day + 1) * ENTRIES
                work = {"total": DAYS * ENTRIES, "named": done, "today": ENTRIES, "delivered": done}
                name = f"bao-cao_{station}_{day}_r1.json"
                for filename, content in (
                    ("manifest.json", document),
                    (name, report(station, at.date(), places={place: work})),
                ):
                    files.append(lay(received, ledger, content, filename, station, at))
                archive = document["files"][0]
                row = (archive["sha256"], 3, "p", station, archive["name"], at.isoformat(timespec="seconds"), "-")
                ledger.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return files


def lay(
    received: Received, ledger: sqlite3.Connection, document: object, filename: str, station: str, at: datetime
) -> Path:
    """One file in the store, with its receipt."""
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    file = received.store / sha256[:2] / sha256
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    row = (sha256, len(content), "p", station, filename, at.isoformat(timespec="seconds"), f"{sha256[:2]}/{sha256}")
    ledger.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return file


def write_heartbeats(received: Received) -> None:
    """The heartbeats that the receiver would have kept."""
    count = min(heartbeats.KEPT, DAYS * 96)
    text = "INSERT INTO heartbeat (" + ", ".join(heartbeats.COLUMNS) + ") VALUES (" + "?, " * 12 + "?)"
    with contextlib.closing(sqlite3.connect(received.store / heartbeats.FILE)) as file, file:
        for turn in range(count):
            at = (NOW - timedelta(minutes=15 * (count - turn))).isoformat(timespec="seconds")
            rest = ("", 10**10, 10**11, 0, 0, 0, None, at)
            rows = ((f"qt-{number:05d}", "a" * 16, "0.2.0", at, at, *rest) for number in range(STATIONS))
            file.executemany(text, rows)


def look(roll_up: rollup.Rollup) -> None:
    """What the first view asks."""
    with roll_up.tables(now=NOW) as tables:
        province = overview.of_province(tables)
        assert province.stations == STATIONS


def doubtful(roll_up: rollup.Rollup) -> None:
    """All that may be doubtful."""
    with roll_up.tables(now=NOW) as tables:
        overview.doubts(tables)


def timed(act: Callable[[], object]) -> float:
    """How long it takes (s)."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
