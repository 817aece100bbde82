"""A ledger comes back to a station that had handed it over: what it left there makes room for what comes.

What was sent of it from here stays with its receipts, and no id is used again: lines of the log and answers name ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from station.catalogue import event_log, whereabouts
from station.catalogue.models import (
    Base,
    CarriedLine,
    Delivery,
    Document,
    Entry,
    HandOver,
    IntakeFile,
    Ledger,
    Package,
    PackageFile,
    ScanSession,
    TargetMeasure,
)
from station.domain.states import HandOverState
from station.handover import ledger_rows
from station.ledger import hand_overs, ledgers

#: No row of these is loaded in the session any more.
_UNSEEN = {"synchronize_session": False}
#: A file of a package: the package's kind and revision, and the file's name.
_FileKey = tuple[str, int, str]


@dataclass(frozen=True)
class LeftBehind:
    """What is kept of a ledger that was here: the highest ids, what was sent, which packages' files lie here, PDFs."""

    highest: Mapping[type[Base], int]
    sent: Mapping[int, _FileKey]
    freed: Mapping[_FileKey, datetime | None]
    documents: tuple[str, ...]


def is_left_here(session: Session, there: Ledger, source: Session) -> bool:
    """Whether what is here of a ledger is what it left behind on its way to the station that it comes from.

    ``ValueError`` where a package is missing in ``source`` that was made before.
    """
    going = hand_overs.standing(session, there)
    if going is None:
        return False
    taken = select(HandOver.id).where(HandOver.code == going.code, HandOver.state == HandOverState.TAKEN)
    if source.scalars(taken).first() is None:
        return False
    if not set(_files(session, there.id).values()) <= set(_files(source).values()):
        raise ValueError("packages")
    return True


def make_room(session: Session, there: Ledger, *, who: str) -> LeftBehind:
    """Take the rows of a ledger out that comes back, and say so in the log; what refers to them is put right later.

    In the caller's transaction, which must go on with :func:`settle`.
    """
    session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    reference, ledger_id = ledgers.reference(there), there.id
    event_log.record(session, who, whereabouts.RETURNED, reference)
    entries = select(Entry.id).where(Entry.ledger_id == ledger_id)
    runs = select(ScanSession.id).where(ScanSession.ledger_id == ledger_id)
    files = _files(session, ledger_id)
    left = LeftBehind(
        highest={
            model: session.scalar(select(func.max(model.id))) or 0 for model, _ in ledger_rows.of_ledger(ledger_id)
        },
        sent={
            delivery: files[file]
            for delivery, file in session.execute(select(Delivery.id, Delivery.file_id))
            if file in files
        },
        freed={
            files[file]: freed_at
            for file, freed_at in session.execute(select(PackageFile.id, PackageFile.freed_at))
            if file in files
        },
        documents=tuple(session.scalars(select(Document.file).where(Document.entry_id.in_(entries)))),
    )
    session.expunge_all()
    session.execute(delete(Document).where(Document.entry_id.in_(entries)), execution_options=_UNSEEN)
    session.execute(update(IntakeFile).where(IntakeFile.ledger_id == ledger_id).values(ledger_id=None))
    session.execute(update(TargetMeasure).where(TargetMeasure.session_id.in_(runs)).values(session_id=None))
    for model, whose in reversed(list(ledger_rows.of_ledger(ledger_id))):
        session.execute(delete(model).where(whose), execution_options=_UNSEEN)
    return left


def settle(session: Session, left: LeftBehind, ledger_id: int, own_station: str) -> None:
    """Put right what referred to the rows that were there, now that the ledger has its new ones."""
    new = {key: file_id for file_id, key in _files(session, ledger_id).items()}
    for delivery_id, key in left.sent.items():
        session.execute(update(Delivery).where(Delivery.id == delivery_id).values(file_id=new[key]))
    for key, freed_at in left.freed.items():
        session.execute(update(PackageFile).where(PackageFile.id == new[key]).values(freed_at=freed_at))
    # They stand in this station's own log.
    own = (CarriedLine.ledger_id == ledger_id, CarriedLine.station == own_station)
    session.execute(delete(CarriedLine).where(*own))


def _files(session: Session, ledger_id: int | None = None) -> dict[int, _FileKey]:
    """The files of a ledger's packages by their ids; without a ledger, of all."""
    query = select(PackageFile.id, Package.kind, Package.revision, PackageFile.name)
    query = query.join(Package, Package.id == PackageFile.package_id)
    rows = session.execute(query if ledger_id is None else query.where(Package.ledger_id == ledger_id))
    return {file_id: (kind, revision, name) for file_id, kind, revision, name in rows}
