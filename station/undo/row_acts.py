"""The inverse of what a person keyed into a row: its columns hold what they held before.

A row keeps every value it had (:class:`~station.catalogue.models.RowRevision`); the log itself says of a citizen's
values no more than which columns they stand in.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import CarriedLine, EntryRow, Event, Ledger, RowRevision
from station.context import Station
from station.errors import Refused
from station.ledger.entries import Act
from station.rows import entry_rows

#: Values were keyed into an entry's row.
SET = "row-set"


def is_act(line: Event | CarriedLine) -> bool:
    """Whether a line changed values of a row; that a row is right as it is changes none."""
    return line.what == SET and bool(line.facts["columns"])


def take_back(station: Station, session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """The columns of a line hold again what they held; a second look that the row needs is looked at anew.

    ``Refused`` ("undo-changed") where one of them holds something else by now, or the entry is gone.
    """
    (row,) = line.facts["rows"]
    stored = session.scalars(select(EntryRow).where(EntryRow.entry_id == row["entry"])).one_or_none()
    if stored is None or not stored.entry.living or stored.entry.ledger_id != ledger.id:
        raise Refused("undo-changed")
    until = select(RowRevision).where(RowRevision.entry_row_id == stored.id, RowRevision.revision <= row["revision"])
    revisions = session.scalars(until.order_by(RowRevision.revision)).all()
    if not revisions or revisions[-1].revision != row["revision"]:
        raise Refused("undo-changed")
    *earlier, keyed = revisions
    if any(stored.values.get(name, "") != value for name, value in keyed.changes.items()):
        raise Refused("undo-changed")
    before: dict[str, str] = {}
    for revision in earlier:
        before |= revision.changes
    changes = {name: before.get(name, "") for name in keyed.changes}
    entry_rows.put_back(station, session, ledger, act, stored, changes)
