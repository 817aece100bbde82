"""The table of the plan: what is to be done in a commune, until when or how much a day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class PlanTarget(Base):
    """A target that a person set; ``subject`` is a :class:`~station.domain.plan_subjects.PlanSubject`.

    ``total`` None is what the inventory says; of ``due`` and ``per_day`` one is given.
    """

    __tablename__ = "plan_target"
    __table_args__ = (UniqueConstraint("place_id", "subject"),)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    subject: Mapped[str]
    total: Mapped[int | None]
    due: Mapped[date | None]
    per_day: Mapped[int | None]
