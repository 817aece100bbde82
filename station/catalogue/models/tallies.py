"""The table of the whole station's figures, kept by triggers because counting them takes ever longer."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class Tally(Base):
    """How many rows of ``subject`` there are in ``state``; see :mod:`station.ledger.tallies`.

    Triggers of the catalogue keep it, in the transaction that changes the rows, whoever writes them.
    """

    __tablename__ = "tally"
    __table_args__ = (UniqueConstraint("subject", "state"),)
    subject: Mapped[str]
    state: Mapped[str]
    count: Mapped[int] = mapped_column(default=0)
