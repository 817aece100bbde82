"""What people said of odd values in rows: it stands so on the page.

An answer holds for what was odd, with the values that raised it, and is kept by no more than marks of these: the same
doubt is not asked again, another one, or the same with other values, is. Answers are never changed: of each doubt the
newest one counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Check, Entry, EntryRow, Event, Ledger
from station.domain.checks import CheckKind, CheckVerdict
from station.errors import Refused
from station.ledger import ledgers
from station.ledger.entries import Act
from station.rows.plausibility import RowDoubt
from station.rows.row_checks import RowCheck

#: Somebody answered what is odd in a row.
ANSWERED = "row-doubts-answered"


def of_entry(session: Session, entry_id: int) -> Mapping[str, RowCheck]:
    """The answers that stand for the row of an entry, by the marks of what was odd."""
    of_row = select(Check).where(Check.entry_id == entry_id, Check.kind == CheckKind.DOUBT)
    return _standing(session.scalars(of_row.order_by(Check.id)).all())


def of_ledger(session: Session, ledger: Ledger) -> Mapping[int, Mapping[str, RowCheck]]:
    """The same for each row of a ledger, by entry."""
    query = select(Check).join(Entry, Entry.id == Check.entry_id)
    query = query.where(Entry.ledger_id == ledger.id, Entry.living, Check.kind == CheckKind.DOUBT)
    by_entry = defaultdict[int, list[Check]](list)
    for check in session.scalars(query.order_by(Check.id)):
        if check.entry_id is not None:
            by_entry[check.entry_id].append(check)
    return {entry_id: _standing(checks) for entry_id, checks in by_entry.items()}


def record(session: Session, ledger: Ledger, act: Act, row: EntryRow, odd: Sequence[RowDoubt]) -> None:
    """Store that what is odd in a row stands so on the page; the log says no more than of how much it was said."""
    marks = " ".join(doubt.mark for doubt in odd)
    check = store(session, row, CheckVerdict.RIGHT, marks, act.who)
    entry = session.get_one(Entry, row.entry_id)
    facts = {"entries": [f"{entry.year}/{entry.number}"], "entry": entry.id, "check": check.id, "count": len(odd)}
    event_log.record(session, act.who, ANSWERED, ledgers.reference(ledger), why=act.why, **facts)
    ledgers.settle(session, ledger)


def store(session: Session, row: EntryRow, verdict: CheckVerdict, marks: str, who: str) -> Check:
    """Store what somebody says of doubts with these marks (with a space between), inside the caller's act."""
    check = Check(entry_id=row.entry_id, kind=CheckKind.DOUBT, verdict=verdict, who=who, at=datetime.now(UTC))
    check.row_revision, check.note = row.revision, marks
    session.add(check)
    session.flush()
    return check


def take_back(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """What a line says was answered is asked again; ``Refused`` ("undo-changed") where the entry is gone."""
    facts = line.facts
    check = session.get(Check, facts["check"])
    row = session.scalars(select(EntryRow).where(EntryRow.entry_id == facts["entry"])).one_or_none()
    if row is None or not row.entry.living or row.entry.ledger_id != ledger.id:
        raise Refused("undo-changed")
    if check is None or (check.entry_id, check.kind, check.who) != (row.entry_id, CheckKind.DOUBT, line.who):
        raise Refused("undo-changed")
    store(session, row, CheckVerdict.WITHDRAWN, check.note or "", act.who)
    of_row = {"entries": facts["entries"], "entry": row.entry_id}
    event_log.record(session, act.who, "row-doubts-ask-again", ledgers.reference(ledger), why=act.why, **of_row)


def _standing(checks: Sequence[Check]) -> Mapping[str, RowCheck]:
    newest = {mark: check for check in checks for mark in (check.note or "").split()}
    return {mark: RowCheck.of(check) for mark, check in newest.items() if check.verdict != CheckVerdict.WITHDRAWN}
