"""Since when deliveries wait, and when the last backup was made: signs of a station that nobody looks after."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Delivery, Event, constant
from station.delivery import queue as delivery_queue


def oldest_unsent(session: Session) -> datetime | None:
    """Since when the oldest file without a receipt waits; None where there is none."""
    return session.scalar(select(func.min(Delivery.created_at)).where(delivery_queue.open_()))


def last_backup(session: Session) -> datetime | None:
    """When the last backup was made; None where there is none."""
    return session.scalar(select(func.max(Event.at)).where(Event.what == constant("backup-made")))
