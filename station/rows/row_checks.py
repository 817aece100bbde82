"""The second look at a row: what another person said of it, and who may say it.

A verdict holds for the row as it was seen: after a change the row is to be looked at again. Verdicts are never changed:
the newest one counts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from station.catalogue import event_log
from station.catalogue.models import Check, Entry, EntryRow, Ledger
from station.domain.checks import CheckKind, CheckVerdict
from station.errors import Refused
from station.ledger import ledgers
from station.ledger.entries import Act


@dataclass(frozen=True)
class RowCheck:
    """What somebody said of a row, ``at`` which time; ``alone`` is whether they had keyed it, too."""

    verdict: CheckVerdict
    who: str
    at: datetime
    alone: bool
    note: str

    @classmethod
    def of(cls, check: Check) -> RowCheck:
        """The verdict as it is stored."""
        return cls(CheckVerdict(check.verdict), check.who, check.at, bool(check.alone), check.note or "")


def is_newest() -> ColumnElement[bool]:
    """Whether a verdict is on a row, and nobody gave one on the same row later."""
    later = aliased(Check)
    again = select(later.id).where(later.entry_id == Check.entry_id, later.kind == CheckKind.ROW, later.id > Check.id)
    return and_(Check.kind == CheckKind.ROW, ~again.exists())


def standing(session: Session, ledger: Ledger) -> dict[int, RowCheck]:
    """The verdicts that stand on the rows of a ledger, by entry."""
    query = (
        select(Check)
        .join(Entry, Entry.id == Check.entry_id)
        .join(EntryRow, EntryRow.entry_id == Entry.id)
        .where(Entry.ledger_id == ledger.id, Entry.living, is_newest())
        .where(Check.row_revision == EntryRow.revision)
    )
    return {check.entry_id: RowCheck.of(check) for check in session.scalars(query) if check.entry_id is not None}


def newest(session: Session, entry_id: int) -> RowCheck | None:
    """The newest verdict on the row of an entry, whatever became of the row since."""
    check = _newest(session, entry_id)
    return None if check is None else RowCheck.of(check)


def of_row(session: Session, row: EntryRow) -> RowCheck | None:
    """The verdict that stands on a row."""
    check = _newest(session, row.entry_id)
    return RowCheck.of(check) if check is not None and check.row_revision == row.revision else None


def looks_alone(who: str, keyers: Collection[str], keyed_at: datetime) -> bool:
    """Whether somebody who looks at a row now looks at their own work: in an office of one, and marked so.

    ``Refused`` on the day on which it was keyed (the PC's own): nobody sees their own slips on the same day.
    """
    if who not in keyers:
        return False
    if datetime.now(UTC).astimezone().date() <= keyed_at.astimezone().date():
        raise Refused("row-look-own", who=who)
    return True


def record(
    session: Session,
    ledger: Ledger,
    act: Act,
    row: EntryRow,
    verdict: CheckVerdict,
    *,
    who: str,
    alone: bool,
    at: datetime | None = None,
) -> None:
    """Store a verdict on a row as it is; ``act`` is what led to it, ``who`` whose look it was ``at`` (else: now)."""
    check = Check(entry_id=row.entry_id, kind=CheckKind.ROW, verdict=verdict, who=who, at=at or datetime.now(UTC))
    check.row_revision, check.alone, check.note = row.revision, alone, act.why or None
    session.add(check)
    session.flush()
    entry = session.get_one(Entry, row.entry_id)
    facts = {"entries": [f"{entry.year}/{entry.number}"], "verdict": str(verdict), "alone": alone, "by": who}
    event_log.record(session, act.who, "row-checked", ledgers.reference(ledger), why=act.why, **facts)
    ledgers.settle(session, ledger)


def _newest(session: Session, entry_id: int) -> Check | None:
    of_row = select(Check).where(Check.entry_id == entry_id, Check.kind == CheckKind.ROW)
    return session.scalars(of_row.order_by(Check.id.desc()).limit(1)).first()
