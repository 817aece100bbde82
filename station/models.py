"""The catalogue's tables, as typed models; the words are those of the project's word table.

Times are UTC, stored as ISO 8601 text with offset; ``counter`` is the order in which captures were accepted and does
not trust the clock. Paths are relative to the data folder. Names of states are lower-case English.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import JSON


class UtcTime(TypeDecorator[datetime]):
    """An aware time as ISO 8601 text: readable in any SQLite browser, sortable as text."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuse naive times: they would be read as another hour on another PC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without an offset: {value}")
        return value.isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Give the aware time back."""
        return None if value is None else datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that later migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 (SQLAlchemy's own form)

    id: Mapped[int] = mapped_column(primary_key=True)


class Place(Base):
    """The commune a ledger belongs to; ``code`` is its administrative code and never changes."""

    __tablename__ = "place"
    code: Mapped[str] = mapped_column(unique=True)
    commune: Mapped[str]
    district: Mapped[str | None]
    province: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class User(Base):
    """A person who may log in; ``pin_hash`` is a salted hash, never the PIN."""

    __tablename__ = "user"
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    pin_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Ledger(Base):
    """One bound register. ``year`` is the year opened; entries may be dated from ``year`` to ``last_year``."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("place_id", "type", "year", "book"),)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    type: Mapped[str]
    year: Mapped[int]
    book: Mapped[str]
    last_year: Mapped[int]
    paper: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]

    place: Mapped[Place] = relationship(lazy="joined")
    closings: Mapped[list[Closing]] = relationship(order_by="Closing.year", cascade="all, delete-orphan")


class Closing(Base):
    """What a closing page states: totals of pages and entries. A ledger may have one closing per year."""

    __tablename__ = "closing"
    __table_args__ = (UniqueConstraint("ledger_id", "year"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    year: Mapped[int]
    pages: Mapped[int | None]
    entries: Mapped[int | None]


class ScanSession(Base):
    """One operator, one ledger, one scanner, from start to finish.

    ``spool`` is its folder under ``spool/``, locked while the session lives. ``purpose`` is append, insert or retake;
    the last two name the page's label in ``anchor``.
    """

    __tablename__ = "session"
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"), index=True)
    scanner: Mapped[str]
    source: Mapped[str]
    profile: Mapped[str]
    operator: Mapped[str]
    purpose: Mapped[str]
    anchor: Mapped[str | None]
    spool: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Reservation(Base):
    """A label promised to a file that does not exist yet. ``state``: reserved, used, or released."""

    __tablename__ = "reservation"
    __table_args__ = (
        Index(
            "uq_reservation_label",
            "ledger_id",
            "label",
            "revision",
            unique=True,
            sqlite_where=text("state != 'released'"),
        ),
    )
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)
    label: Mapped[str]
    revision: Mapped[int]
    file: Mapped[str]
    state: Mapped[str]


class Capture(Base):
    """One accepted image: the row that makes it count. ``bytes`` and ``sha256`` are of the master file.

    ``dpi_asked`` is None where nothing was asked of the device; ``token`` names the sheet for a simulated feeder.
    """

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("ledger_id", "label", "revision"),
        Index("uq_capture_current", "ledger_id", "label", unique=True, sqlite_where=text("current")),
        CheckConstraint("width > 0 AND height > 0 AND bytes > 0", name="size"),
    )
    counter: Mapped[int] = mapped_column(unique=True)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id"))
    label: Mapped[str]
    revision: Mapped[int]
    current: Mapped[bool]
    recovered: Mapped[bool]
    file: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    mode: Mapped[str]
    dpi_asked: Mapped[int | None]
    dpi_x: Mapped[float]
    dpi_y: Mapped[float]
    scanner: Mapped[str] = mapped_column(index=True)
    device: Mapped[str]
    profile: Mapped[str]
    operator: Mapped[str]
    token: Mapped[str | None]
    started_at: Mapped[datetime]
    accepted_at: Mapped[datetime]

    findings: Mapped[list[Finding]] = relationship(order_by="Finding.id")


class Page(Base):
    """One side of the ledger. ``order`` counts from 1 without gaps; ``number`` is printed on the paper, if any."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("ledger_id", "order"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    order: Mapped[int]
    number: Mapped[str | None]
    state: Mapped[str]

    regions: Mapped[list[Region]] = relationship(order_by="Region.part", cascade="all, delete-orphan")

    @property
    def capture(self) -> Capture:
        """The current capture of the page's first part; its label is the page's SEQ."""
        return self.regions[0].capture


class Region(Base):
    """Which part of a capture shows which part of a page.

    The crop box is in pixels of the capture, all four None for the whole image; ``rotation`` is clockwise degrees
    (0, 90, 180, 270) to turn the image upright.
    """

    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("page_id", "part"),)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    left: Mapped[int | None]
    top: Mapped[int | None]
    right: Mapped[int | None]
    bottom: Mapped[int | None]
    rotation: Mapped[int] = mapped_column(default=0)

    capture: Mapped[Capture] = relationship(lazy="joined", innerjoin=True)


class Finding(Base):
    """A coded defect of a capture, found by the station or a person; resolved, never deleted."""

    __tablename__ = "finding"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    code: Mapped[str]
    detail: Mapped[str | None]
    found_by: Mapped[str]
    found_at: Mapped[datetime]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]


class Entry(Base):
    """One registered event. ``year`` is the entry year that numbers restart in; ``date`` is partial or "unknown"."""

    __tablename__ = "entry"
    __table_args__ = (Index("uq_entry_key", "ledger_id", "year", "number", unique=True, sqlite_where=text("living")),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    year: Mapped[int]
    number: Mapped[str]
    date: Mapped[str]
    suffix_reason: Mapped[str | None]
    living: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int]

    placements: Mapped[list[EntryPage]] = relationship(order_by="EntryPage.position", cascade="all, delete-orphan")
    document: Mapped[Document | None] = relationship(cascade="all, delete-orphan")


class EntryPage(Base):
    """The 1..n pages of an entry, in reading order."""

    __tablename__ = "entry_page"
    __table_args__ = (UniqueConstraint("entry_id", "position"), UniqueConstraint("entry_id", "page_id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    position: Mapped[int]

    page: Mapped[Page] = relationship(lazy="joined", innerjoin=True)


class EntryRevision(Base):
    """How an entry was at each of its revisions, with who, when and why; ``pages`` are labels in order."""

    __tablename__ = "entry_revision"
    __table_args__ = (UniqueConstraint("entry_id", "revision"),)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    revision: Mapped[int]
    year: Mapped[int]
    number: Mapped[str]
    date: Mapped[str]
    pages: Mapped[list[str]]
    living: Mapped[bool]
    who: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str]


class Document(Base):
    """The PDF derived from an entry as it is now; ``recipe`` is the hash of all that went into it."""

    __tablename__ = "document"
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    recipe: Mapped[str]
    file: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    bytes: Mapped[int]


class Check(Base):
    """A person's verdict on an entry or a page: first (all) or second (sample)."""

    __tablename__ = "check"
    __table_args__ = (CheckConstraint("(entry_id IS NULL) != (page_id IS NULL)", name="subject"),)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"), index=True)
    kind: Mapped[str]
    verdict: Mapped[str]
    note: Mapped[str | None]
    who: Mapped[str]
    at: Mapped[datetime]


class Package(Base):
    """Revision N of what leaves the station for one ledger; ``recipe`` is the hash of all content that decides it."""

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("ledger_id", "kind", "revision"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    kind: Mapped[str]
    revision: Mapped[int]
    state: Mapped[str]
    partial: Mapped[bool]
    recipe: Mapped[str]
    folder: Mapped[str]
    event_head: Mapped[str]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    made_by: Mapped[str]
    started_at: Mapped[datetime]

    ledger: Mapped[Ledger] = relationship(lazy="joined", innerjoin=True)
    supersedes: Mapped[Package | None] = relationship(remote_side="Package.id")
    files: Mapped[list[PackageFile]] = relationship(order_by="PackageFile.position", cascade="all, delete-orphan")


class PackageFile(Base):
    """One of a package's files, in the order of delivery: the manifest is last."""

    __tablename__ = "package_file"
    __table_args__ = (UniqueConstraint("package_id", "position"), UniqueConstraint("package_id", "name"))
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    position: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]

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
    __table_args__ = (UniqueConstraint("file_id", "destination"),)
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
    at: Mapped[datetime]


class Event(Base):
    """One line of the append-only log; ``hash`` covers the line and the hash before it."""

    __tablename__ = "event"
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    ledger: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    previous: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class Switch(Base):
    """A standing decision of a person, such as the pause of all deliveries."""

    __tablename__ = "switch"
    name: Mapped[str] = mapped_column(unique=True)
    on: Mapped[bool]
