"""Acts of other days and other people: what is done in a block stands in the catalogue as if it had been done then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

from tests.station.opened_station import OpenedStation

#: The office's time, seven hours ahead of UTC.
VIETNAM = timezone(timedelta(hours=7))

#: Each table that a report counts from, with the columns of its moment and of the person.
_ACTS = {
    "capture": ("accepted_at", "operator"),
    "entry_revision": ("at", "who"),
    "attachment": ("at", "who"),
    '"check"': ("at", "who"),
    "package": ("started_at", "made_by"),
    "receipt": ("at", None),
    "event": ("at", "who"),
}


@contextmanager
def done_at(desk: OpenedStation, moment: datetime, person: str) -> Iterator[None]:
    """Let all that is done in the block be that person's, at that moment."""
    before = {table: desk.one_row(f"SELECT coalesce(max(id), 0) FROM {table}") for table in _ACTS}
    yield
    at = moment.astimezone(UTC).isoformat(timespec="microseconds")
    for table, (column, who) in _ACTS.items():
        desk.by_hand(f"UPDATE {table} SET {column} = ? WHERE id > ?", at, before[table])
        if who is not None:
            desk.by_hand(f"UPDATE {table} SET {who} = ? WHERE id > ?", person, before[table])


def here(text: str) -> datetime:
    """A moment by the office's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
