"""Setting the plan's targets by hand: each is an act in the log."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from station.catalogue import event_log
from station.catalogue.models import Place, PlanTarget
from station.context import Station
from station.domain.plan_subjects import PlanSubject
from station.errors import Refused

#: No commune has more of anything.
_MOST = 10_000_000


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
    if (due is None) == (per_day is None):
        raise Refused("plan-due-or-daily")
    for number in (total, per_day):
        if number is not None and not 0 < number <= _MOST:
            raise Refused("plan-number", number=number, most=_MOST)
    code = station.settings.place(place).code
    with station.catalogue.writing() as session:
        place_id = session.scalars(select(Place.id).where(Place.code == code)).one()
        same = (PlanTarget.place_id == place_id, PlanTarget.subject == subject)
        target = session.scalars(select(PlanTarget).where(*same)).one_or_none()
        target = target or PlanTarget(place_id=place_id, subject=subject)
        target.total, target.due, target.per_day = total, due, per_day
        session.add(target)
        until = due.isoformat() if due else None
        event_log.record(
            session, who, "plan-set", place=code, subject=subject.value, total=total, due=until, per_day=per_day
        )


def clear(station: Station, subject: PlanSubject, *, who: str, place: str | None = None) -> None:
    """Take a target back; nothing happens where there is none."""
    code = station.settings.place(place).code
    with station.catalogue.writing() as session:
        query = select(PlanTarget).join(Place, Place.id == PlanTarget.place_id)
        target = session.scalars(query.where(Place.code == code, PlanTarget.subject == subject)).one_or_none()
        if target is not None:
            session.delete(target)
            event_log.record(session, who, "plan-cleared", place=code, subject=subject.value)
