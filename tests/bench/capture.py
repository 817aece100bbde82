"""Pages per second from the feeder of SANE's test backend, against ``scanimage --batch`` in the same run.

Ours counts from the first sheet's start to the last capture's commit, everything on: raw sheet, master, verified,
hashed, looked at, previews, synced, committed. Rounds alternate, so that a machine that slows down slows both.
``capture`` compares like with like: scanimage's JPEGs have a quarter of the chroma; ``capture full chroma`` is with
ours as they are by default. ``capture paced`` slows the reads of both to a scanner of about 60 pages a minute, and
again with full chroma. ``page`` is the same at the daemon's page, and ``reader`` where that daemon also reads numbers
and dates behind each page, once as quick as the backend gives and once paced. Then where the time of one page goes,
each step alone. TRAMQUET_CAPTURE_ROWS chooses rows by their names, divided by commas.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import requests

from drivers import Chroma, Encoding, ScanSettings, Source, Storing
from drivers.images import masters, raw_sheet
from drivers.sane import scanner as sane
from station.domain.finding_limits import Limits
from station.imaging import decoding, findings, thumbnails
from station.storage import durable
from tests.bench.rows import tell
from tests.bench.running import Station, token_in
from tests.waiting import eventually

ROUNDS, SHEETS, QUALITY = 3, 10, 75
#: What the test backend waits after each buffer (microseconds) to be as quick as 60 pages of A3 a minute.
PACE = 5000
SETTINGS = """
[reading]
enabled = {reader}

[[profile]]
id = "bench"
quality = {quality}
chroma = "{chroma}"
paper = "A3"
source = "adf"

[[scanner]]
id = "feeder"
driver = "sane"
device = "test:0"
profile = "bench"
options = {{ "test-picture" = "Color pattern"{more} }}
"""


@dataclass(frozen=True)
class Row:
    """What is compared in a row, and its limit; ``page``: scanned at the page of the daemon, not by the command."""

    chroma: Chroma = Chroma.QUARTER
    paced: bool = False
    page: bool = False
    reader: bool = False
    limit: float | None = None


ROWS = {
    "capture": Row(limit=0.45),
    "capture full chroma": Row(Chroma.FULL),
    "capture paced": Row(paced=True, limit=0.99),
    "capture paced full chroma": Row(Chroma.FULL, paced=True),
    "capture page": Row(page=True, limit=0.45),
    "capture reader": Row(page=True, reader=True, limit=0.45),
    "capture paced page": Row(paced=True, page=True, limit=0.99),
    "capture paced reader": Row(paced=True, page=True, reader=True, limit=0.99),
}


def main() -> None:
    """Run the rounds and print the rows."""
    named = os.environ.get("TRAMQUET_CAPTURE_ROWS")
    for bench in named.split(",") if named else ROWS:
        _compare(bench, ROWS[bench])
    _steps()


def _compare(bench: str, row: Row) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        more = f', "read-delay" = true, "read-delay-duration" = {PACE}' if row.paced else ""
        settings = SETTINGS.format(quality=QUALITY, chroma=row.chroma, more=more, reader=str(row.reader).lower())
        station = Station.in_folder(folder, settings)
        scan = partial(_by_command, station)
        if row.page:
            running.enter_context(station.running())
            scan = partial(_at_the_page, station, running.enter_context(station.officer()), row.reader)
        config = sane.write_config(folder / "sane.d", ["test:0"])
        ours, peer = [], []
        for number in range(1, ROUNDS + 1):
            peer.append(SHEETS / _scanimage(folder / f"peer{number}", config, paced=row.paced))
            ours.append(SHEETS / _tramquet(station, number, scan))
    values = {
        "paper": "A3",
        "dpi": 300,
        "mode": "colour",
        "quality": QUALITY,
        "chroma": row.chroma,
        "sheets": SHEETS,
        "pages_per_minute": round(60 * statistics.median(ours), 1),
        "cores": os.cpu_count(),
    }
    tell(bench, ours, peer, unit="pages/s", limit=row.limit, settings=values)


def _scanimage(target: Path, config: Path, *, paced: bool) -> float:
    target.mkdir()
    command = ["scanimage", "-d", "test:0", "--source", "Automatic Document Feeder", "--mode", "Color"]
    command += ["--resolution", "300", "-x", "297", "-y", "420", "--test-picture", "Color pattern"]
    command += ["--read-delay=yes", f"--read-delay-duration={PACE}"] if paced else []
    command += ["--format=jpeg", f"--batch={target}/%03d.jpg"]
    started = time.monotonic()
    # Exit status 7 is "out of documents": the end of every batch.
    subprocess.run(command, env={**os.environ, "SANE_CONFIG_DIR": str(config)}, stderr=subprocess.DEVNULL, check=False)
    took = time.monotonic() - started
    assert len(list(target.iterdir())) == SHEETS
    return took


def _by_command(station: Station, ledger: str) -> None:
    station.run("scan", ledger)


def _at_the_page(station: Station, officer: requests.Session, reader: bool, ledger: str) -> None:
    """Scan all at the page, and wait until a ``reader`` is through: the peer's next round has the machine to itself."""
    view = f"{station.address}/ledger/19429/{ledger}/scan"
    officer.post(f"{view}/start", data={"csrf_token": token_in(officer.get(view).text)}).raise_for_status()
    eventually(lambda: not officer.get(f"{station.address}/news?since=0").json()["scanning"])
    if not reader:
        return
    unread = "SELECT count(*) FROM capture WHERE id NOT IN (SELECT capture_id FROM reading WHERE read_at IS NOT NULL)"
    with closing(sqlite3.connect(f"file:{station.catalogue}?mode=ro", uri=True)) as catalogue:
        eventually(
            lambda: catalogue.execute(unread).fetchone()[0] == 0,
            progress=lambda: catalogue.execute(unread).fetchone()[0],
        )


def _tramquet(station: Station, number: int, scan: Callable[[str], None]) -> float:
    station.run("ledger", "add", "KH", "2007", str(number))
    scan(f"KH.2007.{number:02d}")
    with closing(sqlite3.connect(station.catalogue)) as catalogue:
        query = "SELECT min(started_at), max(accepted_at), count(*) FROM capture WHERE ledger_id = ?"
        first, last, count = catalogue.execute(query, (number,)).fetchone()
    assert count == SHEETS
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def _steps() -> None:
    """One page step by step in this process: milliseconds of the wall clock, the median of five."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = sane.write_config(folder / "sane.d", ["test:0"])
        options = {"test-picture": "Color pattern"}
        scanner = sane.open_scanner("test:0", options=options, sane_config=config, locks=folder / "locks")
        settings = ScanSettings(
            source=Source.ADF, width_mm=297, height_mm=420, storing=Storing(Encoding.JPEG, QUALITY, Chroma.QUARTER)
        )
        spool = folder / "spool"
        spool.mkdir()
        came, started = [], time.perf_counter()
        newest = spool
        for sheet in scanner.scan(settings, spool, limit=6):
            newest = sheet.path
            came.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
        scanner.close()
        pixels = masters.read_pixels(newest)
        origin, storing = raw_sheet.read(newest).origin, raw_sheet.read(newest).storing
        file = folder / "master.jpg"

        def encode() -> None:
            with file.open("wb") as into:
                masters.encode(pixels, into, origin, storing)

        def timed(step: Callable[[], object]) -> float:
            times = []
            for _ in range(5):
                start = time.perf_counter()
                step()
                times.append((time.perf_counter() - start) * 1000)
            return round(statistics.median(times), 1)

        steps = {"read raw": round(statistics.median(came[1:]), 1), "encode": timed(encode)}
        steps["sync"] = timed(lambda: (encode(), durable.sync_file(file))) - steps["encode"]
        picture = decoding.reduced_view(pixels, 300)
        steps["reduce"] = timed(lambda: decoding.reduced_view(pixels, 300))
        steps["decode, hash"] = timed(lambda: decoding.decode_reduced(file))
        steps["of it hash"] = timed(lambda: hashlib.sha256(file.read_bytes()).hexdigest())
        steps["findings"] = timed(lambda: findings.find_defects(picture, 150, limits=Limits(), paper_mm=(297, 420)))
        previews = folder / "previews"
        steps["previews"] = timed(lambda: thumbnails.keep(thumbnails.thumbnails_of(picture), previews, "0" * 64, 0))
        steps["sync"] = round(steps["sync"], 1)
    tell("capture steps", [sum(steps.values()) - steps["of it hash"]], None, unit="ms", limit=None, settings=steps)


if __name__ == "__main__":
    main()
