"""The delivery queue: each file of a package on its way to each destination, until a receipt is stored for it.

Only one process delivers at a time. Files of a package go in order, the manifest last; trouble at one destination does
not hold up another. The queue is in the catalogue, so a kill at any point costs at most one piece sent again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station import durable, events, folder_destination, ledgers
from station.errors import DeliveryWaits, Refused
from station.folder_destination import Parcel
from station.messages import Said
from station.models import Delivery, Package, PackageFile, Receipt, Switch
from station.opening import Station
from station.points import Point, reach
from station.settings_tables import FolderDestination
from station.states import DELIVERY_MOVES, DeliveryState, LedgerState, PackageState

PAUSED = "deliveries-paused"
#: What a run takes up: everything that has no receipt yet.
_OPEN = tuple(state for state in DeliveryState if state != DeliveryState.RECEIPTED)


def package_name(package: Package) -> str:
    """``PLACE:TYPE.YEAR.BOOK/r1``: unique in the station, and what a receipt names."""
    return f"{ledgers.reference(package.ledger)}/{Path(package.folder).name}"


def queue(station: Station, session: Session, package: Package, *, who: str) -> None:
    """Queue a package's files to every destination of the settings that does not have them queued yet."""
    for destination in station.settings.destinations:
        files = [file.id for file in package.files]
        known = select(Delivery.file_id).where(Delivery.destination == destination.id, Delivery.file_id.in_(files))
        new = set(files) - set(session.scalars(known))
        for file in package.files:
            if file.id in new:
                session.add(
                    Delivery(
                        file_id=file.id,
                        destination=destination.id,
                        state=DeliveryState.QUEUED,
                        created_at=datetime.now(UTC),
                    )
                )
        if new:
            name = package_name(package)
            events.record(
                session, who, "package-queued", ledgers.reference(package.ledger), package=name, to=destination.id
            )


def listed(session: Session) -> Sequence[Delivery]:
    """All deliveries in the order they are made."""
    return session.scalars(
        select(Delivery).join(PackageFile).order_by(PackageFile.package_id, Delivery.destination, PackageFile.position)
    ).all()


def trouble(delivery: Delivery) -> Said | None:
    """The last trouble of a delivery, in words; None when all is well."""
    return Said(delivery.error, delivery.detail or {}) if delivery.error else None


def pause(station: Station, paused: bool, *, who: str) -> None:
    """Hold all deliveries, or let them go on; the decision outlives restarts."""
    with station.catalogue.writing() as session:
        switch = session.scalars(select(Switch).where(Switch.name == PAUSED)).one_or_none() or Switch(name=PAUSED)
        switch.on = paused
        session.add(switch)
        events.record(session, who, "queue-paused" if paused else "queue-resumed")


def retry(station: Station, delivery_id: int, *, who: str) -> None:
    """Put a delivery that waits or is stuck back into the queue."""
    with station.catalogue.writing() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None:
            raise Refused("delivery-unknown", id=delivery_id)
        if DeliveryState.QUEUED not in DELIVERY_MOVES[DeliveryState(delivery.state)]:
            raise Refused("delivery-not-retried", id=delivery_id, state=delivery.state)
        delivery.state, delivery.error, delivery.detail, delivery.next_try_at = DeliveryState.QUEUED, None, None, None
        events.record(session, who, "delivery-retried", delivery=delivery_id)


def run(station: Station) -> Iterator[Delivery]:
    """Try every open delivery once, in order; gives each as it stands afterwards.

    After trouble the rest of that package is left for that destination, so the manifest is never there before the files
    it names. Raises ``Refused`` when deliveries are paused or another process delivers.
    """
    with _alone(station):
        with station.catalogue.reading() as session:
            if session.scalars(select(Switch.on).where(Switch.name == PAUSED)).one_or_none():
                raise Refused("queue-paused")
            waiting = [
                (item.id, item.file.package_id, item.destination) for item in listed(session) if item.state in _OPEN
            ]
        held: set[tuple[int, str]] = set()
        for delivery_id, package_id, destination in waiting:
            if (package_id, destination) in held:
                continue
            if not _deliver(station, delivery_id):
                held.add((package_id, destination))
            with station.catalogue.reading() as session:
                yield session.get_one(Delivery, delivery_id)
        reach(Point.IDLE)


def _deliver(station: Station, delivery_id: int) -> bool:
    try:
        with station.catalogue.writing() as session:
            delivery = session.get_one(Delivery, delivery_id)
            _move(delivery, DeliveryState.SENDING)
            delivery.attempts += 1
            root = _root(station, delivery.destination)
            parcel = _parcel(station, delivery)
        reach(Point.DELIVERING, parcel.target.name)
        store = folder_destination.send(root, parcel, lambda sent: _tell(station, delivery_id, sent))
    except DeliveryWaits as error:
        _note(station, delivery_id, error)
        return False
    _receipt(station, delivery_id, store)
    return True


def _root(station: Station, destination_id: str) -> Path:
    for destination in station.settings.destinations:
        if destination.id == destination_id:
            if isinstance(destination, FolderDestination):
                return destination.path
            raise DeliveryWaits("destination-kind", destination=destination_id)
    raise DeliveryWaits("destination-unknown", destination=destination_id)


def _parcel(station: Station, delivery: Delivery) -> Parcel:
    """Below the destination, a package lies as in the station's own data folder, under the station's id."""
    file = delivery.file
    source = station.folders.data / file.package.folder / file.name
    package = Path(file.package.folder).relative_to(station.folders.ledgers.relative_to(station.folders.data))
    ledger, revision = package.parent.parent, package.name
    return Parcel(source, Path(station.settings.station.id, ledger, revision, file.name), file.sha256, file.bytes)


def _tell(station: Station, delivery_id: int, sent: int) -> None:
    with station.catalogue.writing() as session:
        session.get_one(Delivery, delivery_id).bytes_sent = sent


def _note(station: Station, delivery_id: int, error: DeliveryWaits) -> None:
    with station.catalogue.writing() as session:
        delivery = session.get_one(Delivery, delivery_id)
        _move(delivery, DeliveryState.STUCK)
        delivery.error = error.code
        delivery.detail = {name: fact if isinstance(fact, int) else str(fact) for name, fact in error.facts.items()}


def _receipt(station: Station, delivery_id: int, store: str) -> None:
    """Store the proof; a package whose files all have theirs is delivered, and so is its ledger when it is closed."""
    with station.catalogue.writing() as session:
        delivery = session.get_one(Delivery, delivery_id)
        package = delivery.file.package
        name = package_name(package)
        session.add(
            Receipt(
                delivery_id=delivery_id,
                sha256=delivery.file.sha256,
                bytes=delivery.file.bytes,
                package=name,
                station=station.settings.station.id,
                store=f"{delivery.destination}:{store}",
                at=datetime.now(UTC),
            )
        )
        _move(delivery, DeliveryState.RECEIPTED)
        delivery.bytes_sent, delivery.error, delivery.detail = delivery.file.bytes, None, None
        session.flush()
        reference = ledgers.reference(package.ledger)
        sha256 = delivery.file.sha256
        events.record(session, "delivery", "receipt", reference, package=name, file=delivery.file.name, sha256=sha256)
        left = (
            select(Delivery.id)
            .join(PackageFile)
            .where(PackageFile.package_id == package.id, Delivery.state != DeliveryState.RECEIPTED)
        )
        if session.scalars(left.limit(1)).first() is None:
            package.state = PackageState.DELIVERED
            if package.kind == "entries" and package.ledger.state == LedgerState.PACKAGED and not package.partial:
                ledgers.move(package.ledger, LedgerState.DELIVERED)


def _move(delivery: Delivery, state: DeliveryState) -> None:
    if state not in DELIVERY_MOVES[DeliveryState(delivery.state)]:
        raise ValueError(f"delivery {delivery.id}: {delivery.state} -> {state}")
    delivery.state = state


@contextmanager
def _alone(station: Station) -> Iterator[None]:
    durable.make_folders(station.folders.locks)
    descriptor = os.open(station.folders.locks / "delivery", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("delivery-running") from error
        yield
    finally:
        os.close(descriptor)
