"""The packages that were made of a ledger, with their files, and how far each destination has received them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from station.catalogue.models import Delivery, Package, PackageFile
from station.context import Station
from station.domain.states import DeliveryState, PackageState
from station.ledger import ledgers
from station.packaging import packages


@dataclass(frozen=True)
class PackedFile:
    """A file of a package, by its id in the catalogue."""

    id: int
    name: str
    bytes: int


@dataclass(frozen=True)
class ReceivedFiles:
    """How many of a package's files have a receipt of a destination; ``at`` is since when all have, None before."""

    destination: str
    received: int
    files: int
    stuck: bool
    at: datetime | None


@dataclass(frozen=True)
class ListedPackage:
    """A package that was made, and how far each destination has received it."""

    name: str
    kind: str
    state: str
    partial: bool
    totals: str | None
    rows: str | None
    closed_reason: str | None
    supersedes: str | None
    made_by: str
    made_at: datetime
    files: list[PackedFile]
    destinations: list[ReceivedFiles]


def packages_of(station: Station, ledger_text: str) -> list[ListedPackage]:
    """The ledger's packages, the newest first."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        query = select(Package).where(Package.ledger_id == ledger.id, Package.state != PackageState.BUILDING)
        package_rows = session.scalars(query.order_by(Package.id.desc()).options(selectinload(Package.files))).all()
        names = {package.id: packages.revision_name(package.kind, package.revision) for package in package_rows}
        under_way = select(Delivery).join(PackageFile).where(PackageFile.package_id.in_(list(names)))
        deliveries: dict[int, dict[str, list[Delivery]]] = {}
        for item in session.scalars(under_way.options(selectinload(Delivery.receipt)).order_by(Delivery.id)):
            deliveries.setdefault(item.file.package_id, {}).setdefault(item.destination, []).append(item)
        return [
            ListedPackage(
                name=names[package.id],
                kind=package.kind,
                state=package.state,
                partial=package.partial,
                totals=package.totals,
                rows=package.rows,
                closed_reason=package.closed_reason,
                supersedes=names.get(package.supersedes_id or 0),
                made_by=package.made_by,
                made_at=package.started_at,
                files=[PackedFile(file.id, file.name, file.bytes) for file in package.files],
                destinations=[_received(name, items) for name, items in deliveries.get(package.id, {}).items()],
            )
            for package in package_rows
        ]


def _received(destination: str, items: list[Delivery]) -> ReceivedFiles:
    moments = [item.receipt.at for item in items if item.receipt is not None]
    return ReceivedFiles(
        destination=destination,
        received=len(moments),
        files=len(items),
        stuck=any(item.state == DeliveryState.STUCK for item in items),
        at=max(moments) if len(moments) == len(items) else None,
    )
