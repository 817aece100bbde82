"""What a technician must know: each thing the station needs, seen working here and now, or what to do about it.

Every line tries the real thing, as the user who asks; none is a guess from version numbers.
"""

from __future__ import annotations

import platform
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from drivers.errors import DriverError
from station import durable, opening, scanners
from station.destinations.tus import TusSender
from station.destinations.tus_line import EARLIEST_YEAR
from station.errors import DeliveryStuck, DeliveryWaits, StationError, StorageFailed
from station.messages import Said
from station.opening import Station
from station.settings import Settings
from station.settings.tables import FolderDestination, TusDestination

#: Less than a day's scanning of A4 pages at 3 MB (bytes).
LITTLE_ROOM = 5 * 1024**3
#: Two of them per page: above this the disk, not the scanner, sets the pace (s).
SLOW_SYNC = 0.2


class Verdict(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Line:
    """One thing looked at; ``said`` is what was found and, unless ok, what to do."""

    subject: str
    verdict: Verdict
    said: str


_Found = tuple[str, Verdict, Said]


def examine(settings: Settings, language: str) -> list[Line]:
    """Look at everything; what stands in the way of the rest is the last line."""
    lines: list[Line] = []
    try:
        with opening.opened(settings) as station:
            for look in _LOOKS:
                lines += [Line(subject, verdict, said.sentence(language)) for subject, verdict, said in look(station)]
    except StationError as error:
        lines.append(Line("data folder", Verdict.FAILURE, error.sentence(language)))
    return lines


def _versions(_station: Station) -> Iterator[_Found]:
    told = {"tramquet": version("tramquet"), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    yield "versions", Verdict.OK, Said("doctor-versions", told)


def _clock(_station: Station) -> Iterator[_Found]:
    year = time.gmtime().tm_year
    if year < EARLIEST_YEAR:
        yield "clock", Verdict.FAILURE, Said("doctor-clock-wrong", {"year": year})
    else:
        yield "clock", Verdict.OK, Said("doctor-clock", {"now": time.strftime("%Y-%m-%d %H:%M %Z")})


def _disk(station: Station) -> Iterator[_Found]:
    data = station.folders.data
    free = durable.free_bytes(data)
    room = {"path": data, "free": free // 1024**2}
    if free < LITTLE_ROOM:
        yield "disk", Verdict.WARNING, Said("doctor-disk-little", room)
    else:
        yield "disk", Verdict.OK, Said("doctor-disk", room)
    took = _sync_time(station.folders.spool)
    verdict, code = (Verdict.OK, "doctor-sync") if took < SLOW_SYNC else (Verdict.WARNING, "doctor-sync-slow")
    yield "sync", verdict, Said(code, {"milliseconds": round(took * 1000)})


def _catalogue(station: Station) -> Iterator[_Found]:
    try:
        with station.catalogue.reading() as session:
            found = session.connection().exec_driver_sql("PRAGMA quick_check").scalars().all()
    except StorageFailed as error:
        yield "catalogue", Verdict.FAILURE, Said(error.code, error.facts)
        return
    if found == ["ok"]:
        yield "catalogue", Verdict.OK, Said("doctor-catalogue", {"path": station.catalogue.path})
    else:
        yield "catalogue", Verdict.FAILURE, Said("doctor-catalogue-damaged", {"path": station.catalogue.path})


def _scanners(station: Station) -> Iterator[_Found]:
    if not station.settings.scanners:
        yield "scanner", Verdict.WARNING, Said("doctor-scanner-none")
    for chosen in station.settings.scanners:
        subject = f"scanner {chosen.id}"
        if chosen.driver == "folder":
            yield subject, Verdict.WARNING, Said("scanner-without-scan", {"scanner": chosen.id})
            continue
        try:
            with scanners.opened(station, chosen) as scanner:
                yield subject, Verdict.OK, Said("doctor-scanner", {"identity": scanner.identity})
        except DriverError as error:
            yield subject, Verdict.FAILURE, Said(f"scan-{error.code}", {"safe": 0, "next": 1, "detail": error.detail})


def _destinations(station: Station) -> Iterator[_Found]:
    if not station.settings.destinations:
        yield "destination", Verdict.WARNING, Said("doctor-destination-none")
    for destination in station.settings.destinations:
        subject = f"destination {destination.id}"
        if not isinstance(destination, FolderDestination):
            yield subject, *_line(destination)
        else:
            yield subject, *_folder(destination.path)


def _folder(path: Path) -> tuple[Verdict, Said]:
    if not path.is_dir():
        return Verdict.WARNING, Said("destination-missing", {"path": path})
    try:
        _sync_time(path)
    except StorageFailed as error:
        return Verdict.FAILURE, Said("destination-denied", {"path": path, "detail": error.facts["detail"]})
    return Verdict.OK, Said("doctor-destination", {"path": path, "free": durable.free_bytes(path) // 1024**2})


def _line(destination: TusDestination) -> tuple[Verdict, Said]:
    with TusSender(destination) as sender:
        try:
            sender.check()
        except DeliveryWaits as error:
            verdict = Verdict.FAILURE if isinstance(error, DeliveryStuck) else Verdict.WARNING
            return verdict, Said(error.code, error.facts)
    return Verdict.OK, Said("doctor-destination-tus", {"host": urlsplit(destination.url).netloc})


def _sync_time(folder: Path) -> float:
    probe = folder / f".probe-{secrets.token_hex(4)}"
    started = time.monotonic()
    durable.write_durably(probe, b"probe")  # where it fails, it leaves nothing
    took = time.monotonic() - started
    probe.unlink()
    return took


_LOOKS: tuple[Callable[[Station], Iterator[_Found]], ...] = (
    _versions,
    _clock,
    _disk,
    _catalogue,
    _scanners,
    _destinations,
)
