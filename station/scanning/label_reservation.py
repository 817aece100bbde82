"""The label of a capture, reserved in the catalogue before its file exists (rule 2).

A label that never had a file is released and may be given out again; one that had a file never is.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Ledger, Reservation, ScanSession, constant
from station.context import Station
from station.domain.naming import file_names, labels
from station.domain.states import ReservationState, ScanPurpose
from station.ledger import ledgers
from station.scanning import spool
from station.storage import durable
from station.storage.checkpoints import Checkpoint, reach

#: How long the way of a page waits for the catalogue (s): while it does, the scanner stands and nothing is lost, but
#: a session that ends leaves sheets to be put back.
PATIENCE = 60.0


def give_name(station: Station, session_id: int, file: Path) -> tuple[Reservation, Path]:
    """Reserve the next label and give the file that name; a name that a foreign file stands under is passed over."""
    while True:
        reservation = reserve(station, session_id, file.suffix)
        final = station.folders.data / reservation.file
        durable.make_folders(final.parent)
        reach(Checkpoint.BEFORE_NAME, reservation.label)
        try:
            if any(final.with_suffix(suffix).exists() for suffix in spool.SUFFIXES):
                raise FileExistsError(final)  # one stem is never both .jpg and .tif
            durable.name_exclusively(file, final)
        except FileExistsError:
            _block(station, reservation.id)
        else:
            return reservation, final


def reserve(station: Station, session_id: int, suffix: str) -> Reservation:
    """Reserve the session's next label: for a retake the page's own with its next revision, else an unused one."""
    with station.catalogue.writing(PATIENCE) as session:
        run = session.get_one(ScanSession, session_id)
        ledger = session.get_one(Ledger, run.ledger_id)
        label, revision = _next(session, run)
        name = ledgers.name_of(ledger)
        stem = file_names.file_stem(name, label, revision)
        folder = station.folders.ledger(ledger.place.code, name) / "pages"
        reservation = Reservation(
            ledger_id=ledger.id,
            session_id=run.id,
            label=label,
            revision=revision,
            file=station.folders.relative(folder / f"{stem}{suffix}"),
            state=ReservationState.RESERVED,
        )
        session.add(reservation)
        session.flush()
        session.expunge(reservation)
        return reservation


def _block(station: Station, reservation_id: int) -> None:
    """A file that is not ours has this name: the label had a file, so it is never given out."""
    with station.catalogue.writing(PATIENCE) as session:
        session.get_one(Reservation, reservation_id).state = ReservationState.BLOCKED


def _next(session: Session, run: ScanSession) -> tuple[str, int]:
    """The next label and its revision: a released label counts as never given out, every other one as used."""
    reservations = (
        select(Reservation)
        .where(Reservation.ledger_id == run.ledger_id, Reservation.state != constant(ReservationState.RELEASED))
        .subquery()
    )
    if run.purpose == ScanPurpose.RETAKE and run.anchor is not None:
        label, _side = labels.split_label(run.anchor)
        last = session.scalar(select(func.max(reservations.c.revision)).where(reservations.c.label == label))
        return label, (last or 0) + 1
    used_labels = set(session.scalars(select(reservations.c.label)))
    if run.purpose == ScanPurpose.INSERT and run.anchor is not None:
        return labels.insert_label(labels.split_label(run.anchor)[0], used_labels), 1
    return labels.next_label(used_labels), 1
