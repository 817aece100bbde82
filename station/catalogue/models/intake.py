"""What watched folders brought: the ledger that their files go to, and what became of each file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
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
    """A file that left a watched folder. ``state`` is taken or rejected; ``kept`` is where it lies below the folder.

    ``code`` and ``facts`` are the sentence that tells why it was rejected; ``sha256`` is None where that was not known.
    """

    __tablename__ = "intake_file"
    scanner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str]
    code: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    kept: Mapped[str | None]
    at: Mapped[datetime]
