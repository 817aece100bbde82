"""Tables of watched folders: the ledger that their files go to, and what became of each file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class IntakeChoice(Base):
    """The ledger that the files of the folder ``scanner`` go to from now on, as ``operator`` decided."""

    __tablename__ = "intake_choice"
    scanner: Mapped[str] = mapped_column(unique=True)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledger.id"))
    operator: Mapped[str]
    chosen_at: Mapped[datetime]


class IntakeFile(Base):
    """A file of a watched folder. ``kept`` is where it lies: below the folder when taken, else its name alone.

    ``code`` and ``facts`` are the sentence that tells why it was rejected; of a taken one the facts are its size, the
    time of its last change (ns), its pages' digests and tokens. ``sha256`` is None where that was not known.
    ``ledger_id`` is where a person is asked about it, None where nothing is asked.
    """

    __tablename__ = "intake_file"
    __table_args__ = (Index("ix_intake_file_scanner_state", "scanner", "state"),)
    scanner: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str]
    code: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    kept: Mapped[str | None]
    ledger_id: Mapped[int | None] = mapped_column(ForeignKey("ledger.id"), index=True)
    at: Mapped[datetime]
