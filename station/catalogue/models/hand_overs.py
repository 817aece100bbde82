"""Tables of ledgers that go on at another station: their way, and what was done in them before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class HandOver(Base):
    """That ``station`` handed a ledger over under ``code``, which no other hand-over has.

    ``own`` is whether it is this station. ``state`` is a :class:`~station.domain.states.HandOverState`, ``was`` the
    ledger's state before, and ``revision`` the newest one of its packages of entries then, 0 without one. ``ended_by``
    took it over, or took it back for ``reason``; None while neither happened here.
    """

    __tablename__ = "hand_over"
    __table_args__ = (UniqueConstraint("ledger_id", "code"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    code: Mapped[str]
    station: Mapped[str]
    own: Mapped[bool]
    state: Mapped[str]
    was: Mapped[str]
    revision: Mapped[int]
    who: Mapped[str]
    at: Mapped[datetime]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class CarriedLine(Base):
    """A line of the log of ``station``, in which a ledger was worked on before it was taken over, for its history.

    The log of this station says by a digest what these lines were.
    """

    __tablename__ = "carried_line"
    __table_args__ = (UniqueConstraint("ledger_id", "position"),)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    position: Mapped[int]
    station: Mapped[str]
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    facts: Mapped[dict[str, Any]]
