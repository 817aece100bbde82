"""Handing a ledger over to another station: from the first step on nothing is done in it here any more.

First the catalogue says so; then the file is written, of a ledger that stands still, and read back; then it counts as
given. Cut off in between, the ledger still stands still: the same command goes on, or a person takes the ledger back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue import copying, event_log, whereabouts
from station.catalogue.database import Catalogue
from station.catalogue.models import (
    Capture,
    CarriedLine,
    Delivery,
    Event,
    Ledger,
    Package,
    PackageFile,
    Place,
)
from station.context import Station
from station.domain.states import DeliveryState, HandOverState, LedgerState, PackageState
from station.errors import Refused
from station.handover import hand_over_file, ledger_rows
from station.ledger import completeness, hand_over_markers, hand_overs, ledgers, practice
from station.packaging import manifest
from station.review import file_questions
from station.scanning import folder_intake, recovery, uploaded_files
from station.storage import locks
from station.storage.checkpoints import Checkpoint, reach
from station.storage.split_file import Pieces
from station.upkeep.backup import exclusive_upkeep, scratch_folder


@dataclass(frozen=True)
class Departure:
    """A ledger (``PLACE:TYPE.YEAR.BOOK``) that goes, by the code of its hand-over; new is one that just began."""

    ledger: str
    code: str
    is_new: bool


def begin(station: Station, ledger_text: str, *, who: str) -> Departure:
    """Have nothing more be done in a ledger here; one that goes already goes by the same code.

    ``Refused`` where something of it is under way: a session, sheets or files that wait, a package; where it has no
    page, is for practice, or was delivered.
    """
    recovery.recover(station)
    with locks.hold(station.folders.locks / "package", wait=False) as is_free, station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        reference = ledgers.reference(ledger)
        if (before := hand_overs.standing(session, ledger)) is not None:
            return Departure(reference, before.code, is_new=False)
        if not is_free:
            raise Refused("hand-over-package", ledger=ledgers.name_of(ledger))
        _check_may_go(station, session, ledger)
        code = secrets.token_hex(8)
        event_log.record(session, who, "hand-over-begun", reference, code=code)
        hand_overs.enter(
            session,
            ledger,
            HandOverState.BEGUN,
            code=code,
            station=station.settings.station.id,
            own=True,
            who=who,
            at=datetime.now(UTC),
        )
        return Departure(reference, code, is_new=True)


def write(station: Station, departure: Departure, target: Pieces) -> None:
    """Mark a ledger that goes, write its file into the empty ``target``, and prove it by reading back.

    ``StorageFailed`` where a page is missing or changed, or the medium does not take it; ``Refused`` ("upkeep-busy")
    while a backup or the freeing of masters runs.
    """
    reach(Checkpoint.HANDING_OVER, departure.ledger)
    with exclusive_upkeep(station), scratch_folder(station) as folder, station.catalogue.reading() as session:
        ledger = ledgers.find(session, departure.ledger)
        hand_over_markers.write(station, session, ledger)
        catalogue = _catalogue_of(station, session, ledger, folder)
        size = session.scalar(select(func.sum(Capture.bytes)).where(Capture.ledger_id == ledger.id)) or 0
        told = {
            "code": departure.code,
            "station": station.settings.station.id,
            "ledger": departure.ledger,
            "event_head": event_log.head(session),
        }
        files = ((station.folders.data / place, place, sha256) for place, sha256 in _files(session, ledger))
        hand_over_file.write(target, catalogue, files, told, size)
    reach(Checkpoint.READ_BACK, departure.ledger)


def complete(station: Station, ledger_text: str, *, who: str) -> Departure:
    """Note that the file of a ledger that goes lies on its medium under its name."""
    reach(Checkpoint.NAMED, ledger_text)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        if (going := hand_overs.standing(session, ledger)) is None:
            raise Refused("hand-over-cancelled-meanwhile", ledger=ledgers.name_of(ledger))
        reference = ledgers.reference(ledger)
        if going.state == HandOverState.BEGUN:
            going.state = HandOverState.GIVEN
            event_log.record(session, who, whereabouts.HANDED_OVER, reference, code=going.code)
        return Departure(reference, going.code, is_new=False)


def prove(station: Station, ledger_text: str, file: IO[bytes]) -> None:
    """Refuse a file under the name of a ledger's that is not the whole one of its hand-over, left by a run that was cut
    off.
    """
    with station.catalogue.reading() as session:
        going = hand_overs.standing(session, ledgers.find(session, ledger_text))
        code = going.code if going is not None else None
    if hand_over_file.read(file).code != code:
        raise Refused("hand-over-other-file", path=file.name)


def withdraw(station: Station, departure: Departure, *, who: str) -> None:
    """Let a ledger stay whose hand-over began and of which no file came about."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, departure.ledger)
        going = hand_overs.standing(session, ledger)
        if going is None or (going.code, going.state) != (departure.code, HandOverState.BEGUN):
            return
        ledger.state = going.was
        session.delete(going)
        event_log.record(session, who, "hand-over-withdrawn", departure.ledger, code=departure.code)
    hand_over_markers.remove(station, departure.ledger)


def take_back(station: Station, ledger_text: str, *, reason: str, who: str) -> str:
    """Go on here with a ledger that was handed over and never arrived; gives its reference.

    Every package of it tells so from here on. Whoever takes the file over all the same has the same ledger, too: only
    the province sees that.
    """
    why = " ".join(reason.split())
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        going = hand_overs.standing(session, ledger)
        if going is None:
            raise Refused("hand-over-not-given", ledger=ledgers.name_of(ledger))
        if not why:
            raise Refused("hand-over-no-reason", ledger=ledgers.name_of(ledger))
        going.state, going.reason = HandOverState.CANCELLED, why
        going.ended_by, going.ended_at = who, datetime.now(UTC)
        ledger.state = going.was
        reference = ledgers.reference(ledger)
        event_log.record(session, who, "hand-over-cancelled", reference, code=going.code, reason=why)
        ledgers.settle(session, ledger)
    hand_over_markers.remove(station, reference)
    return reference


def _check_may_go(station: Station, session: Session, ledger: Ledger) -> None:
    name = ledgers.name_of(ledger)
    practice.check_leaves(ledger)
    ledgers.check_not_scanned(session, ledger)
    if ledger.state == LedgerState.DELIVERED:
        raise Refused("hand-over-delivered", ledger=name)
    if ledgers.is_freed(session, ledger):
        raise Refused("ledger-freed", ledger=name)
    if session.scalars(select(Capture.id).where(Capture.ledger_id == ledger.id).limit(1)).first() is None:
        raise Refused("hand-over-empty", ledger=name)
    sheets = session.scalars(completeness.unrecorded([ledger.id]).limit(1)).first()
    uploaded = station.folders.uploaded_folder(folder_intake.uploaded_id(ledger))
    if sheets is not None or file_questions.of_ledger(session, station, ledger) or uploaded_files.waiting(uploaded):
        raise Refused("hand-over-sheets-wait", ledger=name)
    if _is_on_its_way(session, ledger):
        raise Refused("hand-over-package", ledger=name)


def _is_on_its_way(session: Session, ledger: Ledger) -> bool:
    """Whether a package of the ledger is half made, or has not arrived everywhere."""
    of_ledger = select(Package.id).where(Package.ledger_id == ledger.id)
    half_made = of_ledger.where(Package.state == PackageState.BUILDING)
    sent = of_ledger.join(PackageFile, PackageFile.package_id == Package.id).join(Delivery)
    waiting = sent.where(Delivery.state != DeliveryState.RECEIPTED)
    return any(session.scalars(query.limit(1)).first() is not None for query in (half_made, waiting))


def _catalogue_of(station: Station, session: Session, ledger: Ledger, folder: Path) -> Path:
    """A catalogue with this ledger alone, whole in one file, its history beside it."""
    made, whole = folder / "made.sqlite3", folder / hand_over_file.CATALOGUE
    alone = Catalogue(made)
    try:
        with alone.writing() as target:
            place = Place(**{column.name: getattr(ledger.place, column.name) for column in Place.__table__.columns})
            target.add(place)
            target.flush()
            ledger_id = ledger_rows.copy(session, target, ledger.id, place.id, {})
            target.add_all(_history(session, station.settings.station.id, ledger, ledger_id))
    finally:
        alone.close()
    copying.copy_catalogue(made, whole)
    return whole


def _history(session: Session, station_id: str, ledger: Ledger, ledger_id: int) -> Iterator[CarriedLine]:
    """The lines of this station's log about a ledger, behind those that came along with it."""
    last = select(func.max(CarriedLine.position)).where(CarriedLine.ledger_id == ledger.id)
    lines = select(Event).where(Event.ledger == ledgers.reference(ledger)).order_by(Event.id)
    for position, line in enumerate(session.scalars(lines), start=(session.scalar(last) or 0) + 1):
        yield CarriedLine(
            ledger_id=ledger_id,
            position=position,
            station=station_id,
            at=line.at,
            who=line.who,
            what=line.what,
            facts=line.facts,
        )


def _files(session: Session, ledger: Ledger) -> Iterator[tuple[str, str]]:
    """What lies of a ledger in the data folder and goes along, with its SHA-256: pages, and manifests of packages."""
    captures = select(Capture.file, Capture.sha256).where(Capture.ledger_id == ledger.id).order_by(Capture.counter)
    yield from session.execute(captures)
    for package in session.scalars(select(Package).where(Package.ledger_id == ledger.id).order_by(Package.id)):
        for file in package.files:
            if file.name == manifest.NAME:
                yield f"{package.folder}/{file.name}", file.sha256
