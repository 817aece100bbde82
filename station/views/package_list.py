"""The packages that were made of a ledger, with their files, and how far each destination has received them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from station.catalogue.models import Delivery, Package, PackageFile
from station.context import Station
from station.domain.states import DeliveryState, PackageState
from station.ledger import ledgers
from station.packaging import packages
from station.views.listings import Row


def packages_of(station: Station, ledger_text: str) -> list[Row]:
    """The ledger's packages, the newest first.

    ``destinations`` tells for each how many of the files have a receipt, and since when all have.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        made = select(Package).where(Package.ledger_id == ledger.id, Package.state != PackageState.BUILDING)
        found = session.scalars(made.order_by(Package.id.desc()).options(selectinload(Package.files))).all()
        names = {package.id: packages.revision_name(package.kind, package.revision) for package in found}
        under_way = select(Delivery).join(PackageFile).where(PackageFile.package_id.in_(list(names)))
        deliveries: dict[int, dict[str, list[Delivery]]] = {}
        for item in session.scalars(under_way.options(selectinload(Delivery.receipt)).order_by(Delivery.id)):
            deliveries.setdefault(item.file.package_id, {}).setdefault(item.destination, []).append(item)
        return [
            {
                "name": names[package.id],
                "kind": package.kind,
                "state": package.state,
                "partial": package.partial,
                "totals": package.totals,
                "closed_reason": package.closed_reason,
                "supersedes": names.get(package.supersedes_id or 0),
                "made_by": package.made_by,
                "made_at": package.started_at,
                "files": [{"id": file.id, "name": file.name, "bytes": file.bytes} for file in package.files],
                "destinations": [_destination(name, items) for name, items in deliveries.get(package.id, {}).items()],
            }
            for package in found
        ]


def _destination(name: str, items: list[Delivery]) -> Row:
    received = [item.receipt.at for item in items if item.receipt is not None]
    return {
        "destination": name,
        "received": len(received),
        "files": len(items),
        "stuck": any(item.state == DeliveryState.STUCK for item in items),
        "at": max(received) if len(received) == len(items) else None,
    }
