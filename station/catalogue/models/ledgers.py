"""Tables of places and ledgers, with what the ledgers' closing pages state."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from station.catalogue.models.base import Base
from station.domain.naming.keys import PRACTICE, is_practice_book


class Place(Base):
    """The commune a ledger belongs to; ``code`` is its administrative code and never changes."""

    __tablename__ = "place"
    code: Mapped[str] = mapped_column(unique=True)
    commune: Mapped[str]
    district: Mapped[str | None]
    province: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class Ledger(Base):
    """One bound register. ``year`` is the year opened; entries may be dated from ``year`` to ``last_year``.

    ``paper`` is the size of its pages (see :mod:`station.domain.paper`), "" while nobody knows it; ``paper_source`` is
    who says so, and ``paper_seen`` what its pages measure where that is another size, or several: see
    :mod:`station.ledger.ledger_paper`. ``closed_by`` and ``closed_at`` are of the last closing, None while it is open;
    ``closed_reason`` is why it was closed although something was missing; ``responsible`` is who sees to it.

    ``page_count``, ``entry_count`` (living ones) and ``attached_count`` (those of them that were attached) are kept by
    triggers of the catalogue and asked in queries over all ledgers only: see :mod:`station.ledger.tallies`.
    ``looks`` is what it needs before it counts as checked (:class:`station.domain.checks.Looks`), ``second_share`` how
    many per cent of its pages the second look is for: as the settings say, until it was packaged.
    ``digitised_before`` is whether it was digitised in phase 1 and is not to be done here: it takes no pages, and
    neither plan nor report counts it.
    ``practice`` is whether it is one to learn on, by its name: it counts nowhere and never leaves the station.
    ``put_away_at`` is when a practice ledger's pages were put away, None while they lie in its folder.
    ``taken_over_at`` is when it came from another station, None of those that began here.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("place_id", "type", "year", "book"),
        Index("ix_ledger_name", "type", "year", "book"),
    )
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    type: Mapped[str]
    year: Mapped[int]
    book: Mapped[str]
    last_year: Mapped[int]
    paper: Mapped[str]
    paper_source: Mapped[str] = mapped_column(default="declared", server_default="declared")
    paper_seen: Mapped[str] = mapped_column(default="", server_default=text("''"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None]
    responsible: Mapped[str | None]
    page_count: Mapped[int] = mapped_column(default=0, server_default="0")
    entry_count: Mapped[int] = mapped_column(default=0, server_default="0")
    attached_count: Mapped[int] = mapped_column(default=0, server_default="0")
    looks: Mapped[str] = mapped_column(default="none", server_default="none")
    second_share: Mapped[int] = mapped_column(default=30, server_default="30")
    digitised_before: Mapped[bool] = mapped_column(default=False, server_default="0")
    put_away_at: Mapped[datetime | None]
    taken_over_at: Mapped[datetime | None]

    place: Mapped[Place] = relationship(lazy="joined")
    closings: Mapped[list[Closing]] = relationship(order_by="Closing.year", cascade="all, delete-orphan")

    @hybrid_property
    def practice(self) -> bool:
        """Whether it is a practice ledger."""
        return is_practice_book(self.book)

    @practice.inplace.expression
    @classmethod
    def _practice(cls) -> ColumnElement[bool]:
        return func.substr(cls.book, 1, len(PRACTICE)) == PRACTICE


class Closing(Base):
    """What a closing page states: totals of pages and entries. A ledger may have one closing per year."""

    __tablename__ = "closing"
    __table_args__ = (UniqueConstraint("ledger_id", "year"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    year: Mapped[int]
    pages: Mapped[int | None]
    entries: Mapped[int | None]
