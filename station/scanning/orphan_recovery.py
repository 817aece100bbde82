"""Orphan recovery: an image in a pages folder without a row becomes a recovered capture for a person to place.

That is how scans survive a catalogue that was restored from an older backup. Only whole images of ours under a free
name of the folder's own ledger are taken; they keep their name, and their page goes to the end, unsorted. A retake
takes the place of what it repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Ledger, Reservation, ScanSession
from station.context import Station
from station.domain.naming import file_names
from station.domain.naming.labels import Label
from station.domain.states import ReservationState, ScanPurpose, SessionState
from station.errors import Refused
from station.imaging.worker_pool import WorkerPool
from station.ledger import ledgers
from station.scanning import acceptance, spool
from station.scanning.acceptance import CaptureOrigin
from station.scanning.session_end import finish


def adopt(station: Station, *, who: str) -> list[int]:
    """Take in what lies in the pages folders unknown; gives the ids of the new captures."""
    capture_ids = []
    with WorkerPool() as workers:
        for home in _homes(station):
            for file in sorted(home.pages.iterdir(), key=_in_order) if home.pages.exists() else ():
                if file.suffix in spool.SUFFIXES and not _is_known(station, file):
                    try:
                        capture_ids.append(_adopt(station, workers, home, file, who))
                    except Refused:
                        continue  # not an image of ours, or not a free name: verify tells of it as an unknown file
    return capture_ids


def adoptable(session: Session, ledger: Ledger, file: Path) -> bool:
    """Whether :func:`adopt` would try to take in an unknown file of the ledger's pages folder; looks at its name
    and its provenance, not at its pixels.
    """
    try:
        label, revision = _label_in_name(ledgers.name_of(ledger), file)
        _free(session, ledger.id, label, revision)
        CaptureOrigin.recorded_in(file)
    except Refused:
        return False
    return file.suffix in spool.SUFFIXES


@dataclass(frozen=True)
class _Home:
    """Where the pages of one ledger lie."""

    ledger_id: int
    name: str
    paper: str
    pages: Path


def _homes(station: Station) -> list[_Home]:
    with station.catalogue.reading() as session:
        ledger_names = [(item, ledgers.name_of(item)) for item in session.scalars(select(Ledger))]
        return [
            _Home(item.id, name, item.paper, station.folders.ledger(item.place.code, name) / "pages")
            for item, name in ledger_names
        ]


def _is_known(station: Station, file: Path) -> bool:
    name = station.folders.relative(file)
    with station.catalogue.reading() as session:
        capture_row = select(Capture.id).where(Capture.file == name)
        promise = select(Reservation.id).where(Reservation.file == name, Reservation.state == ReservationState.RESERVED)
        return session.scalars(capture_row).first() is not None or session.scalars(promise).first() is not None


def _adopt(station: Station, workers: WorkerPool, home: _Home, file: Path, who: str) -> int:
    label, revision = _label_in_name(home.name, file)
    analysis = workers.analyse(file, acceptance.analysis_request(station, "", home.paper)).result()
    origin = CaptureOrigin.recorded_in(file)
    with spool.new_folder(station.folders.sessions) as folder:
        run_id, reservation_id = _reserve(station, home.ledger_id, label, revision, file, who, folder.name)
        capture_id = acceptance.commit(station, reservation_id, analysis, origin, recovered=True)
        finish(station, run_id, SessionState.FINISHED, None)
    return capture_id


def _label_in_name(ledger: str, file: Path) -> tuple[str, int]:
    """The label and revision in a file's name; ``Refused`` where that is none of this ledger's."""
    ledger_name, label, revision = file_names.parse_file_stem(file.stem)
    if ledger_name != ledger:
        raise Refused("file-stem-malformed", text=file.stem)
    return label, revision


def _free(session: Session, ledger_id: int, label: str, revision: int) -> Reservation | None:
    """``Refused`` where the name is not free, or repeats a page that is not there; gives what it may be taken from.

    A label that a session passed over because this very file stood there is this file's.
    """
    query = select(Reservation).where(
        Reservation.ledger_id == ledger_id, Reservation.label == label, Reservation.state != ReservationState.RELEASED
    )
    reservations = {reservation.revision: reservation for reservation in session.scalars(query)}
    own_reservation = reservations.pop(revision, None)
    current = select(Capture.revision).where(Capture.ledger_id == ledger_id, Capture.label == label, Capture.current)
    before = session.scalars(current).one_or_none()
    repeats = revision > 1 and before is not None and before < revision and max(reservations, default=0) < revision
    is_free = own_reservation is None or own_reservation.state == ReservationState.BLOCKED
    if not is_free or ((reservations or revision > 1) and not repeats):
        raise Refused("file-stem-malformed", text=f"{label}.r{revision}")
    return own_reservation


def _in_order(file: Path) -> tuple[int, str, int]:
    """Pages by their labels, each before its retakes: in this order they come to the end of their ledger."""
    try:
        _ledger, label, revision = file_names.parse_file_stem(file.stem)
    except Refused:
        return 0, file.name, 0
    parts = Label.parse(label)
    return parts.number, parts.suffix, revision


def _reserve(
    station: Station, ledger_id: int, label: str, revision: int, file: Path, who: str, folder: str
) -> tuple[int, int]:
    with station.catalogue.writing() as session:
        blocked = _free(session, ledger_id, label, revision)
        run = ScanSession(
            ledger_id=ledger_id,
            scanner="disk",
            source="",
            profile="",
            operator=who,
            purpose=ScanPurpose.APPEND,
            spool=folder,
            state=SessionState.OPEN,
            started_at=datetime.now(UTC),
        )
        session.add(run)
        session.flush()
        reservation = blocked or Reservation(ledger_id=ledger_id, label=label, revision=revision)
        reservation.session_id, reservation.state = run.id, ReservationState.RESERVED
        reservation.file = station.folders.relative(file)
        session.add(reservation)
        session.flush()
        return run.id, reservation.id
