"""Tables of registered events: entries with their pages, revisions, documents and attachments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from station.catalogue.models.base import Base, ImagePart
from station.catalogue.models.captures import Page


class Entry(Base):
    """One registered event. ``year`` is the entry year that numbers restart in; ``date`` is partial or "unknown"."""

    __tablename__ = "entry"
    __table_args__ = (
        # SQLAlchemy writes a truth as "= 1", and so must an index.
        Index("uq_entry_key", "ledger_id", "year", "number", unique=True, sqlite_where=text("living = 1")),
        # The order of :data:`station.ledger.entry_queries.ORDER`; with its own condition as a column it answers counts
        # by itself.
        Index(
            "ix_entry_order",
            "ledger_id",
            "year",
            "number_value",
            "number_length",
            "number",
            "living",
            sqlite_where=text("living = 1"),
        ),
        Index("ix_entry_removed", "ledger_id", "year", "number", sqlite_where=text("living = 0")),
    )
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    year: Mapped[int]
    number: Mapped[str]
    date: Mapped[str]
    suffix_reason: Mapped[str | None]
    living: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int]
    # The digits in front of a suffix: 2a counts as 2. Both are columns, because SQLite compares rows of columns by an
    # index, but none of expressions.
    number_value: Mapped[int] = mapped_column(Computed("CAST(number AS INTEGER)", persisted=False), deferred=True)
    number_length: Mapped[int] = mapped_column(Computed("length(number)", persisted=False), deferred=True)

    placements: Mapped[list[EntryPage]] = relationship(order_by="EntryPage.position", cascade="all, delete-orphan")
    document: Mapped[Document | None] = relationship(cascade="all, delete-orphan")
    attachment: Mapped[Attachment | None] = relationship(cascade="all, delete-orphan")
    newest: Mapped[EntryRevision | None] = relationship(
        primaryjoin="and_(EntryRevision.entry_id == Entry.id, EntryRevision.revision == Entry.revision)",
        uselist=False,
        viewonly=True,
    )


class EntryPage(Base):
    """The 1..n pages of an entry, in reading order."""

    __tablename__ = "entry_page"
    __table_args__ = (UniqueConstraint("entry_id", "position"), UniqueConstraint("entry_id", "page_id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    position: Mapped[int]

    page: Mapped[Page] = relationship(lazy="joined", innerjoin=True)


class EntryRevision(Base):
    """How an entry was at each of its revisions, with who, when and why; ``pages`` are labels in order.

    ``source`` is a :class:`~station.domain.states.ValueSource`, None of revisions of earlier versions.
    """

    __tablename__ = "entry_revision"
    __table_args__ = (
        UniqueConstraint("entry_id", "revision"),
        Index("ix_entry_revision_first", "at", sqlite_where=text("revision = 1")),
    )
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
    source: Mapped[str | None]


class Document(Base):
    """The PDF derived from an entry as it is now; ``recipe`` is the hash of all that went into it."""

    __tablename__ = "document"
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    recipe: Mapped[str]
    file: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    bytes: Mapped[int]


class EntryRegion(ImagePart, Base):
    """What of a page belongs to one of the entries on it, as a person said who looked; the newest revision counts.

    It holds for the page as it was seen: this side (0 where the capture shows one page) and part of this capture,
    turned by ``turn``. ``head``, ``start``, ``end`` and ``slant`` are those of a :class:`station.domain.bands.Band`;
    None where a person took it back.
    """

    __tablename__ = "entry_region"
    __table_args__ = (UniqueConstraint("entry_id", "capture_id", "side", "revision"),)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    side: Mapped[int]
    turn: Mapped[int]
    revision: Mapped[int]
    head: Mapped[float | None]
    start: Mapped[float | None]
    end: Mapped[float | None]
    slant: Mapped[float | None]
    who: Mapped[str]
    at: Mapped[datetime]


class Attachment(Base):
    """That a person attached the entry's PDF in the ministry's software: which bytes, at which entry revision."""

    __tablename__ = "attachment"
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    entry_revision: Mapped[int]
    sha256: Mapped[str]
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class Check(Base):
    """A person's verdict on an entry or a page, by :mod:`station.domain.checks`; the newest one counts.

    Of a page ``image`` is the id of its newest image that was seen, ``turn`` how far all of them were turned. Of an
    entry's row ``row_revision`` is the row that was seen, and ``alone`` whether who looked had keyed it, too. Of
    what was odd in a row ``note`` has the marks of :mod:`station.rows.plausibility`; of each the newest verdict counts.
    """

    __tablename__ = "check"
    __table_args__ = (CheckConstraint("(entry_id IS NULL) != (page_id IS NULL)", name="subject"),)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"), index=True)
    kind: Mapped[str]
    verdict: Mapped[str]
    note: Mapped[str | None]
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    image: Mapped[int | None]
    turn: Mapped[int | None]
    reason: Mapped[str | None]
    row_revision: Mapped[int | None]
    alone: Mapped[bool | None]
