"""The office that the payloads work in: its settings, its technician, and sessions begun from the page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from checks import Browser, run, station

SETTINGS, DATA = Path("/etc/tramquet/station.toml"), Path("/var/lib/tramquet")
LEDGER = "KH.2007.01"
PLACE = "19429"
STATION = f"""
[station]
id = "qt-thu-01"
data = "{DATA}"

[[place]]
code = "{PLACE}"
commune = "Xã Thử Nghiệm"
province = "Tỉnh Mẫu"

[[profile]]
id = "small"
dpi = 100

[[scanner]]
id = "feeder"
driver = "sane"
device = "test:0"
profile = "small"
"""


def settle(more: str = "") -> None:
    """Give the station these settings and one ledger, and start it with them."""
    SETTINGS.write_text(STATION + more, encoding="utf-8")
    run("systemctl", "restart", "tramquet")
    if LEDGER not in station("ledger", "list"):
        station("ledger", "add", "KH", "2007", "01", "--paper", "A4")


def log_in() -> Browser:
    """As the technician of the first run, whose PIN install.py wrote down."""
    browser = Browser()
    browser.post("/login", "/login", name="Nguyễn Văn Mẫu", pin=Path("/root/pin").read_text())
    return browser


def scan(browser: Browser, **fields: str) -> None:
    """Begin a session."""
    where = f"/ledger/{PLACE}/{LEDGER}/scan"
    browser.post(where, f"{where}/start", source="adf", **fields)


def accepted() -> list[tuple[str, str]]:
    """SHA-256 and file of every capture whose row is committed, oldest first."""
    with closing(sqlite3.connect(f"file:{DATA}/catalogue.sqlite3?mode=ro", uri=True)) as catalogue:
        return list(catalogue.execute("SELECT sha256, file FROM capture ORDER BY counter"))
