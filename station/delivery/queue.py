"""The delivery queue: each file of a package on its way to each destination, until a receipt is stored for it.

Only one process delivers at a time. Files of a package go in order, the manifest last; trouble at one destination does
not hold up another. The queue is in the catalogue, so a kill at any point costs at most one piece sent again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from station.catalogue import event_log
from station.catalogue.models import Delivery, Package, PackageFile, Receipt, Switch, constant
from station.context import Station
from station.delivery import destinations, progress, removable_media
from station.delivery.destinations.contract import DeliveryFile, Destination
from station.delivery.progress import PAUSED, CatalogueTransfer, may_go_on
from station.domain.states import DELIVERY_MOVES, DeliveryState, LedgerState, PackageKind, PackageState
from station.errors import DeliveryClosed, DeliveryHeld, DeliveryStuck, DeliveryWaits, Refused
from station.ledger import ledgers
from station.messages import Message
from station.settings.tables import AnyDestination
from station.storage.checkpoints import Checkpoint, reach

#: The first and the longest wait before a delivery is tried again (s), doubled in between.
_FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0


def package_name(package: Package) -> str:
    """``PLACE:TYPE.YEAR.BOOK/r1``: unique in the station, and what a receipt names."""
    return f"{ledgers.reference(package.ledger)}/{Path(package.folder).name}"


def queue(station: Station, session: Session, package: Package, *, who: str) -> None:
    """Queue a package's files to every destination of the settings that does not have them queued yet."""
    for destination in station.settings.destinations:
        files = [file.id for file in package.files]
        queued_files = select(Delivery.file_id).where(
            Delivery.destination == destination.id, Delivery.file_id.in_(files)
        )
        new = set(files) - set(session.scalars(queued_files))
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
            event_log.record(
                session, who, "package-queued", ledgers.reference(package.ledger), package=name, to=destination.id
            )


def all_deliveries(session: Session, *which: ColumnElement[bool]) -> Sequence[Delivery]:
    """All deliveries, or such ones, in the order they are made."""
    query = select(Delivery).join(PackageFile).where(*which).options(selectinload(Delivery.receipt))
    return session.scalars(query.order_by(PackageFile.package_id, Delivery.destination, PackageFile.position)).all()


def open_() -> ColumnElement[bool]:
    """The condition that a delivery has no receipt yet: what a run takes up."""
    return Delivery.state != constant(DeliveryState.RECEIPTED)


def last_trouble(delivery: Delivery) -> Message | None:
    """The last trouble of a delivery, in words; None when all is well."""
    return Message(delivery.error, delivery.detail or {}) if delivery.error else None


def pause(station: Station, paused: bool, *, who: str) -> None:
    """Hold all deliveries, or let them go on; the decision outlives restarts."""
    with station.catalogue.writing() as session:
        switch = session.scalars(select(Switch).where(Switch.name == PAUSED)).one_or_none() or Switch(name=PAUSED)
        switch.on = paused
        session.add(switch)
        event_log.record(session, who, "queue-paused" if paused else "queue-resumed")


def is_paused(station: Station) -> bool:
    """Whether all deliveries are held."""
    with station.catalogue.reading() as session:
        return progress.is_paused(session)


def retry(station: Station, delivery_id: int, *, who: str) -> None:
    """Put a delivery that waits or is stuck back into the queue."""
    with station.catalogue.writing() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None:
            raise Refused("delivery-unknown", id=delivery_id)
        if delivery.state not in (DeliveryState.WAITING, DeliveryState.STUCK):
            raise Refused("delivery-not-retried", id=delivery_id, state=delivery.state)
        delivery.state, delivery.error, delivery.detail, delivery.next_try_at = DeliveryState.QUEUED, None, None, None
        event_log.record(session, who, "delivery-retried", delivery=delivery_id)


def run(station: Station, *, only_due: bool = False, destination: str | None = None) -> Iterator[Delivery]:
    """Try every open delivery once (to one destination, or all), in order; gives each as it stands afterwards.

    With ``only_due`` those whose wait is not over are left alone; without, a person asked, and everything is tried.
    After trouble the rest of that package is left for that destination, so the manifest is never there before the files
    it names. Raises ``Refused`` when deliveries are paused, also in the middle, or somebody else delivers there.
    """
    with _alone(station, destination), ExitStack() as lines:
        with station.catalogue.reading() as session:
            if progress.is_paused(session):
                raise Refused("queue-paused")
            now = datetime.now(UTC)
            waiting = [
                (item.id, item.file.package_id, item.destination, not only_due or _due(station, item, now))
                for item in all_deliveries(session, open_())
                if destination in (None, item.destination)
            ]
        senders = _Senders(station, lines)
        skipped: set[tuple[int, str]] = set()
        for delivery_id, package_id, goes_to, due in waiting:
            if (package_id, goes_to) in skipped:
                continue
            if not due or not _deliver(station, delivery_id, senders):
                skipped.add((package_id, goes_to))
            if due:
                with station.catalogue.reading() as session:
                    yield session.get_one(Delivery, delivery_id)
        reach(Checkpoint.IDLE)


def next_due(station: Station, destination: str | None = None) -> datetime | None:
    """When the next delivery (to one destination, or any) can be tried that needs no person; None: there is none.

    What a file ahead in its package holds up does not count by itself.
    """
    moments: list[datetime] = []
    ahead: set[tuple[int, str]] = set()
    with station.catalogue.reading() as session:
        for item in all_deliveries(session, open_()):
            if (item.file.package_id, item.destination) in ahead:
                continue
            if destination not in (None, item.destination):
                continue
            ahead.add((item.file.package_id, item.destination))
            if item.state != DeliveryState.STUCK:
                moments.append(_due_at(item))
    return min(moments, default=None)


def _due(station: Station, delivery: Delivery, now: datetime) -> bool:
    """Whether its wait is over: by the clock, or because the stick was plugged in that it waits for."""
    back = delivery.error == "destination-no-stick" and removable_media.is_plugged_in(station, delivery.destination)
    return back or _due_at(delivery) <= now


def _due_at(delivery: Delivery) -> datetime:
    return delivery.next_try_at or delivery.created_at


def _deliver(station: Station, delivery_id: int, senders: _Senders) -> bool:
    """Try one; whether it has its receipt now. Raises ``Refused`` where a person paused in the middle."""
    with station.catalogue.writing() as session:
        delivery = session.get_one(Delivery, delivery_id)
        _move(delivery, DeliveryState.SENDING)
        delivery.attempts += 1
        destination_id, delivery_file, before = (
            delivery.destination,
            delivery_file_of(station, delivery),
            delivery.bytes_sent,
        )
    transfer: CatalogueTransfer | None = None
    try:
        destination = senders.table(destination_id)
        may_go_on(station, destination)
        transfer = CatalogueTransfer(station, delivery_id, destination, before)
        reach(Checkpoint.DELIVERING, delivery_file.target.name)
        store = senders.sender(destination).send(delivery_file, transfer)
    except DeliveryHeld as error:
        _back(station, delivery_id, transfer)
        raise Refused(error.code, **error.facts) from error
    except DeliveryWaits as error:
        _note(station, delivery_id, error, transfer)
        return False
    _receipt(station, delivery_id, store)
    return True


class _Senders:
    """What sends to the destinations of the settings: opened for the first file, it stays open for a whole run."""

    def __init__(self, station: Station, lines: ExitStack) -> None:
        self._tables = {table.id: table for table in station.settings.destinations}
        self._lines = lines
        self._open: dict[str, Destination] = {}

    def table(self, destination_id: str) -> AnyDestination:
        if destination_id not in self._tables:
            raise DeliveryStuck("destination-unknown", destination=destination_id)
        return self._tables[destination_id]

    def sender(self, table: AnyDestination) -> Destination:
        if table.id not in self._open:
            self._open[table.id] = self._lines.enter_context(destinations.open_destination(table))
        return self._open[table.id]


def delivery_file_of(station: Station, delivery: Delivery) -> DeliveryFile:
    """Below the destination, a package lies as in the station's own data folder, under the station's id."""
    file = delivery.file
    source = station.folders.data / file.package.folder / file.name
    package = Path(file.package.folder).relative_to(station.folders.ledgers.relative_to(station.folders.data))
    ledger, revision = package.parent.parent, package.name
    own = station.settings.station.id
    target = Path(own, ledger, revision, file.name)
    return DeliveryFile(source, target, file.sha256, file.bytes, package_name(file.package), own)


def _back(station: Station, delivery_id: int, transfer: CatalogueTransfer | None) -> None:
    """Into the queue again, with what it has, for a person paused."""
    with station.catalogue.writing() as session:
        delivery = session.get_one(Delivery, delivery_id)
        _move(delivery, DeliveryState.QUEUED)
        delivery.error, delivery.detail, delivery.next_try_at = None, None, None
        delivery.bytes_sent = transfer.sent if transfer else delivery.bytes_sent


def _note(station: Station, delivery_id: int, error: DeliveryWaits, transfer: CatalogueTransfer | None) -> None:
    with station.catalogue.writing() as session:
        delivery = session.get_one(Delivery, delivery_id)
        _move(delivery, DeliveryState.STUCK if isinstance(error, DeliveryStuck) else DeliveryState.WAITING)
        delivery.bytes_sent = transfer.sent if transfer else delivery.bytes_sent
        delivery.error = error.code
        delivery.detail = storable(error.facts)
        progressed = transfer is not None and transfer.progressed
        delivery.next_try_at = next_try(error, delivery.attempts, progressed=progressed)


def storable(facts: Mapping[str, object]) -> dict[str, int | str]:
    """The facts of a trouble as the catalogue keeps them."""
    return {name: fact if isinstance(fact, int) else str(fact) for name, fact in facts.items()}


def next_try(error: DeliveryWaits, attempts: int, *, progressed: bool = False) -> datetime:
    """When to try again after so many attempts; soon where the last one came further than those before."""
    if isinstance(error, DeliveryClosed):
        return error.opens
    # Longer each time, and not at the same moment as all other stations; what a person must mend, seldom.
    patient = isinstance(error, DeliveryStuck) or attempts > 10
    wait = LONGEST_WAIT if patient else min(_FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    if progressed:
        wait = _FIRST_WAIT
    return datetime.now(UTC) + timedelta(seconds=wait * random.uniform(0.75, 1))


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
        delivery.next_try_at = None
        session.flush()
        reference = ledgers.reference(package.ledger)
        sha256 = delivery.file.sha256
        event_log.record(
            session, "delivery", "receipt", reference, package=name, file=delivery.file.name, sha256=sha256
        )
        undelivered = (
            select(Delivery.id)
            .join(PackageFile)
            .where(PackageFile.package_id == package.id, Delivery.state != DeliveryState.RECEIPTED)
        )
        if session.scalars(undelivered.limit(1)).first() is None:
            package.state = PackageState.DELIVERED
            ledger = package.ledger
            later = select(Package.id).where(
                Package.ledger_id == ledger.id, Package.kind == package.kind, Package.revision > package.revision
            )
            if (
                package.kind == PackageKind.ENTRIES
                and not package.partial
                and ledger.state == LedgerState.PACKAGED
                and session.scalars(later.limit(1)).first() is None
            ):
                ledgers.move(ledger, LedgerState.DELIVERED)


def _move(delivery: Delivery, state: DeliveryState) -> None:
    if state not in DELIVERY_MOVES[DeliveryState(delivery.state)]:
        raise ValueError(f"delivery {delivery.id}: {delivery.state} -> {state}")
    delivery.state = state


@contextmanager
def _alone(station: Station, destination: str | None) -> Iterator[None]:
    """Be the only one who delivers to the destination, or to each of the settings: a long upload holds up no stick."""
    ids = [destination] if destination else sorted(one.id for one in station.settings.destinations)
    with ExitStack() as stack:
        for name in ids:
            if not stack.enter_context(destinations.exclusive_delivery(station.folders, name)):
                raise Refused("delivery-running")
        yield
