"""Tables of scanning: sessions, reservations of labels, captures, their findings, and the pages that show them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, cast, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from station.catalogue.models.base import Base, ImagePart
from station.domain.naming import labels


class ScanSession(Base):
    """One operator, one ledger, one scanner, from start to finish.

    ``spool`` is its folder under ``spool/``, locked while the session lives. ``purpose`` is a
    :class:`~station.domain.states.ScanPurpose`; insert and retake name the page's label in ``anchor``. ``fed`` counts
    the sheets that the scanner took in, accepted or not. ``answered_by`` is who saw to it that the sheets among them
    which were not recorded are put back.
    """

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_open", "id", sqlite_where=text("state = 'open'")),)
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
    fed: Mapped[int | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Reservation(Base):
    """A label promised to a file that does not exist yet. ``state`` is a
    :class:`~station.domain.states.ReservationState`.
    """

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
        Index("ix_reservation_open", "session_id", sqlite_where=text("state = 'reserved'")),
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
    ``freed_at`` is when the master was removed because the province holds it. ``paper_width`` and ``paper_height`` are
    what was seen of the paper in the upright image (mm), None where the resolution is not known. ``asks`` is whether a
    finding of it waits for an answer; a trigger of the catalogue keeps it, so that it is asked in queries only: see
    :mod:`station.ledger.tallies`.
    """

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("ledger_id", "label", "revision"),
        # SQLAlchemy writes a truth as "= 1", and SQLite takes an index only for the very same words.
        Index("uq_capture_current", "ledger_id", "label", unique=True, sqlite_where=text("current = 1")),
        Index("ix_capture_order", "ledger_id", "counter", sqlite_where=text("current = 1")),
        Index("ix_capture_asks", "ledger_id", sqlite_where=text("current = 1 AND asks = 1")),
        Index("ix_capture_past", "ledger_id", "label", sqlite_where=text("current = 0")),
        Index("ix_capture_token", "token", sqlite_where=text("token IS NOT NULL")),
        Index("ix_capture_fed", "scanner", "token", sqlite_where=text("token IS NOT NULL")),
        Index("ix_capture_freed", "ledger_id", sqlite_where=text("freed_at IS NOT NULL")),
        Index("ix_capture_session_id", "session_id", "counter"),
        Index("ix_capture_counter", "ledger_id", "counter"),
        Index("ix_capture_accepted_at", "accepted_at"),
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
    scanner: Mapped[str]
    device: Mapped[str]
    profile: Mapped[str]
    operator: Mapped[str]
    token: Mapped[str | None]
    started_at: Mapped[datetime]
    accepted_at: Mapped[datetime]
    freed_at: Mapped[datetime | None]
    paper_width: Mapped[float | None]
    paper_height: Mapped[float | None]
    asks: Mapped[bool] = mapped_column(default=False, server_default="0")

    findings: Mapped[list[Finding]] = relationship(order_by="Finding.id")


class Fingerprint(Base):
    """What near-duplicates of a capture are known by, coarse and fine: see :mod:`station.imaging.findings.fingerprint`.

    Apart from the capture, since it is larger than all its other facts together.
    """

    __tablename__ = "fingerprint"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), unique=True)
    coarse: Mapped[bytes]
    fine: Mapped[bytes]


class KeptAppearance(Base):
    """What a capture is held against the others of its ledger by, as a worker measured it: see
    :class:`station.imaging.image_facts.Appearance`. Blank pages have none, nor captures of earlier versions.
    """

    __tablename__ = "appearance"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), unique=True)
    ink: Mapped[float]
    sharpness: Mapped[float | None]
    columns: Mapped[bytes]
    rows: Mapped[bytes]


class Finding(Base):
    """A coded defect of a capture, found by the station or a person; resolved, never deleted.

    ``resolution`` is the answer that a person gave to it: see :mod:`station.ledger.finding_resolutions`. ``place`` is
    where it lies on the image as it is stored (:data:`station.domain.image_places.ImagePlace`), None where it has none.
    """

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_open", "capture_id", sqlite_where=text("resolved_at IS NULL")),)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    code: Mapped[str]
    detail: Mapped[str | None]
    place: Mapped[list[float] | None]
    found_by: Mapped[str]
    found_at: Mapped[datetime]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]


class Page(Base):
    """One side of the ledger. ``order`` counts from 1 without gaps; ``number`` is printed on the paper, if any.

    ``number_source`` is the :class:`~station.domain.states.ValueSource` of the number, or of there being none: None
    where nobody said anything, and of numbers that people typed in earlier versions.
    ``parts`` is how many captures show it whole: with fewer regions than that it waits for the others.
    ``first_verdict`` and ``second_verdict`` are the verdicts of the looks that stand
    (:mod:`station.ledger.check_counts`), None where none does. The catalogue keeps them itself whenever a verdict or an
    image changes: ask for them in queries, for a page that was loaded does not follow.
    """

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("ledger_id", "order"),
        Index("ix_page_state", "ledger_id", "state", "order"),
        Index("ix_page_of_parts", "ledger_id", sqlite_where=text("parts > 1")),
        Index("ix_page_first_verdict", "ledger_id", "first_verdict", "order"),
        Index(
            "ix_page_second_verdict",
            "ledger_id",
            "second_verdict",
            "order",
            sqlite_where=text("second_verdict IS NOT NULL"),
        ),
        Index("ix_page_number", "ledger_id", "order", "number", sqlite_where=text("number IS NOT NULL")),
    )
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    order: Mapped[int]
    number: Mapped[str | None]
    number_source: Mapped[str | None]
    state: Mapped[str]
    parts: Mapped[int] = mapped_column(default=1, server_default="1")
    first_verdict: Mapped[str | None] = mapped_column(deferred=True)
    second_verdict: Mapped[str | None] = mapped_column(deferred=True)

    regions: Mapped[list[Region]] = relationship(order_by="Region.part", cascade="all, delete-orphan")

    @property
    def capture(self) -> Capture:
        """The current capture of the page's first part."""
        return self.regions[0].capture

    @property
    def seq(self) -> str:
        """What the page is called by: its first part's label, with the side where that capture shows two pages."""
        return self.regions[0].seq


class Region(ImagePart, Base):
    """Which part of a capture shows which part of a page.

    ``rotation`` is clockwise degrees (0, 90, 180, 270) to turn the image upright. ``side`` tells the pages of a spread
    apart: 1 is the left one, 2 the right one, None where the capture shows one page or a part of one.
    """

    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("page_id", "part"),)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    rotation: Mapped[int] = mapped_column(default=0)
    side: Mapped[int | None]

    capture: Mapped[Capture] = relationship(lazy="joined", innerjoin=True)

    @hybrid_property
    def seq(self) -> str:
        """The capture's label, with the side of a spread; in a query, ``Capture`` must be joined."""
        return labels.page_label(self.capture.label, self.side)

    @seq.inplace.expression
    @classmethod
    def _seq(cls) -> ColumnElement[str]:
        return Capture.label + func.coalesce("." + cast(cls.side, String), "")
