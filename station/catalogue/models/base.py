"""The base class of all tables, and the column type in which times are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Dialect, MetaData, String, TypeDecorator, literal
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON


class UtcTime(TypeDecorator[datetime]):
    """An aware time as ISO 8601 text: readable in any SQLite browser, sortable as text."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuse naive times: they would be read as another hour on another PC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without an offset: {value}")
        return value.isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Give the aware time back."""
        return None if value is None else datetime.fromisoformat(value)


def constant(value: str | int) -> ColumnElement[Any]:
    """A value that stands in the SQL itself: only so does SQLite see that an index of some rows has all that are asked.

    Where such an index says ``state != 'released'``, so must the query, and a parameter would hide it.
    """
    return literal(value if isinstance(value, int) else str(value), literal_execute=True)


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that later migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own form)
        datetime: UtcTime,
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        list[str]: JSON,
        list[float]: JSON(none_as_null=True),
    }

    id: Mapped[int] = mapped_column(primary_key=True)


class ImagePart:
    """A mixin for rows about a part of a capture: its edges in pixels, all four None for the whole image."""

    left: Mapped[int | None]
    top: Mapped[int | None]
    right: Mapped[int | None]
    bottom: Mapped[int | None]

    @property
    def crop(self) -> tuple[int, int, int, int] | None:
        """The part as (left, top, right, bottom); None for the whole image."""
        if self.left is None or self.top is None or self.right is None or self.bottom is None:
            return None
        return self.left, self.top, self.right, self.bottom

    @crop.setter
    def crop(self, box: tuple[int, int, int, int] | None) -> None:
        self.left, self.top, self.right, self.bottom = box or (None, None, None, None)
