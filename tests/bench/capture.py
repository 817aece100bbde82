"""Pages per second from the feeder of SANE's test backend, against ``scanimage --batch`` in the same run.

Ours counts from the first sheet's start to the last capture's commit, everything on: verified, hashed, synced. Rounds
alternate, so that a machine that slows down slows both.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from rows import tell

from drivers import sane

ROUNDS, SHEETS, QUALITY = 3, 10, 75
TRAMQUET = Path(sys.executable).with_name("tramquet")
SETTINGS = f"""
[station]
id = "qt-bench"
data = "data"

[[place]]
code = "19429"
commune = "Xã Thử Nghiệm"
province = "Tỉnh Mẫu"

[[profile]]
id = "bench"
mode = "colour"
dpi = 300
quality = {QUALITY}
paper = "A3"
source = "adf"

[[scanner]]
id = "feeder"
driver = "sane"
device = "test:0"
profile = "bench"
options = {{ "test-picture" = "Color pattern" }}
"""


def main() -> None:
    """Run the rounds and print the row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "station.toml").write_text(SETTINGS, encoding="utf-8")
        config = sane.write_config(folder / "sane.d", ["test:0"])
        ours, peer = [], []
        for number in range(1, ROUNDS + 1):
            peer.append(SHEETS / _scanimage(folder / f"peer{number}", config))
            ours.append(SHEETS / _tramquet(folder, number))
        settings = {
            "paper": "A3",
            "dpi": 300,
            "mode": "colour",
            "quality": QUALITY,
            "sheets": SHEETS,
            "cores": os.cpu_count(),
        }
        tell("capture", ours, peer, unit="pages/s", limit=0.45, settings=settings)


def _scanimage(target: Path, config: Path) -> float:
    target.mkdir()
    command = ["scanimage", "-d", "test:0", "--source", "Automatic Document Feeder", "--mode", "Color"]
    command += ["--resolution", "300", "-x", "297", "-y", "420", "--test-picture", "Color pattern"]
    command += ["--format=jpeg", f"--batch={target}/%03d.jpg"]
    started = time.monotonic()
    # Exit status 7 is "out of documents": the end of every batch.
    subprocess.run(command, env={**os.environ, "SANE_CONFIG_DIR": str(config)}, stderr=subprocess.DEVNULL, check=False)
    took = time.monotonic() - started
    assert len(list(target.iterdir())) == SHEETS
    return took


def _tramquet(folder: Path, number: int) -> float:
    def run(*words: str) -> None:
        subprocess.run(
            [str(TRAMQUET), "--config", str(folder / "station.toml"), *words], check=True, stdout=subprocess.DEVNULL
        )

    run("ledger", "add", "KH", "2007", str(number))
    run("scan", f"KH.2007.{number:02d}")
    with sqlite3.connect(folder / "data" / "catalogue.sqlite3") as catalogue:
        query = "SELECT min(started_at), max(accepted_at), count(*) FROM capture WHERE ledger_id = ?"
        first, last, count = catalogue.execute(query, (number,)).fetchone()
    assert count == SHEETS
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


if __name__ == "__main__":
    main()
