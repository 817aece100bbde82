"""What two keyings differ in is decided by a third person; and a review's verdict on a row.

Whoever looks may set values right at once: each is a revision of the row, as if it had been keyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import EntryRow, Ledger
from station.context import Station
from station.domain.checks import CheckVerdict, SecondLook
from station.errors import Refused
from station.ledger import entry_queries, ledgers
from station.ledger.entries import Act
from station.rows import entry_rows, row_checks, second_keying
from station.rows.entry_rows import KeyedRow


def decide(
    station: Station, act: Act, entry_id: int, typed: Mapping[str, str], *, shown_revision: int
) -> list[second_keying.ColumnDifference]:
    """Settle columns in which two keyings differ, by the value that the page says; gives what still differs.

    ``Refused`` where the person keyed one of the two on this day ("row-look-own"), a column does not differ, or the row
    changed meanwhile.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        row, completed_at = _complete_row(session, ledger, entry_id)
        second = second_keying.of_entry(session, entry_id)
        if second is None or second.done_at is None:
            raise Refused("row-nothing-to-decide")
        alone = row_checks.looks_alone(act.who, {*row.keyers, *second.keyers}, max(completed_at, second.done_at))
        template = entry_rows.template_of(session, ledger)
        decided = entry_rows.read(template, typed)
        there = {one.column.name for one in second_keying.differences(template, row.values, second)}
        if not decided.keys() <= there:
            raise Refused("row-nothing-to-decide")
        second.decided = {**second.decided, **decided}
        keyed = entry_rows.store(station, session, act, row.entry, decided, shown_revision)
        if second_keying.is_agreed(template, keyed.keyed, second):
            row_checks.record(session, ledger, act, row, CheckVerdict.RIGHT, who=act.who, alone=alone)
        return second_keying.differences(template, keyed.keyed, second)


def review(
    station: Station,
    act: Act,
    entry_id: int,
    verdict: CheckVerdict,
    typed: Mapping[str, str] | None = None,
    *,
    shown_revision: int | None = None,
) -> KeyedRow:
    """Say of a row that it is right, with what was set right in it, or that it is not; gives it as it is now.

    ``act.why`` says what is not right. ``Refused`` where the rows of the ledger's type are not reviewed, for one's own
    row on the day it was keyed ("row-look-own"), for one that is not complete, and where it changed meanwhile.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        if station.settings.second_look(ledger.type) != SecondLook.REVIEW:
            raise Refused("row-review-not-set", type=ledger.type)
        row, completed_at = _complete_row(session, ledger, entry_id)
        alone = row_checks.looks_alone(act.who, row.keyers, completed_at)
        if shown_revision is not None and row.revision != shown_revision:
            raise Refused("row-look-changed", who=row.keyed_by)
        entry_rows.store(station, session, act, row.entry, typed or {}, shown_revision)
        if verdict == CheckVerdict.RIGHT and not entry_rows.of_entry(station, session, ledger, row.entry).is_whole:
            raise Refused("row-second-early", number=row.entry.number)
        row.complete = verdict == CheckVerdict.RIGHT  # else it is among those to be keyed again
        row_checks.record(session, ledger, act, row, verdict, who=act.who, alone=alone)
        return entry_rows.of_entry(station, session, ledger, row.entry)


def _complete_row(session: Session, ledger: Ledger, entry_id: int) -> tuple[EntryRow, datetime]:
    entry = entry_queries.living_entry(session, ledger, entry_id)
    row = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry_id)).one_or_none()
    if row is None or row.completed_at is None:
        raise Refused("row-second-early", number=entry.number)
    return row, row.completed_at
