"""The table of reports that leave the station: each revision of a day's report, and how far it is on its way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class ReportRevision(Base):
    """Revision N of a day's report on its way to ``destination``, like a :class:`Delivery`.

    ``content`` is the hash of the figures in it: where the day's differ, another revision is due. ``event_head`` is
    the hash of the log's newest line when it was made, which it takes along (None of earlier versions). ``store`` says
    where it lies at the destination, ``received_at`` since when; both None until it was received.
    """

    __tablename__ = "report_revision"
    __table_args__ = (
        UniqueConstraint("day", "revision"),
        Index("ix_report_revision_open", "destination", sqlite_where=text("state != 'receipted'")),
    )
    day: Mapped[date]
    revision: Mapped[int]
    destination: Mapped[str]
    file: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    bytes: Mapped[int]
    content: Mapped[str]
    event_head: Mapped[str | None]
    made_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
    next_try_at: Mapped[datetime | None]
    upload_url: Mapped[str | None]
    store: Mapped[str | None]
    received_at: Mapped[datetime | None]
