"""Packages: revision N of what leaves the station for one ledger.

The same content gives the same bytes, and an unchanged ledger its existing revision. A package is three files, the
manifest last: entry PDFs (or all masters) in an archive, the workbook, and the manifest that names every byte.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Ledger, Package, PackagedEntry, PackageFile
from station.context import Station
from station.delivery import queue as delivery_queue
from station.domain.states import LedgerState, PackageKind, PackageState, RowState
from station.errors import Refused
from station.ledger import ledgers, practice
from station.packaging import entry_documents, manifest
from station.scanning import recovery
from station.storage import durable, locks
from station.storage.checkpoints import Checkpoint, reach


@dataclass(frozen=True)
class PackageRevision:
    """A package's revision: its files in order, absolute.

    ``rows`` is how far its workbook's rows are keyed, None where its type or kind goes without; ``checked`` whether it
    had the looks that it needs, None where it needs none.
    """

    revision: int
    partial: bool
    rows: RowState | None
    checked: bool | None
    files: tuple[Path, ...]


def make(station: Station, ledger_text: str, kind: PackageKind, *, who: str) -> PackageRevision:
    """Make the ledger's next revision, or return the one that is still true, and queue it to every destination."""
    recovery.recover(station)
    reach(Checkpoint.PACKAGING, ledger_text)
    # One at a time: a package that is being built looks to others like one that a kill left.
    with locks.hold(station.folders.locks / "package", wait=True):
        if kind == PackageKind.ENTRIES:
            entry_documents.update_documents(station, ledger_text)
        package_id = _begin(station, ledger_text, kind, who)
        _build(station, package_id)
        revision = _queue(station, package_id, who)
    reach(Checkpoint.IDLE)
    return revision


def folder_of(station: Station, package: Package) -> Path:
    """Where a package's files lie."""
    return station.folders.data / package.folder


def revision_name(kind: str, revision: int) -> str:
    """``r1``, for masters ``m1``: also the package's folder."""
    return f"{'m' if kind == PackageKind.MASTERS else 'r'}{revision}"


def _begin(station: Station, ledger_text: str, kind: PackageKind, who: str) -> int:
    """The package to build or return: the newest one when its content is the ledger's now, else a new revision."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        ledgers.check_is_here(ledger)
        practice.check_leaves(ledger)
        content = manifest.content(station, session, ledger, kind)
        if not content["entries" if kind == PackageKind.ENTRIES else "pages"]:
            raise Refused("package-empty", ledger=ledgers.name_of(ledger))
        content_hash = recipe(content)
        newest = _newest(session, ledger, kind)
        if newest is not None and newest.state == PackageState.BUILDING:
            # A kill left it half built; it never left the station, so its number is still free for what is now.
            _forget(station, session, newest)
            newest = _newest(session, ledger, kind)
        if newest is not None and newest.recipe == content_hash:
            return newest.id
        revision = 1 if newest is None else newest.revision + 1
        folder = station.folders.ledger(ledger.place.code, ledgers.name_of(ledger)) / "packages"
        while (folder / revision_name(kind, revision)).exists():
            revision += 1  # left the station before its catalogue was restored from an older backup: never reused
        package = Package(
            ledger_id=ledger.id,
            kind=kind,
            revision=revision,
            state=PackageState.BUILDING,
            partial=bool(content["partial"]),
            totals=content["totals"],
            checked=is_checked(content),
            rows=(content.get("rows") or {}).get("state"),
            closed_reason=(content["closed"] or {}).get("reason"),
            recipe=content_hash,
            folder=station.folders.relative(folder / revision_name(kind, revision)),
            event_head=event_log.head(session),
            supersedes_id=None if newest is None else newest.id,
            made_by=who,
            started_at=datetime.now(UTC),
        )
        session.add(package)
        session.flush()
        return package.id


def _build(station: Station, package_id: int) -> None:
    """Write the files of a package that is not made yet, first under a hidden folder, then all at once by its name."""
    with station.catalogue.reading() as session:
        package = session.get_one(Package, package_id)
        if package.state != PackageState.BUILDING:
            return
        if package.recipe != recipe(manifest.content(station, session, package.ledger, package.kind)):
            raise Refused("package-changed-meanwhile", ledger=ledgers.name_of(package.ledger))
        folder = folder_of(station, package)
        hidden = folder.with_name(f".{folder.name}{durable.TEMPORARY_SUFFIX}")
        shutil.rmtree(hidden, ignore_errors=True)
        with durable.storage_failures(folder):
            durable.make_folders(hidden)
            names = manifest.write(station, session, package, hidden)
            for name in names:
                durable.sync_file(hidden / name)
            durable.sync_folder(hidden)
            durable.name_exclusively(hidden, folder)
            durable.sync_folder(folder.parent)
        files = [
            PackageFile(
                package_id=package_id,
                position=position,
                name=name,
                sha256=durable.sha256_of(folder / name),
                bytes=(folder / name).stat().st_size,
            )
            for position, name in enumerate(names, start=1)
        ]
        packaged_entries = [
            PackagedEntry(
                package_id=package_id, entry_id=entry.id, entry_revision=entry.revision, name=name, sha256=sha256
            )
            for entry, name, sha256 in manifest.frozen_names(station, session, package)
        ]
    with station.catalogue.writing() as session:
        package = session.get_one(Package, package_id)
        session.add_all([*files, *packaged_entries])
        package.state = PackageState.MADE
        ledger = package.ledger
        event_log.record(
            session,
            package.made_by,
            "package-made",
            ledgers.reference(ledger),
            package=revision_name(package.kind, package.revision),
            manifest=files[-1].sha256,
        )


def _queue(station: Station, package_id: int, who: str) -> PackageRevision:
    with station.catalogue.writing() as session:
        package = session.get_one(Package, package_id)
        delivery_queue.queue(station, session, package, who=who)
        _tell_ledger(station, session, package)
        folder = folder_of(station, package)
        rows = RowState(package.rows) if package.rows else None
        files = tuple(folder / file.name for file in package.files)
        return PackageRevision(package.revision, package.partial, rows, package.checked, files)


def _tell_ledger(station: Station, session: Session, package: Package) -> None:
    """The ledger is what its true package is, also where a change was taken back and the old revision is true again."""
    ledger = package.ledger
    if package.kind != PackageKind.ENTRIES or package.partial:
        return
    if package.recipe != recipe(manifest.content(station, session, ledger, package.kind)):
        return  # changed since it was built: the next revision is due
    if ledger.state not in (LedgerState.PACKAGED, LedgerState.DELIVERED):
        ledgers.move(ledger, LedgerState.PACKAGED)
    if package.state == PackageState.DELIVERED and ledger.state == LedgerState.PACKAGED:
        ledgers.move(ledger, LedgerState.DELIVERED)


def is_checked(content: dict[str, Any]) -> bool | None:
    """Whether a package with this content had the looks that its ledger needs; None where it needs none, or of old."""
    checked = content.get("checked", {})
    if checked.get("whole"):
        return True
    return False if "needed" in checked else None


def recipe(content: dict[str, Any]) -> str:
    """The hash of all that decides a package's bytes: its manifest without what it says of the package itself."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _newest(session: Session, ledger: Ledger, kind: PackageKind) -> Package | None:
    query = select(Package).where(Package.ledger_id == ledger.id, Package.kind == kind)
    return session.scalars(query.order_by(Package.revision.desc()).limit(1)).first()


def _forget(station: Station, session: Session, package: Package) -> None:
    folder = folder_of(station, package)
    shutil.rmtree(folder, ignore_errors=True)
    session.delete(package)
    session.flush()
