"""Setting the plan's targets: each is an act in the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Place, PlanTarget
from station.context import Station
from station.domain.plan_subjects import PlanSubject
from station.errors import Refused

#: No commune has more of anything.
_MOST = 10_000_000


@dataclass(frozen=True)
class Target:
    """What is to be done in the place with this code; see :func:`set_target`."""

    place: str
    subject: PlanSubject
    total: int | None = None
    due: date | None = None
    per_day: int | None = None

    def check(self) -> None:
        """``Refused`` where it says no day and no number a day, or both, or numbers that no commune has."""
        if (self.due is None) == (self.per_day is None):
            raise Refused("plan-due-or-daily")
        for number in (self.total, self.per_day):
            if number is not None and not 0 < number <= _MOST:
                raise Refused("plan-number", number=number, most=_MOST)


def set_target(
    station: Station,
    subject: PlanSubject,
    *,
    who: str,
    place: str | None = None,
    total: int | None = None,
    due: date | None = None,
    per_day: int | None = None,
) -> None:
    """Say what is to be done: ``total`` (None: what the inventory says), by a day or so much each day, not both."""
    target = Target(station.settings.place(place).code, subject, total, due, per_day)
    target.check()
    set_targets(station, [target], who=who)


def set_targets(station: Station, targets: Iterable[Target], *, who: str) -> None:
    """Set several that were checked, all or none; ``place`` of each is one of the settings'."""
    with station.catalogue.writing() as session:
        for one in targets:
            _set(session, one, who)


def _set(session: Session, target: Target, who: str) -> None:
    place_id = session.scalars(select(Place.id).where(Place.code == target.place)).one()
    same = (PlanTarget.place_id == place_id, PlanTarget.subject == target.subject)
    row = session.scalars(select(PlanTarget).where(*same)).one_or_none()
    row = row or PlanTarget(place_id=place_id, subject=target.subject)
    row.total, row.due, row.per_day = target.total, target.due, target.per_day
    session.add(row)
    until = target.due.isoformat() if target.due else None
    facts: dict[str, Any] = {
        "subject": target.subject.value,
        "total": target.total,
        "due": until,
        "per_day": target.per_day,
    }
    event_log.record(session, who, "plan-set", place=target.place, **facts)


def clear(station: Station, subject: PlanSubject, *, who: str, place: str | None = None) -> None:
    """Take a target back; nothing happens where there is none."""
    code = station.settings.place(place).code
    with station.catalogue.writing() as session:
        query = select(PlanTarget).join(Place, Place.id == PlanTarget.place_id)
        target = session.scalars(query.where(Place.code == code, PlanTarget.subject == subject)).one_or_none()
        if target is not None:
            session.delete(target)
            event_log.record(session, who, "plan-cleared", place=code, subject=subject.value)
