"""Tables of people who may log in, of the event log, and of settings that people decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class User(Base):
    """A person who may log in; ``pin_hash`` is a salted hash, never the PIN."""

    __tablename__ = "user"
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    pin_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Event(Base):
    """One line of the append-only log; ``hash`` covers the line and the hash before it."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_backup", "at", sqlite_where=text("what = 'backup-made'")),
        Index("ix_event_closed", "at", sqlite_where=text("what = 'ledger-closed'")),
        Index("ix_event_person", "who", "ledger"),
        Index("ix_event_ledger", "ledger"),
    )
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
