"""Freeing the masters of delivered ledgers, by the policy of the settings; off where they do not ask for it.

A master goes only when all of this is proven at that moment: every file of a masters package has its receipt, long
enough ago; the package's archive here is what the receipt names, and holds every master byte for byte; and a
destination, asked again, still holds that archive. Rows, PDFs and entry packages stay; the log says what went.
"""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Delivery, Ledger, Package, PackageFile
from station.context import Station
from station.delivery import destinations
from station.delivery import queue as delivery_queue
from station.domain.states import DeliveryState, LedgerState, PackageKind, PackageState
from station.errors import DeliveryWaits, Refused, StorageFailed
from station.ledger import ledgers, page_readings
from station.messages import Message
from station.settings.tables import AnyDestination
from station.storage import deterministic_zip, durable
from station.system import clock
from station.upkeep.backup import exclusive_upkeep


@dataclass(frozen=True)
class Outcome:
    """What became of one delivered ledger: ``bytes`` freed, or the reason why it stays."""

    ledger: str
    bytes: int
    reason: Message | None


class _Stays(Exception):
    """This ledger keeps its masters."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.message = Message(code, facts)


def free(station: Station, *, who: str, only_look: bool = False) -> list[Outcome]:
    """Free what the policy allows now; one outcome for each delivered ledger that still has masters.

    ``only_look`` says what would be freed. ``Refused`` where the settings ask for nothing ("retention-off") or the
    clock cannot be believed ("retention-clock").
    """
    days = station.settings.retention.masters_after_days
    if days is None:
        raise Refused("retention-off")
    if (wrong := clock.trouble(station)) is not None:
        raise Refused("retention-clock", why=wrong)
    with exclusive_upkeep(station):
        _finish(station)
        return [_ledger(station, one, days, who, only_look) for one in _delivered(station)]


def bring_back(station: Station, ledger_text: str, file: Path, *, who: str) -> int:
    """Put the freed masters of a ledger back from the archive of its masters package; gives how many.

    ``Refused`` ("retention-other-archive") where the archive does not hold them byte for byte; nothing is changed then.
    """
    with exclusive_upkeep(station):
        _finish(station)
        with station.catalogue.reading() as session:
            ledger = ledgers.find(session, ledger_text)
            query = select(Capture.file, Capture.sha256).where(
                Capture.ledger_id == ledger.id, Capture.freed_at.is_not(None)
            )
            expected_hashes: dict[str, str] = {row.file: row.sha256 for row in session.execute(query)}
            ledger_id = ledger.id
        if not expected_hashes:
            raise Refused("retention-nothing-freed", ledger=ledger_text)
        _insist_on(file, {Path(name).name: sha256 for name, sha256 in expected_hashes.items()})
        with zipfile.ZipFile(file) as pack:
            for name, sha256 in expected_hashes.items():
                final = station.folders.data / name
                if not final.exists():
                    with durable.new_file(final) as temporary:
                        deterministic_zip.extract(pack, final.name, temporary, sha256)
        with station.catalogue.writing() as session:
            for capture in session.scalars(select(Capture).where(Capture.ledger_id == ledger_id)):
                capture.freed_at = None
            ledger = session.get_one(Ledger, ledger_id)
            event_log.record(
                session, who, "masters-brought-back", ledgers.reference(ledger), files=len(expected_hashes)
            )
    return len(expected_hashes)


def _delivered(station: Station) -> list[int]:
    with station.catalogue.reading() as session:
        undelivered = select(Capture.ledger_id).where(Capture.freed_at.is_(None))
        query = select(Ledger.id).where(Ledger.state == LedgerState.DELIVERED, Ledger.id.in_(undelivered))
        return list(session.scalars(query.order_by(Ledger.id)))


def _ledger(station: Station, ledger_id: int, days: int, who: str, only_look: bool) -> Outcome:
    with station.catalogue.reading() as session:
        name = ledgers.reference(session.get_one(Ledger, ledger_id))
        try:
            package = _package(session, ledger_id, days)
            book = next(file for file in package.files if file.name.endswith(".zip"))
            _insist_that_it_is_held(station, session, book)
            _insist_that_it_holds_all(station, session, book)
        except _Stays as stays:
            return Outcome(name, 0, stays.message)
        size = book.bytes + sum(
            session.scalars(select(Capture.bytes).where(Capture.ledger_id == ledger_id, Capture.freed_at.is_(None)))
        )
    if not only_look:
        _take_out(station, ledger_id, book.id, size, who)
        _finish(station)
    return Outcome(name, size, None)


def _package(session: Session, ledger_id: int, days: int) -> Package:
    """The newest masters package, when it was delivered in whole and long enough ago."""
    query = select(Package).where(Package.ledger_id == ledger_id, Package.kind == PackageKind.MASTERS)
    newest = session.scalars(query.order_by(Package.revision.desc()).limit(1)).first()
    if newest is None or newest.state != PackageState.DELIVERED or newest.partial:
        raise _Stays("retention-not-delivered")
    moments = [item.receipt.at for item in _deliveries(session, newest.files) if item.receipt is not None]
    if not moments:
        raise _Stays("retention-not-delivered")  # the station delivered it that the ledger was taken over from
    age = datetime.now(UTC) - max(moments)
    if age < timedelta(days=days):
        raise _Stays("retention-too-early", days=days, left=days - age.days)
    return newest


def _insist_that_it_holds_all(station: Station, session: Session, book: PackageFile) -> None:
    """The archive here is what was receipted, and holds every master as the catalogue and the disk have it."""
    path = station.folders.data / book.package.folder / book.name
    captures = session.scalars(select(Capture).where(Capture.ledger_id == book.package.ledger_id)).all()
    for name, sha256 in [*((one.file, one.sha256) for one in captures), (station.folders.relative(path), book.sha256)]:
        try:
            same = durable.sha256_of(station.folders.data / name) == sha256
        except OSError:
            same = False
        if not same:
            raise _Stays("retention-file-differs", file=Path(name).name)
    try:
        _insist_on(path, {Path(one.file).name: one.sha256 for one in captures})
    except Refused as error:
        raise _Stays("retention-file-differs", file=book.name) from error


def _insist_that_it_is_held(station: Station, session: Session, book: PackageFile) -> None:
    """A receipt says that the bytes arrived; that they are still there, only asking again does."""
    for item in _deliveries(session, [book]):
        receipt, destination = item.receipt, _destination(station, item.destination)
        if receipt is None or destination is None or (receipt.sha256, receipt.bytes) != (book.sha256, book.bytes):
            continue
        with destinations.open_destination(destination) as sender, suppress(DeliveryWaits):
            if sender.holds(delivery_queue.delivery_file_of(station, item)):
                return
    raise _Stays("retention-not-held", file=book.name)


def _destination(station: Station, destination_id: str) -> AnyDestination | None:
    return next((one for one in station.settings.destinations if one.id == destination_id), None)


def _deliveries(session: Session, files: list[PackageFile]) -> list[Delivery]:
    query = select(Delivery).where(
        Delivery.file_id.in_([file.id for file in files]), Delivery.state == DeliveryState.RECEIPTED
    )
    return list(session.scalars(query.order_by(Delivery.id)))


def _insist_on(path: Path, expected_hashes: dict[str, str]) -> None:
    """Refuse an archive that lacks one of the files; it may hold more."""
    try:
        differences = deterministic_zip.verify_zip(path, expected_hashes)
    except StorageFailed as error:
        raise Refused("retention-other-archive", path=path, name="-") from error
    if wrong := [one for one in differences if one.kind != deterministic_zip.MemberDifferenceKind.UNEXPECTED]:
        raise Refused("retention-other-archive", path=path, name=wrong[0].name)


def _take_out(station: Station, ledger_id: int, book_id: int, size: int, who: str) -> None:
    """The rows first: whoever is cut off between them and the files leaves files that are freed the next time."""
    now = datetime.now(UTC)
    with station.catalogue.writing() as session:
        ledger, book = session.get_one(Ledger, ledger_id), session.get_one(PackageFile, book_id)
        if ledger.state != LedgerState.DELIVERED:
            return  # somebody began to correct it meanwhile
        captures = session.scalars(select(Capture).where(Capture.ledger_id == ledger_id, Capture.freed_at.is_(None)))
        files = [capture.file for capture in captures.all()]
        for capture in session.scalars(select(Capture).where(Capture.file.in_(files))):
            capture.freed_at = now
        book.freed_at = now
        page_readings.drop(session, ledger)
        facts = {"package": delivery_queue.package_name(book.package), "sha256": book.sha256, "files": len(files)}
        event_log.record(session, who, "masters-freed", ledgers.reference(ledger), bytes=size, **facts)


def _finish(station: Station) -> None:
    """Remove the files whose rows say that they are freed."""
    with station.catalogue.reading() as session:
        freed_files = list(session.scalars(select(Capture.file).where(Capture.freed_at.is_not(None))))
        for book in session.scalars(select(PackageFile).where(PackageFile.freed_at.is_not(None))):
            freed_files.append(f"{book.package.folder}/{book.name}")
    folders = set()
    for name in freed_files:
        path = station.folders.data / name
        if path.exists():
            path.unlink()
            folders.add(path.parent)
    for pages_folder in folders:
        durable.sync_folder(pages_folder)
