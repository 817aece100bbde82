"""``script/bench package``: a package of 200 entries, from masters of 200 dpi to the archive with its upload copies.

Drawn births: as many different ones as ``--drawn`` says, each laid so often that there are ``--entries`` of them, and
read once. Told are the bytes of the masters and of what leaves the station, seconds and processor time of making the
copies and of all that comes behind them, and the memory of the station's process and of the program that copies.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from sqlalchemy import func, select

from drivers import Storing
from drivers.drawn import forms
from drivers.drawn.sheet import DrawnSheet
from drivers.images import masters, raw_sheet
from station.catalogue.models import Capture, Document, Finding
from station.domain.finding_codes import FindingCode
from station.domain.states import PackageKind
from station.ledger import ledgers, page_readings
from station.packaging import entry_documents, packages
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.scanning import acceptance
from station.scanning.acceptance import CaptureOrigin
from tests.bench.rows import say, tell
from tests.station.opened_station import GLASS, MOMENT, STICK, OpenedStation, opened_station

DPI = 200
LEDGER = "KS.2007.01"
SETTINGS = STICK + "\n[upload_copy]\n"


def drawn(number: int) -> np.ndarray:
    """A birth of 2007 as it stands in the book."""
    sheet = DrawnSheet(random.Random(number), DPI)
    forms.entry(sheet, forms.book("KS", 2007, 1, 7), number, date(2007, 1, 1) + timedelta(days=number), number + 2)
    return np.asarray(sheet.image)


def lay(desk: OpenedStation, ledger: str, entries: int, distinct: int) -> None:
    """Accept the masters, with what the machine reads on each, and give them their numbers and dates."""
    reader = PageReader()
    with desk.session(ledger) as (run, folder):
        origin = raw_sheet.Origin(GLASS, MOMENT, (DPI, DPI), DPI)
        looks = []
        for number in range(1, distinct + 1):
            pixels, content = drawn(number), io.BytesIO()
            masters.encode(pixels, content, origin, Storing())
            sheet = folder / f"drawn-{number}.jpg"
            sheet.write_bytes(content.getvalue())
            looks.append((desk.looked(sheet), reader.read_form(PageImage(pixels))))
        for place in range(entries):
            analysis, reading = looks[place % distinct]
            file = folder / f"{place + 1:04d}.jpg"
            shutil.copy(analysis.file, file)
            # The same page laid again is nothing to ask about here.
            again = replace(analysis, file=file, defects=(), fingerprint="")
            capture = acceptance.accept(desk.station, run, again, CaptureOrigin.recorded_in(file))
            label = desk.one(select(Capture.label).where(Capture.id == capture))
            with desk.station.catalogue.writing() as session:
                page = page_readings.next_unread(session)
                assert page is not None
                page_readings.keep(session, page, reading, 1)
            desk.entry(ledger, label, str(place + 1), (date(2007, 1, 1) + timedelta(days=place)).isoformat())
        for analysis, _ in looks:
            analysis.file.unlink()


def worked() -> float:
    """Processor time of this process and of all that it started and ended (s)."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def own_peak() -> int:
    """The most memory that this program had since it began (MB); what was before it in the process does not count."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def main() -> None:
    """Lay the ledger, make its documents, then its package."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=200)
    parser.add_argument("--drawn", type=int, default=10)
    parser.add_argument("--laid", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.laid:
        with opened_station(options.laid, SETTINGS) as desk:
            measure(desk, options.entries)
        return
    with tempfile.TemporaryDirectory() as name:
        with opened_station(Path(name), SETTINGS) as desk:
            lay(desk, desk.ledger(LEDGER), options.entries, options.drawn)
            ledgers.close(desk.station, LEDGER, who="Đo", reason="đo")
        say(f"{options.entries} entries laid")
        # In a process of its own, begun anew: what drawing and reading took of memory is not the station's.
        again = (sys.executable, __file__, f"--laid={name}", f"--entries={options.entries}")
        os.posix_spawn(sys.executable, again, os.environ)
        os.wait()


def measure(desk: OpenedStation, entries: int) -> None:
    """Make the documents, then the package."""
    before = desk.one(select(func.sum(Capture.bytes)))
    for what, act in (
        ("copies", lambda: entry_documents.update_documents(desk.station, LEDGER)),
        ("package", lambda: packages.make(desk.station, LEDGER, PackageKind.ENTRIES, who="Đo")),
    ):
        began, cpu = time.monotonic(), worked()
        act()
        seconds, used = time.monotonic() - began, worked() - cpu
        folder = next(desk.data.rglob("r1"), None)
        facts = {
            "what": what,
            "entries": entries,
            "cpu_s": round(used, 1),
            "masters_mb": round(before / 1e6, 1),
            "pdfs_mb": round(desk.one(select(func.sum(Document.bytes))) / 1e6, 1),
            "largest_pdf_kb": round(desk.one(select(func.max(Document.bytes))) / 1000),
            "package_mb": round(sum(one.stat().st_size for one in folder.iterdir()) / 1e6, 1) if folder else 0.0,
            "asked": desk.one(select(func.count(Finding.id)).where(Finding.code == FindingCode.COPY_UNREADABLE)),
            "station_peak_mb": own_peak(),
            "copier_peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        }
        tell("package", [seconds], None, unit="s", limit=None, settings=facts)


if __name__ == "__main__":
    main()
