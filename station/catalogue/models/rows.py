"""Tables of rows: what people keyed of each entry, every change of it, and the office's own import templates."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from station.catalogue.models.base import Base
from station.catalogue.models.entries import Entry


class EntryRow(Base):
    """What people keyed of an entry. ``values`` are by the column's name; marks are kept as they are typed.

    ``revision`` counts the changes; ``keyed_by`` is who made the last one, and ``complete`` whether no required column
    was lacking then, and nobody has sent it back since. ``keyers`` are those who changed it until it was complete for
    the first time, at ``completed_at``: later changes are corrections. See :mod:`station.rows.entry_rows`.
    """

    __tablename__ = "entry_row"
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    revision: Mapped[int]
    values: Mapped[dict[str, str]]
    complete: Mapped[bool]
    keyed_by: Mapped[str]
    keyed_at: Mapped[datetime]
    keyers: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    completed_at: Mapped[datetime | None] = mapped_column(index=True)

    entry: Mapped[Entry] = relationship(lazy="joined", innerjoin=True)


class RowRevision(Base):
    """One change of a row: ``changes`` are the new values by column, "" where one was taken back."""

    __tablename__ = "row_revision"
    __table_args__ = (UniqueConstraint("entry_row_id", "revision"),)
    entry_row_id: Mapped[int] = mapped_column(ForeignKey("entry_row.id"))
    revision: Mapped[int]
    changes: Mapped[dict[str, str]]
    who: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str]


class SecondKeying(Base):
    """The short columns of an entry's row as another person keyed them without seeing the first values.

    ``done_at`` is when they said that the row is keyed; ``decided`` are, by column, the values that a third person
    settled. ``alone`` is whether one of the ``keyers`` had keyed the first values, too. See
    :mod:`station.rows.second_keying`.
    """

    __tablename__ = "second_keying"
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    revision: Mapped[int]
    values: Mapped[dict[str, str]]
    decided: Mapped[dict[str, str]]
    keyers: Mapped[list[str]]
    alone: Mapped[bool]
    done_at: Mapped[datetime | None]


class OfficeTemplate(Base):
    """A blank workbook of the office's, filled in place of the ministry's import file; the newest of a type is used.

    ``columns`` are, from the first column of ``sheet`` on, the names of columns that the station knows, "" for others;
    the heading stands in row ``heading_row`` (1 is the first). ``content`` is the file itself, which so is in every
    backup.
    """

    __tablename__ = "office_template"
    __table_args__ = (UniqueConstraint("type", "version"),)
    type: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    content: Mapped[bytes]
    sha256: Mapped[str]
    sheet: Mapped[str]
    heading_row: Mapped[int]
    columns: Mapped[list[str]]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
