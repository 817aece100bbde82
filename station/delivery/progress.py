"""A delivery under way: what the catalogue remembers of it, and whether it may go on now."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from station.catalogue.models import Delivery, Switch
from station.context import Station
from station.errors import DeliveryClosed, DeliveryHeld
from station.settings.tables import DestinationTable

#: The switch by which a person pauses all deliveries.
PAUSED = "deliveries-paused"
#: A person who looks at the progress, or pauses, waits no longer than this and one piece (s); a transaction per piece
#: would cost more than the piece.
_LOOK_EVERY = 0.5


class CatalogueTransfer:
    """The :class:`station.delivery.destinations.contract.Transfer` of one delivery in the catalogue."""

    def __init__(self, station: Station, delivery_id: int, destination: DestinationTable, sent: int) -> None:
        self._station, self._id, self._destination = station, delivery_id, destination
        self._looked = time.monotonic()
        self._before = sent
        #: Bytes the destination is known to hold.
        self.sent = sent

    @property
    def progressed(self) -> bool:
        """Whether it came further than the tries before."""
        return self.sent > self._before

    @property
    def upload_url(self) -> str | None:
        """Where an earlier try began its upload."""
        with self._station.catalogue.reading() as session:
            return session.get_one(Delivery, self._id).upload_url

    def began(self, upload_url: str) -> None:
        """Remember where the upload goes on."""
        with self._station.catalogue.writing() as session:
            session.get_one(Delivery, self._id).upload_url = upload_url

    def reached(self, sent: int) -> None:
        """Remember how far it is, and raise ``DeliveryHeld`` or ``DeliveryClosed`` where it may not go on."""
        self.sent = sent
        if time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        with self._station.catalogue.writing() as session:
            session.get_one(Delivery, self._id).bytes_sent = sent
        may_go_on(self._station, self._destination)


def is_paused(session: Session) -> bool:
    """Whether a person holds all deliveries."""
    return bool(session.scalar(_pause_switch()))


@cache
def _pause_switch() -> Select[bool]:
    return select(Switch.on).where(Switch.name == PAUSED)


def may_go_on(station: Station, destination: DestinationTable) -> None:
    """Raise ``DeliveryHeld`` where a person paused, ``DeliveryClosed`` where the destination is not served now."""
    with station.catalogue.reading() as session:
        if is_paused(session):
            raise DeliveryHeld("queue-paused")
    hours, now = destination.service_hours, datetime.now().astimezone()
    if hours is not None and not hours.cover(now):
        opens = hours.opens_after(now).astimezone(UTC)
        raise DeliveryClosed("destination-hours", opens, destination=destination.id, hours=hours)
