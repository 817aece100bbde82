"""The scanners of the settings: opening one by its id, and what to ask of it by a scan profile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from drivers import Mode, Scanner, ScanSettings, Source, Storing
from drivers.folder import watched_folder
from drivers.retry_policy import PatientScanner
from drivers.sane import scanner as sane
from drivers.sane.device_identity import matches
from station.context import Station
from station.domain import paper
from station.ledger import ledgers
from station.scanning import folder_intake
from station.scanning.session_originals import SessionOriginals
from station.settings.tables import FolderScannerTable, SaneScannerTable, ScanProfile, SimulatedScannerTable

ScannerSettings = SaneScannerTable | SimulatedScannerTable | FolderScannerTable


def settings_of(station: Station, scanner_id: str | None) -> ScannerSettings:
    """The scanner of this id, without one the first of the settings; a ledger's own folder stands in no settings."""
    if scanner_id is not None and (uploaded := folder_intake.find(station, scanner_id)) is not None:
        return uploaded
    return station.settings.scanner(scanner_id)


@contextmanager
def open_scanner(station: Station, settings: ScannerSettings) -> Iterator[Scanner]:
    """The scanner, held for this process alone until the block ends."""
    scanner = claim(station, settings)
    try:
        yield scanner
    finally:
        scanner.close()


def claim(station: Station, settings: ScannerSettings) -> Scanner:
    """The scanner, held for this process alone until it is closed."""
    locks = station.folders.locks
    match settings:
        case SaneScannerTable():
            config, deadlines = sane_config(station), settings.deadlines.of_driver()
            return PatientScanner(
                lambda: sane.open_scanner(
                    settings.device, options=settings.options, sane_config=config, locks=locks, deadlines=deadlines
                )
            )
        case SimulatedScannerTable():
            from drivers import simulated  # with Pillow, which no real scanner needs

            work, deadlines = station.folders.driver(settings.id), settings.deadlines.of_driver()
            return simulated.open_scanner(
                settings.pages,
                faults=settings.faults,
                again=settings.again,
                work=work,
                locks=locks,
                deadlines=deadlines,
            )
        case FolderScannerTable():
            return watched_folder.open_scanner(
                settings.path,
                originals=SessionOriginals(station, settings),
                locks=locks,
                pace=folder_intake.pace(settings),
            )


def profile_for(station: Station, ledger_text: str, scanner: ScannerSettings, profile_id: str | None) -> ScanProfile:
    """The scan profile of a session: the one that was asked for, else the usual one for this ledger and scanner."""
    if profile_id:
        return station.settings.scan_profile(profile_id)
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return station.settings.usual_profile(scanner, ledger.type, ledger.paper)


def settings_for(
    profile: ScanProfile,
    *,
    fixed: bool,
    source: Source | None,
    paper_size: str,
    measured: bool = False,
    provenance: dict[str, str],
    button: bool = False,
) -> ScanSettings:
    """What to ask of the scanner: a ``fixed`` one decides mode, resolution and size itself.

    ``paper_size`` is "" where nobody knows it: then all of the glass is scanned, and the pages tell. With ``measured``
    they told it, nobody declared it. ``button`` is for sessions alone: who only tries a scanner does not stand beside
    it.
    """
    size = profile.paper or paper_size
    area = paper.area(size, profile.layout, profile.turn) if size else None
    width, height = area or (None, None)
    return ScanSettings(
        source=source or profile.source or Source.FLATBED,
        mode=Mode(profile.mode),
        dpi=None if fixed else profile.dpi,
        width_mm=None if fixed else width,
        height_mm=None if fixed else height,
        storing=Storing(profile.encoding, profile.quality, profile.chroma),
        provenance=provenance,
        whole=area is None and not fixed,
        slack_mm=paper.slack(size) if size and not fixed else 0,
        paper_mm=area,
        own_dpi=area is None or measured,
        button=button,
    )


@dataclass(frozen=True)
class ListedScanner:
    """A scanner of the settings (``id``), or one that SANE offers beside them; ``identity`` where SANE offers it."""

    id: str | None
    driver: str
    device: str | None
    identity: str | None


def all_scanners(station: Station) -> list[ListedScanner]:
    """The settings' scanners, then what else SANE offers now, through the configuration that scanning uses."""
    rows: list[ListedScanner] = []
    for scanner in station.settings.scanners:
        device = scanner.device if isinstance(scanner, SaneScannerTable) else None
        rows.append(ListedScanner(scanner.id, scanner.driver, device, None))
    for offer in sane.discover(sane_config(station)):
        identity = str(offer.identity)
        # A device of the settings that fits several offers stands for the first; the others are shown beside it.
        fitting = [row for row in rows if row.id and not row.identity and matches(row.device or "", offer)]
        rows = [replace(row, identity=identity) if row in fitting else row for row in rows]
        if not fitting:
            rows.append(ListedScanner(None, "sane", offer.name, identity))
    return rows


def sane_config(station: Station) -> Path | None:
    """Where SANE's configuration lies: the environment's wins, then the settings', then the station's own short one.

    None leaves SANE its own: the environment names one, or a scanner is known by its identity only, so that any backend
    may be the one (``epson2:Vendor/Model`` names the backend, and discovery stays short).
    """
    if os.environ.get("SANE_CONFIG_DIR"):
        return None
    if station.settings.station.sane_config is not None:
        return station.settings.station.sane_config
    devices = [scanner.device for scanner in station.settings.scanners if isinstance(scanner, SaneScannerTable)]
    if not devices or any(":" not in device for device in devices):
        return None
    return sane.write_config(station.folders.driver("sane"), devices)
