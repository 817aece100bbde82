"""Packages on their way, newest first: what a person sees of the delivery queue, some packages at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from station.catalogue.models import Delivery, Package, PackageFile
from station.context import Station
from station.delivery import progress
from station.delivery import queue as delivery_queue
from station.domain.states import DeliveryState
from station.ledger import ledgers
from station.messages import Message

#: Trouble first: a package is as its file that needs most attention is.
_URGENCY = (
    DeliveryState.STUCK,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
    DeliveryState.QUEUED,
    DeliveryState.RECEIPTED,
)


@dataclass(frozen=True)
class SentFile:
    """One file of a shipment; ``received`` is when its receipt was stored."""

    name: str
    bytes: int
    sha256: str
    received: datetime | None


@dataclass(frozen=True)
class Shipment:
    """A package on its way to one destination.

    ``trouble`` is what holds it up, ``next_try`` when it is tried again; ``retry`` is the delivery that a person may
    try now, None where nothing waits.
    """

    destination: str
    state: DeliveryState
    bytes_sent: int
    bytes_total: int
    files: list[SentFile]
    trouble: Message | None
    next_try: datetime | None
    retry: int | None


@dataclass(frozen=True)
class SentPackage:
    """A package with its shipments."""

    id: int
    place: str
    commune: str
    ledger: str
    revision: int
    kind: str
    partial: bool
    made_by: str
    made_at: datetime
    bytes: int
    shipments: list[Shipment]


@dataclass(frozen=True)
class DeliveryBoard:
    """A page of the queue, and the whole in figures.

    ``waiting`` counts the packages that are not received everywhere, ``stuck`` those of them which need a person;
    ``bytes_left`` is what is still to be sent.
    """

    packages: list[SentPackage]
    page: int
    pages: int
    all: int
    waiting: int
    stuck: int
    bytes_left: int
    paused: bool


def board(station: Station, *, page: int, size: int, only_open: bool) -> DeliveryBoard:
    """Page ``page`` (from 1, the nearest there is) of so many packages; ``only_open`` leaves out received ones."""
    with station.catalogue.reading() as session:
        every = _count(session)
        waiting = _count(session, delivery_queue.open_())
        pages = max(1, -(-(waiting if only_open else every) // size))
        page = min(max(page, 1), pages)
        query = select(PackageFile.package_id).join(Delivery).distinct().order_by(PackageFile.package_id.desc())
        if only_open:
            query = query.where(delivery_queue.open_())
        shown = session.scalars(query.offset((page - 1) * size).limit(size)).all()
        left = select(func.sum(PackageFile.bytes - Delivery.bytes_sent)).select_from(Delivery).join(PackageFile)
        return DeliveryBoard(
            packages=_packages(session, shown),
            page=page,
            pages=pages,
            all=every,
            waiting=waiting,
            stuck=_count(session, delivery_queue.open_(), Delivery.state == DeliveryState.STUCK),
            bytes_left=session.scalar(left.where(delivery_queue.open_())) or 0,
            paused=progress.is_paused(session),
        )


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    if not which:  # one delivery of each package is enough: what was ever sent is not read through
        sent = select(Delivery.id).join(PackageFile).where(PackageFile.package_id == Package.id)
        return session.scalar(select(func.count()).select_from(Package).where(sent.exists())) or 0
    query = select(func.count(PackageFile.package_id.distinct())).select_from(Delivery).join(PackageFile)
    return session.scalar(query.where(*which)) or 0


def _packages(session: Session, ids: Iterable[int]) -> list[SentPackage]:
    query = (
        select(Delivery)
        .join(PackageFile)
        .where(PackageFile.package_id.in_(ids))
        .order_by(PackageFile.package_id.desc(), Delivery.destination, PackageFile.position)
        .options(selectinload(Delivery.receipt))
    )
    of_package = groupby(session.scalars(query), lambda item: item.file.package)
    return [_package(package, list(deliveries)) for package, deliveries in of_package]


def _package(package: Package, deliveries: list[Delivery]) -> SentPackage:
    shipments = [_shipment(list(items)) for _, items in groupby(deliveries, lambda item: item.destination)]
    ledger = package.ledger
    return SentPackage(
        id=package.id,
        place=ledger.place.code,
        commune=ledger.place.commune,
        ledger=ledgers.name_of(ledger),
        revision=package.revision,
        kind=package.kind,
        partial=package.partial,
        made_by=package.made_by,
        made_at=package.started_at,
        bytes=shipments[0].bytes_total,
        shipments=shipments,
    )


def _shipment(deliveries: list[Delivery]) -> Shipment:
    urgent = min(deliveries, key=lambda item: _URGENCY.index(DeliveryState(item.state)))
    held = urgent.state in (DeliveryState.STUCK, DeliveryState.WAITING)
    return Shipment(
        destination=urgent.destination,
        state=DeliveryState(urgent.state),
        bytes_sent=sum(item.bytes_sent for item in deliveries),
        bytes_total=sum(item.file.bytes for item in deliveries),
        files=[_file(item) for item in deliveries],
        trouble=delivery_queue.last_trouble(urgent),
        next_try=urgent.next_try_at if held else None,
        retry=urgent.id if held else None,
    )


def _file(item: Delivery) -> SentFile:
    received = item.receipt.at if item.receipt is not None else None
    return SentFile(item.file.name, item.file.bytes, item.file.sha256, received)
