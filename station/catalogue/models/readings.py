"""Tables of what the machine read on pages, and where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from station.catalogue.models.base import Base, ImagePart


class Reading(ImagePart, Base):
    """What was read on a page of a capture. ``side`` is that of a spread (1 left, 2 right), 0 where it shows one page.

    The part was looked at turned clockwise by ``turn`` degrees; ``upside_down`` is whether the page stood on its head
    then, ``ruled`` whether it was read by its columns. ``read_at`` is None while nothing was read:
    ``tries`` counts how often that was tried in vain. ``reader`` names the networks and rules that read, ``ms`` is the
    time that it took.
    """

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("capture_id", "side"),)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"))
    side: Mapped[int]
    turn: Mapped[int]
    upside_down: Mapped[bool]
    empty_form: Mapped[bool]
    ruled: Mapped[bool]
    ms: Mapped[int]
    reader: Mapped[str]
    tries: Mapped[int]
    read_at: Mapped[datetime | None]

    values: Mapped[list[ReadValue]] = relationship(order_by="ReadValue.id", cascade="all, delete-orphan")


class ReadValue(Base):
    """One value that was read: see :class:`station.reading.fields.Field`; the box is in pixels of the capture."""

    __tablename__ = "read_value"
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    confidence: Mapped[float]
    grade: Mapped[str]
    left: Mapped[int]
    top: Mapped[int]
    right: Mapped[int]
    bottom: Mapped[int]
    candidates: Mapped[dict[str, Any]]


class LearnedPlace(Base):
    """Where a kind of value stands on the pages of a ledger, see :mod:`station.ledger.learned_places`.

    ``place`` is left, top, right, bottom as shares of the paper, None where ``pages`` pages of confirmed entries taught
    nothing; readings after ``learned_at`` know of it.
    """

    __tablename__ = "learned_place"
    __table_args__ = (UniqueConstraint("ledger_id", "kind"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    kind: Mapped[str]
    place: Mapped[list[float] | None]
    pages: Mapped[int]
    learned_at: Mapped[datetime]
