"""A station whose queue holds files of any size, entered as if packages had been made of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from station import context, settings
from station.catalogue.models import Ledger, Package, PackageFile, Place
from station.delivery import queue as delivery_queue
from station.domain.states import LedgerState, PackageState
from station.settings.tables import TusDestination
from tests.delivery.province import Province
from tests.stations import PLACES, Command, sha256

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)


def new_station(folder: Path, province: Province, station: str = "qt-thu-01", **ports_and_keys: Any) -> Command:
    """A station that delivers to ``province`` only."""
    return station_for(folder, province.destination(**ports_and_keys), station)


def station_for(folder: Path, destination: TusDestination, station: str) -> Command:
    """A station that delivers to ``destination`` only."""
    folder.mkdir(parents=True, exist_ok=True)
    command = Command(folder)
    keys = {"kind": "tus"} | destination.model_dump(mode="json", exclude_none=True)
    lines = "\n".join(f"{key} = {value if isinstance(value, int) else repr(value)}" for key, value in keys.items())
    text = f'[station]\nid = "{station}"\ndata = "data"\n{PLACES}\n[[destination]]\n{lines}\n'
    command.settings.write_text(text, encoding="utf-8")
    return command


def queue_files(command: Command, *contents: bytes) -> None:
    """Queue one package of these files."""
    with context.open_station(settings.load(command.settings)) as station:
        folder = station.folders.ledger("19429", "KH.2007.01") / "packages" / "r1"
        folder.mkdir(parents=True)
        with station.catalogue.writing() as session:
            place = session.query(Place).filter_by(code="19429").one()
            ledger = Ledger(
                place_id=place.id,
                type="KH",
                year=2007,
                book="01",
                last_year=2007,
                paper="A4",
                state=LedgerState.PACKAGED,
                created_at=NOW,
            )
            session.add(ledger)
            session.flush()
            package = Package(
                ledger_id=ledger.id,
                kind="entries",
                revision=1,
                state=PackageState.MADE,
                partial=False,
                recipe="-",
                folder=station.folders.relative(folder),
                event_head="-",
                made_by="thử",
                started_at=NOW,
            )
            for position, content in enumerate(contents):
                file = folder / f"{position}.zip"
                file.write_bytes(content)
                package.files.append(
                    PackageFile(position=position, name=file.name, sha256=sha256(file), bytes=len(content))
                )
            session.add(package)
            session.flush()
            session.refresh(package)
            delivery_queue.queue(station, session, package, who="thử")
