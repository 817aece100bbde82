"""The file for the technician on the phone: what is wrong, and nothing about the people in the registers.

In it: doctor's lines, the journal, the log of acts, the settings, counts, the PC, and on demand what SANE says while
scanners are looked for and opened. Not in it: images, entries, dates, notes, secrets. Names of persons who work here
become "person-1" and so on. A ledger's name (KH.2007.01) stays: it names a book, and the technician must know which;
names of entries, which hold a date and a number, are blacked out.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import tomllib
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from drivers.errors import DriverError
from drivers.sane import probe
from drivers.sane.device_identity import backend_of, is_sane_name
from station.catalogue.models import Capture, EntryRevision, Event, Package, ScanSession, User
from station.context import Station
from station.health import metrics
from station.health.doctor import Line
from station.scanning import scanner_factory
from station.settings.tables import SaneScannerTable
from station.storage import durable
from station.storage.data_folder import files_below
from station.storage.deterministic_zip import Archive
from station.system import clock

#: The newest lines of journal and log.
_LINES = 5000
#: Facts of an act that tell of the machine and of nobody.
_TELLING = frozenset({"bytes", "error", "files", "package", "run", "scanner", "seconds", "sha256", "to"})
_SECRET = re.compile(r"token|secret|passw|pin|key", re.IGNORECASE)
_ENTRY = re.compile(r"\d{4}-\d{2}-\d{2}\.[\w-]+(?=\.pdf|\b)")
#: What is asked of the PC; a program that is not there is left out.
_ASKED = {
    "disks.txt": ("df", "-hT"),
    "mounts.txt": ("findmnt", "--real"),
    "usb.txt": ("lsusb",),
    "service.txt": ("systemctl", "status", "--no-pager", "--lines=0", "tramquet.service"),
    "journal.txt": ("journalctl", "--no-pager", "--output=short-iso", f"--lines={_LINES}", "--unit=tramquet.service"),
}


def pc_facts() -> dict[str, str]:
    """Facts about this PC and the service, by file name; the journal only to root and its group."""
    return {name: output for name, command in _ASKED.items() if (output := _output_of(command)) is not None}


def write(
    station: Station, settings: bytes, report: list[Line], pc: dict[str, str], target: IO[bytes], *, sane_trace: bool
) -> None:
    """Fill the empty file ``target`` with a ZIP of texts.

    ``settings`` is the settings file's content, ``report`` what doctor saw, in English, ``pc`` what :func:`pc_facts`
    gave to whoever may ask.
    """
    blacked = _Blacking(_persons(station))
    with durable.storage_failures(Path(target.name)), Archive(target, zipfile.ZIP_DEFLATED) as pack:
        for name, text in _texts(station, settings, report, sane_trace):
            pack.writestr(name, blacked.out(text))
        for name, text in pc.items():
            pack.writestr(name, blacked.out(text))


class _Blacking:
    """Takes persons and entries out of a text."""

    def __init__(self, persons: list[str]) -> None:
        # The longest first: "Nguyễn Thị Hoa" before "Hoa".
        numbered = {
            _folded_name(name): f"person-{number}" for number, name in enumerate(persons, start=1) if name.strip()
        }
        self._numbers = numbered
        names = sorted(numbered, key=len, reverse=True)
        self._names = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)

    def out(self, text: str) -> str:
        """The text without them, composed (NFC)."""
        composed = _ENTRY.sub("ENTRY", unicodedata.normalize("NFC", text))
        if not self._numbers:
            return composed
        return self._names.sub(lambda found: self._numbers[_folded_name(found[0])], composed)


def _folded_name(name: str) -> str:
    return unicodedata.normalize("NFC", name).lower()


def _persons(station: Station) -> list[str]:
    """Everybody whose name the catalogue holds, and whoever is at the command line."""
    columns = (User.name, Event.who, Capture.operator, ScanSession.operator, Package.made_by, EntryRevision.who)
    with station.catalogue.reading() as session:
        names = {name for column in columns for name in session.scalars(select(column).distinct())}
        facts_of_removed = session.scalars(select(Event.facts).where(Event.what.in_(("person-added", "pin-reset"))))
        names |= {str(facts["person"]) for facts in facts_of_removed if "person" in facts}
    return sorted(names - {"delivery", "clock", "retention", "root", "tramquet"})


def _texts(station: Station, settings: bytes, report: list[Line], sane_trace: bool) -> Iterator[tuple[str, str]]:
    yield "about.txt", _about(station)
    yield "doctor.txt", "".join(f"{line.verdict:<8} {line.subject}: {line.said}\n" for line in report)
    yield "settings.json", json.dumps(_settings(settings), ensure_ascii=False, indent=1, default=str)
    yield "figures.txt", metrics.text(station, scanning=False)
    yield "log.txt", "".join(_log(station))
    yield "sessions.txt", "".join(_sessions(station))
    yield "files.txt", "".join(_files(station.folders.spool))
    if sane_trace:
        yield "sane-trace.txt", _trace(station)


def _about(station: Station) -> str:
    now = datetime.now(UTC)
    wrong = clock.trouble(station)
    facts = {
        "made at": f"{now.isoformat(timespec='seconds')}{' (the clock is wrong)' if wrong else ''}",
        "station": station.settings.station.id,
        "system": platform.platform(),
        "release": _release(),
        "user": os.geteuid(),
        "groups": os.getgroups(),
        "packages": ", ".join(sorted(f"{one.metadata['Name']} {one.version}" for one in distributions())),
        "SANE_CONFIG_DIR": os.environ.get("SANE_CONFIG_DIR"),
    }
    return "".join(f"{what}: {value}\n" for what, value in facts.items())


def _release() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown"


def _settings(content: bytes) -> Any:
    """The settings without comments, in which anything may stand, and without what looks like a secret."""
    return _without_secrets(tomllib.loads(content.decode("utf-8-sig")))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        # The path of a token's file is none, and the technician needs it.
        return {
            key: "***" if _SECRET.search(key) and not key.endswith("_file") else _without_secrets(one)
            for key, one in value.items()
        }
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value


def _log(station: Station) -> Iterator[str]:
    with station.catalogue.reading() as session:
        newest = session.scalars(select(Event).order_by(Event.id.desc()).limit(_LINES)).all()
    for event in reversed(newest):
        facts = {name: fact for name, fact in event.facts.items() if name in _TELLING}
        text = json.dumps(facts, ensure_ascii=False) if facts else ""
        at = event.at.isoformat(timespec="seconds")
        yield f"{event.id} {at} {event.who}: {event.what} {event.ledger or ''} {text}\n"


def _sessions(station: Station) -> Iterator[str]:
    with station.catalogue.reading() as session:
        newest = session.scalars(select(ScanSession).order_by(ScanSession.id.desc()).limit(200)).all()
    for run in reversed(newest):
        began, ended = run.started_at.isoformat(timespec="seconds"), run.ended_at
        took = f"{(ended - run.started_at).total_seconds():.0f} s" if ended else "-"
        yield f"{run.id} {began} {took} {run.scanner} {run.source} {run.profile} {run.state} {run.error or ''}\n"


def _files(folder: Path) -> Iterator[str]:
    """What lies in the spool, by size and time: leftovers tell of what went wrong."""
    for path in files_below(folder):
        # A list is called as its author called it, perhaps by a person's name.
        if {"previews", "lists"} & set(path.parts):
            continue
        with suppress(FileNotFoundError):  # a sheet was taken in meanwhile
            status = path.stat()
            at = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
            yield f"{path.relative_to(folder)} {status.st_size} {at}\n"


def _output_of(command: tuple[str, ...]) -> str | None:
    try:
        process = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return process.stdout + process.stderr


def _trace(station: Station) -> str:
    """What SANE and its backends say while they look for scanners and open those of the settings."""
    devices = [one.device for one in station.settings.scanners if isinstance(one, SaneScannerTable)]
    backends = {backend_of(device) for device in devices if is_sane_name(device)}
    loud = {f"SANE_DEBUG_{backend.upper()}": "128" for backend in ("dll", "sanei_usb", "sanei_tcp", *backends)}
    try:
        result = probe.probe(scanner_factory.sane_config(station), devices, environment=loud)
    except DriverError as error:
        return f"{error.code}: {error.detail}\n"
    text = json.dumps({"version": result.version, "offers": result.offers, "opened": result.opened}, ensure_ascii=False)
    return f"{text}\n{result.trace}"
