"""Reports on their way: by the destinations, the locks and the patience of the delivery queue, before any package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from station.catalogue import event_log
from station.catalogue.models import ReportRevision, constant
from station.context import Station
from station.delivery import destinations
from station.delivery import queue as delivery_queue
from station.delivery.destinations.contract import DeliveryFile, Destination
from station.delivery.progress import may_go_on
from station.domain.states import DeliveryState
from station.errors import DeliveryHeld, DeliveryStuck, DeliveryWaits, Refused
from station.messages import Message
from station.settings.tables import AnyDestination


@dataclass(frozen=True)
class SentReport:
    """A revision of a day's report as a person sees it; ``trouble`` is what holds it up."""

    day: date
    revision: int
    destination: str
    state: str
    made_at: datetime
    received_at: datetime | None
    trouble: Message | None


def of_days(station: Station, first: date, last: date) -> list[SentReport]:
    """The revisions of these days, by day."""
    with station.catalogue.reading() as session:
        within = select(ReportRevision).where(ReportRevision.day >= first, ReportRevision.day <= last)
        rows = session.scalars(within.order_by(ReportRevision.day, ReportRevision.revision))
        return [_shown(row) for row in rows]


def send(station: Station, destination: str, *, only_due: bool = True) -> Iterator[SentReport]:
    """Send the reports that wait for that destination, the oldest first; after trouble the others wait for it.

    Raises ``Refused`` where a person paused deliveries, or another sends there.
    """
    with station.catalogue.reading() as session:
        waiting = (ReportRevision.destination == destination, ReportRevision.state != constant(DeliveryState.RECEIPTED))
        query = select(ReportRevision.id, ReportRevision.next_try_at).where(*waiting)
        rows = session.execute(query.order_by(ReportRevision.day, ReportRevision.revision)).all()
    if not rows:
        return
    table = next((one for one in station.settings.destinations if one.id == destination), None)
    with ExitStack() as stack:
        if not stack.enter_context(destinations.exclusive_delivery(station.folders, destination)):
            raise Refused("delivery-running")
        sender = stack.enter_context(destinations.open_destination(table)) if table else None
        for report_id, next_try in rows:
            if only_due and next_try is not None and next_try > datetime.now(UTC):
                return
            well = _send(station, report_id, table, sender)
            with station.catalogue.reading() as session:
                yield _shown(session.get_one(ReportRevision, report_id))
            if not well:
                return


def _send(station: Station, report_id: int, table: AnyDestination | None, sender: Destination | None) -> bool:
    """Try one; whether it was received."""
    with station.catalogue.writing() as session:
        row = session.get_one(ReportRevision, report_id)
        row.state, row.attempts = DeliveryState.SENDING, row.attempts + 1
        file = _delivery_file(station, row)
    try:
        if table is None or sender is None:
            raise DeliveryStuck("destination-unknown", destination=row.destination)
        may_go_on(station, table)
        store = sender.send(file, _ReportTransfer(station, report_id, table))
    except DeliveryHeld as error:
        with station.catalogue.writing() as session:
            session.get_one(ReportRevision, report_id).state = DeliveryState.QUEUED
        raise Refused(error.code, **error.facts) from error
    except DeliveryWaits as error:
        with station.catalogue.writing() as session:
            row = session.get_one(ReportRevision, report_id)
            row.state = DeliveryState.STUCK if isinstance(error, DeliveryStuck) else DeliveryState.WAITING
            row.error, row.detail = error.code, delivery_queue.storable(error.facts)
            row.next_try_at = delivery_queue.next_try(error, row.attempts)
        return False
    with station.catalogue.writing() as session:
        row = session.get_one(ReportRevision, report_id)
        row.state, row.store, row.received_at = DeliveryState.RECEIPTED, store, datetime.now(UTC)
        row.error, row.detail, row.next_try_at = None, None, None
        facts = {"day": row.day.isoformat(), "revision": row.revision, "to": row.destination, "sha256": row.sha256}
        event_log.record(session, "delivery", "report-received", None, **facts)
    return True


class _ReportTransfer:
    """What the catalogue remembers of a report on its way; it is small, and how far it came is not kept."""

    def __init__(self, station: Station, report_id: int, destination: AnyDestination) -> None:
        self._station, self._id, self._destination = station, report_id, destination

    @property
    def upload_url(self) -> str | None:
        """Where an earlier try began its upload."""
        with self._station.catalogue.reading() as session:
            return session.get_one(ReportRevision, self._id).upload_url

    def began(self, upload_url: str) -> None:
        """Remember where the upload goes on."""
        with self._station.catalogue.writing() as session:
            session.get_one(ReportRevision, self._id).upload_url = upload_url

    def reached(self, sent: int) -> None:
        """Raise ``DeliveryHeld`` or ``DeliveryClosed`` where it may not go on."""
        may_go_on(self._station, self._destination)


def _delivery_file(station: Station, row: ReportRevision) -> DeliveryFile:
    """Below the destination, a report lies as in the station's own data folder, under the station's id."""
    own, source = station.settings.station.id, station.folders.data / row.file
    return DeliveryFile(source, Path(own, row.file), row.sha256, row.bytes, f"report/{row.day}/r{row.revision}", own)


def _shown(row: ReportRevision) -> SentReport:
    trouble = Message(row.error, row.detail or {}) if row.error else None
    return SentReport(row.day, row.revision, row.destination, row.state, row.made_at, row.received_at, trouble)
