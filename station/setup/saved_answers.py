"""Earlier answers to setup: those of the settings file in force, and those of a setup that was broken off."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

from station import settings
from station.errors import Refused, SettingsRefused
from station.settings.tables import (
    FolderDestination,
    FolderScannerTable,
    SaneScannerTable,
    SimulatedScannerTable,
    TusDestination,
)
from station.setup.first_run import NONE, Answers
from station.storage import durable


def current_answers(config: Path) -> Answers | None:
    """The answers that the settings file stands for; None where there is none that can be read.

    A file that was written by hand may say more than setup asks for: that is not in them.
    """
    try:
        station_settings = settings.load(config)
    except (SettingsRefused, Refused):
        return None
    place = station_settings.places[0]
    destination = station_settings.destinations[0] if station_settings.destinations else None
    line = destination if isinstance(destination, TusDestination) else None
    return Answers(
        station_id=station_settings.station.id,
        place_code=place.code,
        commune=place.commune,
        province=place.province,
        district=place.district or "",
        data=str(station_settings.station.data),
        scanner=_scanner(station_settings.scanners[0] if station_settings.scanners else None),
        destination=_destination(destination),
        receipts=line.receipts if line and line.receipts != urljoin(line.url, "receipts") else "",
        token_file=str(line.token_file or "") if line else "",
        ca_file=str(line.ca_file or "") if line else "",
        language=station_settings.web.language,
        port=station_settings.web.port,
    )


def unfinished_answers(config: Path) -> dict[str, str]:
    """What a setup that did not come to its end was told, by question."""
    try:
        draft = json.loads(_draft(config).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {str(name): answer for name, answer in draft.items() if isinstance(answer, str)}
        if isinstance(draft, dict)
        else {}
    )


def remember(config: Path, answers: dict[str, str]) -> None:
    """Keep what was told so far, until :func:`forget`. Raises ``StorageFailed``."""
    with durable.storage_failures(config):
        config.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with durable.new_file(_draft(config), replace=True) as temporary:
        temporary.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")


def forget(config: Path) -> None:
    """Setup came to its end."""
    _draft(config).unlink(missing_ok=True)


def keep(config: Path) -> Path:
    """Keep the settings file that is about to be replaced, under the name that this gives."""
    copy = config.with_name(f"{config.name}.before-{datetime.now():%Y%m%d-%H%M%S}")
    with durable.storage_failures(copy):
        copy.hardlink_to(config)
    return copy


def _draft(config: Path) -> Path:
    return config.with_name(f".{config.name}.setup")


def _scanner(scanner: SaneScannerTable | SimulatedScannerTable | FolderScannerTable | None) -> str:
    match scanner:
        case None:
            return NONE
        case SaneScannerTable():
            return scanner.device
        case SimulatedScannerTable():
            return f"simulated:{scanner.pages}" if scanner.pages else "simulated"
        case FolderScannerTable():
            return f"folder:{scanner.path}"


def _destination(destination: TusDestination | FolderDestination | None) -> str:
    match destination:
        case None:
            return NONE
        case TusDestination():
            return destination.url
        case FolderDestination():
            return str(destination.path)
