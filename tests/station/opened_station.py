"""An opened station with a person at it, who can lay invented sheets on a glass that needs no scanner."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import Executable, select

from drivers import Encoding, Identity, Mode, Storing
from drivers.images import masters, raw_sheet
from station import context, settings
from station.catalogue import station_key
from station.catalogue.models import Capture, Ledger, ScanSession
from station.catalogue.station_key import Key
from station.context import Station
from station.domain.naming.keys import LedgerKey
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PackageKind, ScanPurpose, SessionState
from station.imaging import analysis
from station.imaging.image_facts import Analysis
from station.ledger import entries, ledgers
from station.ledger.entries import Act
from station.packaging import packages
from station.scanning import acceptance, session_end, spool
from station.scanning.acceptance import CaptureOrigin
from tests.stations import PLACES, UNASKED, sane_config

HERE, BESIDE = "19429", "19430"
WHO = "thử"
GLASS = Identity("Invented", "Glass")
#: One for all, so that a data folder that was made in one test's folder can be opened in another's.
KEY = Key(b"known to every test.")
#: All sheets were laid at one moment, so that the same sheet gives the same bytes on two stations.
MOMENT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)

SETTINGS = """
[station]
id = "{id}"
data = "data"
{sane_config}
[[profile]]
id = "standard"
"""
STICK = """
[[destination]]
id = "stick"
kind = "folder"
path = "stick"
"""


@dataclass
class OpenedStation:
    """The station and the person; ``folder`` holds settings, data folder and stick."""

    station: Station
    folder: Path

    @property
    def data(self) -> Path:
        return self.station.folders.data

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    def ledger(self, name: str = "KH.2007.01", **stated: Any) -> str:
        """Register a ledger; gives its name."""
        return ledgers.add(self.station, [ledgers.Registration(LedgerKey.parse(name), **stated)], who=WHO)[0]

    def lay(
        self,
        ledger: str,
        sheets: int = 1,
        *,
        purpose: ScanPurpose = ScanPurpose.APPEND,
        anchor: str | None = None,
        encoding: Encoding = Encoding.JPEG,
    ) -> list[str]:
        """Scan so many sheets in one session; gives the labels they got."""
        with self.session(ledger, purpose=purpose, anchor=anchor) as (run, folder):
            return [self.accept(run, sheet(folder, number, encoding=encoding)) for number in range(1, sheets + 1)]

    @contextmanager
    def session(
        self,
        ledger: str,
        *,
        purpose: ScanPurpose = ScanPurpose.APPEND,
        anchor: str | None = None,
        profile: str = "standard",
    ) -> Iterator[tuple[int, Path]]:
        """A session by its id, and its spool folder; left by an error, it stays as a kill leaves it."""
        with spool.new_folder(self.station.folders.sessions) as folder:
            with self.station.catalogue.writing() as session:
                run = ScanSession(
                    ledger_id=ledgers.find(session, ledger).id,
                    scanner="glass",
                    source="flatbed",
                    profile=profile,
                    operator=WHO,
                    purpose=purpose,
                    anchor=anchor,
                    spool=folder.name,
                    state=SessionState.OPEN,
                    started_at=MOMENT,
                )
                session.add(run)
                session.flush()
                number = run.id
            yield number, folder
            session_end.finish(self.station, number, SessionState.FINISHED, None)

    def accept(self, run: int, file: Path) -> str:
        """Have the station accept a sheet; gives its label."""
        capture_id = acceptance.accept(self.station, run, self.looked(file), CaptureOrigin.recorded_in(file))
        return str(self.one(select(Capture.label).where(Capture.id == capture_id)))

    def looked(self, file: Path) -> Analysis:
        """What a worker finds in a sheet, found in this process."""
        return analysis.analyse(file, acceptance.analysis_request(self.station, "standard", "A4"))

    def entry(self, ledger: str, pages: str, number: str, date: str, **more: Any) -> str:
        """Give pages a number and a date."""
        return entries.set_entry(self.station, Act(ledger, WHO, "thử"), pages, number, PartialDate.parse(date), **more)

    def whole(self, name: str = "KH.2007.01", count: int = 3, **stated: Any) -> str:
        """A closed ledger of so many pages, each with its entry; gives its name."""
        ledger = self.ledger(name, **stated)
        for number, label in enumerate(self.lay(ledger, count), start=1):
            self.entry(ledger, label, str(number), f"2007-01-{number:02d}")
        ledgers.close(self.station, ledger, who=WHO)
        return ledger

    def package(self, ledger: str, kind: PackageKind = PackageKind.ENTRIES) -> packages.PackageRevision:
        return packages.make(self.station, ledger, kind, who=WHO)

    def state(self, ledger: str) -> str:
        with self.station.catalogue.reading() as session:
            return ledgers.find(session, ledger).state

    def ledger_id(self, ledger: str) -> int:
        return int(self.one(select(Ledger.id).where(Ledger.id == self._find(ledger))))

    def _find(self, ledger: str) -> int:
        with self.station.catalogue.reading() as session:
            return ledgers.find(session, ledger).id

    def all(self, query: Executable) -> list[Any]:
        """The first column of every row."""
        with self.station.catalogue.reading() as session:
            return [row[0] for row in session.execute(query)]

    def one(self, query: Executable) -> Any:
        (value,) = self.all(query)
        return value

    def one_row(self, statement: str) -> int:
        """The one number that a statement of SQL gives."""
        with self.station.catalogue.reading() as session:
            return int(session.connection().exec_driver_sql(statement).scalar_one())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement of SQL gives."""
        with self.station.catalogue.reading() as session:
            return [tuple(row) for row in session.connection().exec_driver_sql(statement)]

    def by_hand(self, statement: str, *values: object) -> None:
        """Change the catalogue past the station, as a stranger with a database browser would."""
        with self.station.catalogue.writing() as session:
            session.connection().exec_driver_sql(statement, tuple(values))


def sheet(folder: Path, number: int, *, encoding: Encoding = Encoding.JPEG, size: tuple[int, int] = (24, 32)) -> Path:
    """A whole image of ours in a spool folder, different for each number."""
    image = Image.frombytes("L", size, random.Random(number).randbytes(size[0] * size[1]))
    content = io.BytesIO()
    masters.encode(np.asarray(image), content, raw_sheet.Origin(GLASS, MOMENT, (300.0, 300.0), 300), Storing(encoding))
    file = folder / f"{number:04d}.{encoding}"
    file.write_bytes(content.getvalue())
    return file


def origin(file: Path, width: int = 24, height: int = 32) -> CaptureOrigin:
    """What a driver would announce of such a sheet."""
    return CaptureOrigin(width, height, Mode.GREY, 300, (300.0, 300.0), str(GLASS), None, MOMENT)


def write_settings(folder: Path, more: str = STICK, *, station: str = "qt-thu-01") -> Path:
    """A settings file with two places in ``folder``; masters go as they are unless ``more`` says otherwise."""
    if "[upload_copy]" not in more:
        more += "\n[upload_copy]\nenabled = false\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stick").mkdir(exist_ok=True)
    file = folder / "station.toml"
    own = SETTINGS.format(id=station, sane_config=sane_config(folder, more))
    file.write_text(own + UNASKED + PLACES + more, encoding="utf-8")
    if not (key := folder / "station.key").exists():
        station_key.store(key, KEY)
    return file


@contextmanager
def opened_station(folder: Path, more: str = STICK, *, station: str = "qt-thu-01") -> Iterator[OpenedStation]:
    """The station in ``folder``; what opening changes in the process is put back."""
    umask = os.umask(0o077)
    try:
        with context.open_station(settings.load(write_settings(folder, more, station=station))) as ready:
            yield OpenedStation(ready, folder)
    finally:
        os.umask(umask)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path; SQLite's own working files left out."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith("catalogue.sqlite3-")
    }
