"""How much memory the daemon and all its children take (PSS): at rest, and for very large captures on the flat path."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import requests

from tests.bench.rows import tell
from tests.bench.running import Station, family, token_in

#: Paper, dpi, sheets, and what it may take at most (MB); None: it must only work.
CAPTURES = (("A4", 300, 3, None), ("A3", 300, 3, None), ("A3", 600, 3, 600), ("A2", 600, 2, None))
REST_LIMIT, REST_SECONDS = 150, 5.0
SETTINGS = """
[[scanner]]
id = "feeder"
driver = "sane"
device = "test:0"
options = { "test-picture" = "Color pattern" }
"""
PROFILE = """
[[profile]]
id = "{paper}-{dpi}"
dpi = {dpi}
paper = "{paper}"
source = "adf"
"""


def main() -> None:
    """Measure the rest, then each capture; print a row for each."""
    with tempfile.TemporaryDirectory() as name:
        profiles = "".join(PROFILE.format(paper=paper, dpi=dpi) for paper, dpi, _, _ in CAPTURES)
        (Path(name) / "sane.d").mkdir()
        # A sheet of A2 fits on the test device only when it is told so.
        (Path(name) / "sane.d" / "dll.conf").write_text("test\n")
        (Path(name) / "sane.d" / "test.conf").write_text("number_of_devices 1\nresolution 50.0\ngeometry_max 600.0\n")
        station = Station.in_folder(Path(name), SETTINGS + profiles, sane_config="sane.d")
        for number in range(1, len(CAPTURES) + 1):
            station.run("ledger", "add", "KH", "2007", str(number), "--paper", CAPTURES[number - 1][0])
        with station.running() as daemon, station.officer() as officer:
            _tell("rest", _peak(daemon, time.monotonic() + REST_SECONDS), REST_LIMIT, {})
            for number, (paper, dpi, sheets, limit) in enumerate(CAPTURES, 1):
                peaks = _scanned(station, officer, daemon, number, f"{paper}-{dpi}", sheets)
                _tell(f"{paper} {dpi} dpi", peaks, limit, {"sheets": sheets, "mode": "colour"})


def _tell(what: str, samples: list[float], limit: float | None, settings: dict[str, object]) -> None:
    tell(f"memory {what}", [max(samples)], None, unit="MB", limit=limit, settings=settings)


def _scanned(
    station: Station, officer: requests.Session, daemon: int, number: int, profile: str, sheets: int
) -> list[float]:
    view = f"{station.address}/ledger/19429/KH.2007.{number:02d}/scan"
    token = token_in(officer.get(view).text)
    officer.post(f"{view}/start", data={"csrf_token": token, "profile": profile, "limit": str(sheets)})
    samples = []
    while officer.get(f"{station.address}/news?since=0").json()["scanning"]:
        samples.append(_megabytes(daemon))
    captured = len(list((station.folder / "data" / "ledgers").rglob(f"KH.2007.{number:02d}.0*.jpg")))
    assert captured == sheets, f"{captured} of {sheets} sheets"
    return samples


def _peak(daemon: int, until: float) -> list[float]:
    samples = []
    while time.monotonic() < until:
        samples.append(_megabytes(daemon))
        threading.Event().wait(0.1)
    return samples


def _megabytes(daemon: int) -> float:
    """The proportional set size of a process and all that descend from it, in MB."""
    total = 0
    for pid in family(daemon):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024 / 1e6


if __name__ == "__main__":
    main()
