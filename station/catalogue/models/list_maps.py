"""The table of what the columns of foreign lists hold, as people said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class ListMap(Base):
    """Headings, letters or numbers of columns by what they hold, for every list with the headings of this SHA-256.

    See :mod:`station.catalogue.list_maps`.
    """

    __tablename__ = "list_map"
    headings: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[dict[str, str]]
    who: Mapped[str]
    at: Mapped[datetime]
