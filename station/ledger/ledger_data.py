"""A ledger registered wrongly is put right, or removed while it is empty.

Names of images hold type, year, book and place, and a name is never changed: once a ledger has an image, its own name
stays, and pages of another book move to the right ledger instead (:mod:`station.scanning.page_transfer`).
"""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import (
    Capture,
    Entry,
    IntakeChoice,
    IntakeFile,
    LearnedPlace,
    Ledger,
    Package,
    Place,
    Reservation,
    ScanSession,
)
from station.context import Station
from station.domain.naming.keys import LedgerKey
from station.errors import Refused
from station.ledger import ledgers


def correct(
    station: Station,
    ledger_text: str,
    *,
    who: str,
    key: LedgerKey | None = None,
    place: str | None = None,
    last_year: int | None = None,
) -> str:
    """Say what a ledger's type, year and book, its place, or its last year really are; gives its reference.

    Refused once a package was made, for a name once there is an image, and for a last year before an entry's.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        before = ledgers.reference(ledger)
        if _count(session, Package, ledger):
            raise Refused("ledger-has-package", ledger=ledgers.name_of(ledger))
        old = LedgerKey.of(ledger.type, ledger.year, ledger.book)
        new_key, code = key or old, place or ledger.place.code
        if (new_key, code) != (old, ledger.place.code):
            _rename(station, session, ledger, new_key, code)
        last = ledgers.check_years(new_key, last_year or max(ledger.last_year, new_key.year))
        latest = session.scalar(select(func.max(Entry.year)).where(Entry.ledger_id == ledger.id, Entry.living))
        if latest is not None and last < latest:
            raise Refused("last-year-has-entries", ledger=ledgers.name_of(ledger), last=last, year=latest)
        ledger.last_year = last
        after = ledgers.reference(ledger)
        event_log.record(session, who, "ledger-corrected", after, before=before, last_year=last)
        return after


def remove(station: Station, ledger_text: str, *, who: str) -> None:
    """Remove an empty ledger; refused where it has, or ever had, an image, or is being scanned."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        drop_empty(session, ledger, who=who)


def drop_empty(session: Session, ledger: Ledger, *, who: str) -> None:
    """Remove an empty ledger inside the caller's transaction; refused as :func:`remove` is."""
    check_empty(session, ledger)
    reference = ledgers.reference(ledger)
    session.execute(delete(Reservation).where(Reservation.ledger_id == ledger.id))
    session.execute(delete(ScanSession).where(ScanSession.ledger_id == ledger.id))
    session.execute(delete(IntakeChoice).where(IntakeChoice.ledger_id == ledger.id))
    session.execute(delete(LearnedPlace).where(LearnedPlace.ledger_id == ledger.id))
    session.execute(update(IntakeFile).where(IntakeFile.ledger_id == ledger.id).values(ledger_id=None))
    session.delete(ledger)
    event_log.record(session, who, "ledger-removed", reference)


def check_empty(session: Session, ledger: Ledger) -> None:
    """Refuse a ledger that has, or ever had, an image, or is being scanned."""
    if _count(session, Capture, ledger):
        raise Refused("ledger-has-pages", ledger=ledgers.name_of(ledger))
    ledgers.check_not_scanned(session, ledger)


def _rename(station: Station, session: Session, ledger: Ledger, key: LedgerKey, place: str) -> None:
    if key.is_practice or ledger.practice:
        raise Refused("practice-name", ledger=ledgers.name_of(ledger))
    if _count(session, Capture, ledger) or _count(session, ScanSession, ledger):
        raise Refused("ledger-has-pages", ledger=ledgers.name_of(ledger))
    station.settings.ledger_type(key.type)
    code = station.settings.place(place).code
    ledger.place = session.scalars(select(Place).where(Place.code == code)).one()
    ledger.type, ledger.year, ledger.book = key.type, key.year, key.book
    ledger.looks = station.settings.checks.of_type(key.type)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("ledger-exists", ledger=key.name, place=code) from error


def _count(session: Session, table: type[Capture | Package | ScanSession], ledger: Ledger) -> int:
    return session.scalar(select(func.count()).select_from(table).where(table.ledger_id == ledger.id)) or 0
