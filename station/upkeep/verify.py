"""Comparing disk, catalogue, manifests and event log: the differences that ``tramquet verify`` lists.

:func:`verify` only reads. :func:`repair` mends what dead sessions left (:mod:`station.scanning.recovery`), and lets an
image that lies in a pages folder under a free name of its ledger become a recovered capture; nothing else is ever
mended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import log_head
from station.catalogue.log_head import Head
from station.catalogue.models import Capture, Delivery, Document, Ledger, Package, Page, Receipt, Region, Reservation
from station.context import Station
from station.domain.states import DeliveryState, PackageState, ReservationState
from station.errors import Refused, StationError, StorageFailed
from station.ledger import hand_over_markers, ledgers, tallies
from station.messages import Message
from station.packaging import manifest
from station.scanning import orphan_recovery, recovery
from station.storage import durable, split_file
from station.storage.data_folder import files_below
from station.upkeep import backup_seal, nightly_backup, restore
from station.upkeep.log_check import LogCheck


def verify(station: Station) -> list[Message]:
    """All differences, as messages; empty when there is none. Reads every byte of every file in the catalogue."""
    if differences := _differences(station):
        # People work on meanwhile, and a file is there a moment before its row: a difference is what differs twice.
        again = _differences(station)
        return [difference for difference in differences if difference in again]
    return []


def repair(station: Station, *, who: str) -> list[Message]:
    """Mend what can be mended without a person; gives what was done."""
    report = recovery.recover(station)
    capture_ids = orphan_recovery.adopt(station, who=who)
    with station.catalogue.reading() as session:
        recovered = [session.get_one(Capture, number) for number in (*report.recovered, *capture_ids)]
        messages = [Message("verify-recovered", {"file": capture.file}) for capture in recovered]
    if report.sessions:
        messages.append(Message("verify-sessions-closed", {"sessions": report.sessions}))
    if report.halves:
        messages.append(Message("verify-halves-removed", {"sheets": report.halves}))
    return messages


def _differences(station: Station) -> list[Message]:
    kept_head = _kept_head(station)  # first: it must stand in whatever is read of the log afterwards
    faults = [Message("verify-catalogue", {"detail": fault}) for fault in station.catalogue.faults()]
    if not faults:
        faults = [Message("verify-schema", {"part": part}) for part in station.catalogue.foreign_parts()]
    try:
        with station.catalogue.reading() as session:
            looks = (
                _captures(station, session),
                _pages(session),
                _reservations(station, session),
                _files(station, session),
                _documents(station, session),
                _packages(station, session),
                _receipts(session),
                _log(station, session, kept_head),
                tallies.differences(session),
            )
            return faults + [difference for look in looks for difference in look]
    except StationError as error:
        if not faults:
            raise
        return [*faults, Message(error.code, error.facts)]  # what is damaged cannot be compared


def _captures(station: Station, session: Session) -> Iterator[Message]:
    for capture in session.scalars(select(Capture).order_by(Capture.counter)):
        if capture.freed_at is None:
            yield from _file(station, capture.file, capture.sha256)


def _pages(session: Session) -> Iterator[Message]:
    """Every current capture is seen in a page, every page's order is without gaps."""
    shown_ids = select(Region.capture_id)
    for capture in session.scalars(select(Capture).where(Capture.current, Capture.id.not_in(shown_ids))):
        yield Message("verify-unplaced", {"file": capture.file})
    for ledger in session.scalars(select(Ledger)):
        orders = list(session.scalars(select(Page.order).where(Page.ledger_id == ledger.id).order_by(Page.order)))
        if orders != list(range(1, len(orders) + 1)):
            yield Message("verify-order", {"ledger": ledgers.reference(ledger)})


def _reservations(station: Station, session: Session) -> Iterator[Message]:
    """A file under a reserved name, and whole sheets in the spool, that a dead session left.

    A name without a file is nothing: it belongs to a session that is running, or is given out again.
    """
    for file in session.scalars(select(Reservation.file).where(Reservation.state == ReservationState.RESERVED)):
        if (station.folders.data / file).exists():
            yield Message("verify-reserved", {"file": file})
    for sheet in recovery.unrecorded_sheets(station):
        yield Message("verify-unrecorded-sheet", {"file": station.folders.relative(sheet)})


def _files(station: Station, session: Session) -> Iterator[Message]:
    """The files in the ledgers' folders that are not in the catalogue."""
    known_files = set(session.scalars(select(Capture.file))) | set(session.scalars(select(Document.file)))
    known_files |= set(session.scalars(select(Reservation.file).where(Reservation.state == ReservationState.RESERVED)))
    for package in session.scalars(select(Package)):
        known_files |= {f"{package.folder}/{file.name}" for file in package.files}
    homes = {
        station.folders.ledger(one.place.code, ledgers.name_of(one)): one for one in session.scalars(select(Ledger))
    }
    known_files |= {station.folders.relative(home / hand_over_markers.NAME) for home in homes}
    for path in files_below(station.folders.ledgers):
        name = station.folders.relative(path)
        if path.is_file() and name not in known_files:
            home = homes.get(path.parent.parent) if path.parent.name == "pages" else None
            mendable = home is not None and orphan_recovery.adoptable(session, home, path)
            yield Message("verify-unrecorded-image" if mendable else "verify-unknown-file", {"file": name})
    for path in sorted(station.folders.refused_sheets.glob("*")):
        yield Message("verify-refused-image", {"file": station.folders.relative(path)})


def _documents(station: Station, session: Session) -> Iterator[Message]:
    for document in session.scalars(select(Document).order_by(Document.id)):
        yield from _file(station, document.file, document.sha256)


def _packages(station: Station, session: Session) -> Iterator[Message]:
    for package in session.scalars(select(Package).where(Package.state != PackageState.BUILDING).order_by(Package.id)):
        for file in package.files:
            if file.freed_at is None:
                yield from _file(station, f"{package.folder}/{file.name}", file.sha256)
        yield from _manifest(station, package)


def _manifest(station: Station, package: Package) -> Iterator[Message]:
    """The manifest says of the other files what the catalogue says."""
    path = station.folders.data / package.folder / manifest.NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        files = {file["name"]: file["sha256"] for file in content["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        yield Message("verify-manifest", {"file": station.folders.relative(path)})
        return
    known_hashes = {file.name: file.sha256 for file in package.files if file.name != manifest.NAME}
    if files != known_hashes or content.get("event_head") != package.event_head:
        yield Message("verify-manifest", {"file": station.folders.relative(path)})


def _receipts(session: Session) -> Iterator[Message]:
    """A delivery is receipted exactly when its receipt is stored, and for the bytes that were packaged."""
    for delivery in session.scalars(select(Delivery).order_by(Delivery.id)):
        receipt: Receipt | None = delivery.receipt
        is_receipted = delivery.state == DeliveryState.RECEIPTED
        if is_receipted != (receipt is not None) or (receipt is not None and receipt.sha256 != delivery.file.sha256):
            yield Message("verify-receipt", {"id": delivery.id, "file": delivery.file.name})


def _kept_head(station: Station) -> Head | Message | None:
    """The log's end as it was kept beside the catalogue, or that the file with it is damaged."""
    try:
        return log_head.read(station.catalogue.path, station.catalogue.key)
    except StorageFailed as error:
        return Message(error.code, error.facts)


def _log(station: Station, session: Session, kept_head: Head | Message | None) -> Iterator[Message]:
    """The log's chain holds by the station's key, it ends where it ended, and the rows are what it says."""
    check = LogCheck(session, station.settings.station.key_file)
    yield from check.end(kept_head)
    yield from _nightly(station, check)
    yield from check.differences


def _nightly(station: Station, check: LogCheck) -> Iterator[Message]:
    """The end of the log that the newest nightly backup took along, where one can be read and is ours."""
    backup_settings, key = station.settings.backup, station.catalogue.key
    newest = nightly_backup.newest(station.settings, backup_settings) if backup_settings is not None else None
    if newest is None or key is None:
        return
    try:
        with split_file.open_pieces(newest) as pieces:
            content = restore.manifest(pieces)
        made_at = datetime.fromisoformat(str(content.get("made_at")))
    except (OSError, Refused, ValueError):
        return  # a stick that is not plugged in, or a backup that is no proof of anything
    replaced = check.restored_at is not None and made_at <= check.restored_at
    if backup_seal.is_proven(content, key) and not replaced and not check.has(str(content.get("event_head"))):
        yield Message("verify-log-nightly", {"file": newest})


def _file(station: Station, name: str, sha256: str) -> Iterator[Message]:
    path: Path = station.folders.data / name
    try:
        if durable.sha256_of(path) != sha256:
            yield Message("verify-changed", {"file": name})
    except FileNotFoundError:
        yield Message("verify-missing", {"file": name})
    except OSError as error:
        yield Message("verify-unreadable", {"file": name, "detail": error.strerror or error})
