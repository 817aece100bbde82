"""Tables of what leaves the station: packages, their files and names, deliveries and receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from station.catalogue.models.base import Base
from station.catalogue.models.ledgers import Ledger


class Package(Base):
    """Revision N of what leaves the station for one ledger; ``recipe`` is the hash of all content that decides it.

    ``totals`` and ``closed_reason`` are what its manifest says of completeness: see
    :class:`station.ledger.completeness.Totals`; ``rows`` what it says of the workbook's rows: see
    :class:`station.domain.states.RowState`, None where the type goes without; ``checked`` whether people had looked at
    all that the ledger needs and rejected none, None where it needs no look. None are those of packages that earlier
    versions made.
    """

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("ledger_id", "kind", "revision"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    kind: Mapped[str]
    revision: Mapped[int]
    state: Mapped[str]
    partial: Mapped[bool]
    totals: Mapped[str | None]
    rows: Mapped[str | None]
    checked: Mapped[bool | None]
    closed_reason: Mapped[str | None]
    recipe: Mapped[str]
    folder: Mapped[str]
    event_head: Mapped[str]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    made_by: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)

    ledger: Mapped[Ledger] = relationship(lazy="joined", innerjoin=True)
    supersedes: Mapped[Package | None] = relationship(remote_side="Package.id")
    files: Mapped[list[PackageFile]] = relationship(order_by="PackageFile.position", cascade="all, delete-orphan")


class PackageFile(Base):
    """One of a package's files, in the order of delivery: the manifest is last.

    ``freed_at`` is when it was removed because the province holds it.
    """

    __tablename__ = "package_file"
    __table_args__ = (UniqueConstraint("package_id", "position"), UniqueConstraint("package_id", "name"))
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    position: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]
    freed_at: Mapped[datetime | None]

    package: Mapped[Package] = relationship(lazy="joined", innerjoin=True, back_populates="files")


class PackagedEntry(Base):
    """A name that was frozen: which entry, at which revision, left under which name in which package."""

    __tablename__ = "packaged_entry"
    __table_args__ = (UniqueConstraint("package_id", "name"), UniqueConstraint("package_id", "entry_id"))
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    entry_revision: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]


class Delivery(Base):
    """One file of a package on its way to one destination. ``bytes_sent`` is what the destination is known to hold.

    ``error`` and ``detail`` are the last trouble's code and the facts for its sentence; ``upload_url`` is where a tus
    upload goes on.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("file_id", "destination"),
        Index("ix_delivery_open", "file_id", sqlite_where=text("state != 'receipted'")),
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("package_file.id"))
    destination: Mapped[str]
    state: Mapped[str]
    bytes_sent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
    next_try_at: Mapped[datetime | None]
    upload_url: Mapped[str | None]
    created_at: Mapped[datetime]

    file: Mapped[PackageFile] = relationship(lazy="joined", innerjoin=True)
    receipt: Mapped[Receipt | None] = relationship()


class Receipt(Base):
    """The stored proof that a file arrived byte for byte; ``store`` says where it lies at the destination."""

    __tablename__ = "receipt"
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), unique=True)
    sha256: Mapped[str]
    bytes: Mapped[int]
    package: Mapped[str]
    station: Mapped[str]
    store: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
