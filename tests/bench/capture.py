"""Pages per second from the feeder of SANE's test backend, against ``scanimage --batch`` in the same run.

Ours counts from the first sheet's start to the last capture's commit, everything on: raw sheet, master, verified,
hashed, looked at, previews, synced, committed. Rounds alternate, so that a machine that slows down slows both.
``capture`` compares like with like: scanimage's JPEGs have a quarter of the chroma; ``capture full chroma`` is with
ours as they are by default. ``capture paced`` slows the reads of both to a scanner of about 60 pages a minute, and
again with full chroma. Then where the time of one page goes, each step alone.
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
from datetime import datetime
from pathlib import Path

from drivers import Chroma, Encoding, ScanSettings, Source, Storing
from drivers.images import masters, raw_sheet
from drivers.sane import scanner as sane
from station.domain.finding_limits import Limits
from station.imaging import decoding, findings, thumbnails
from station.storage import durable
from tests.bench.rows import tell
from tests.bench.running import Station

ROUNDS, SHEETS, QUALITY = 3, 10, 75
#: What the test backend waits after each buffer (microseconds) to be as quick as 60 pages of A3 a minute.
PACE = 5000
SETTINGS = """
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


def main() -> None:
    """Run the rounds and print the rows."""
    _compare("capture", Chroma.QUARTER, paced=False, limit=0.45)
    _compare("capture full chroma", Chroma.FULL, paced=False, limit=None)
    _compare("capture paced", Chroma.QUARTER, paced=True, limit=0.99)
    _compare("capture paced full chroma", Chroma.FULL, paced=True, limit=None)
    _steps()


def _compare(bench: str, chroma: Chroma, *, paced: bool, limit: float | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        more = f', "read-delay" = true, "read-delay-duration" = {PACE}' if paced else ""
        settings = SETTINGS.format(quality=QUALITY, chroma=chroma, more=more)
        station = Station.in_folder(folder, settings)
        config = sane.write_config(folder / "sane.d", ["test:0"])
        ours, peer = [], []
        for number in range(1, ROUNDS + 1):
            peer.append(SHEETS / _scanimage(folder / f"peer{number}", config, paced=paced))
            ours.append(SHEETS / _tramquet(station, number))
    values = {
        "paper": "A3",
        "dpi": 300,
        "mode": "colour",
        "quality": QUALITY,
        "chroma": chroma,
        "sheets": SHEETS,
        "pages_per_minute": round(60 * statistics.median(ours), 1),
        "cores": os.cpu_count(),
    }
    tell(bench, ours, peer, unit="pages/s", limit=limit, settings=values)


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


def _tramquet(station: Station, number: int) -> float:
    station.run("ledger", "add", "KH", "2007", str(number))
    station.run("scan", f"KH.2007.{number:02d}")
    with sqlite3.connect(station.folder / "data" / "catalogue.sqlite3") as catalogue:
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
