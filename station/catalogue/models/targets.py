"""The table of what scans of the capture target told of scanners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class TargetMeasure(Base):
    """One scan of the capture target: ``measures`` as :class:`station.imaging.image_facts.TargetMeasures`.

    ``scanner`` is its id in the settings, ``dpi`` the resolution that was asked for; ``session_id`` is None where
    it was scanned for itself and not into a ledger.
    """

    __tablename__ = "target_measure"
    scanner: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id"), index=True)
    dpi: Mapped[int]
    measures: Mapped[dict[str, Any]]
    at: Mapped[datetime]
