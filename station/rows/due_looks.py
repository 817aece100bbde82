"""Which rows of a ledger wait for which second look, and what of that a person may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryRow, Ledger
from station.context import Station
from station.domain.checks import SecondLook
from station.errors import Refused
from station.ledger import entry_queries, ledgers
from station.rows import entry_rows, row_checks, second_keying
from station.rows.value_differences import DifferenceKind


class LookKind(StrEnum):
    """What is to be done: look at the row, key it again, decide what differs; or see where only a sign does."""

    REVIEW = "review"
    KEYING = "keying"
    DECISION = "decision"
    SIGNS = "signs"


@dataclass(frozen=True)
class DueLook:
    """A row that waits: whoever did a part of it so far are its ``keyers``, the last at ``done_at``."""

    entry: Entry
    kind: LookKind
    keyers: frozenset[str]
    done_at: datetime

    def is_for(self, who: str) -> bool:
        """Whether this person may do it now."""
        try:
            self.is_own(who)
        except Refused:
            return False
        return True

    def is_own(self, who: str) -> bool:
        """Whether the person would look at their own work; ``Refused`` on the day they did it."""
        return row_checks.looks_alone(who, self.keyers, self.done_at)


def counts(station: Station, ledger_text: str) -> Counter[LookKind]:
    """How many rows wait for what."""
    with station.catalogue.reading() as session:
        return Counter(one.kind for one in _of_ledger(station, session, ledgers.find(session, ledger_text)))


def next_for(
    station: Station,
    ledger_text: str,
    kinds: Collection[LookKind],
    who: str,
    *,
    after: int | None = None,
    elsewhere: Collection[int] = (),
) -> int | None:
    """The next entry whose row waits for one of these from this person, from the start where none is behind ``after``.

    Others' rows come first, one's own at the end. Rows of the entries ``elsewhere`` are with other people.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        last = (
            entry_queries.order_key(entry_queries.living_entry(session, ledger, after)) if after is not None else None
        )
        due = [one for one in _of_ledger(station, session, ledger) if one.kind in kinds and one.is_for(who)]
        free = [one for one in due if one.entry.id not in elsewhere and one.entry.id != after]

        def order(one: DueLook) -> tuple[bool, bool]:
            return one.is_own(who), last is not None and entry_queries.order_key(one.entry) < last

        following = min(free, key=order, default=None)
        return None if following is None else following.entry.id


def _of_ledger(station: Station, session: Session, ledger: Ledger) -> Iterator[DueLook]:
    """In the order of the entries."""
    look = station.settings.second_look(ledger.type)
    if look == SecondLook.NONE:
        return
    checks, twice = row_checks.standing(session, ledger), second_keying.of_ledger(session, ledger)
    template = entry_rows.template_of(session, ledger)
    rows = select(EntryRow).join(Entry, Entry.id == EntryRow.entry_id)
    rows = rows.where(Entry.ledger_id == ledger.id, Entry.living, EntryRow.complete).order_by(*entry_queries.ORDER)
    for row in session.scalars(rows):
        keyers, done_at, second = frozenset(row.keyers), row.completed_at or row.keyed_at, twice.get(row.entry_id)
        if look == SecondLook.REVIEW or second is None or second.done_at is None:
            if row.entry_id not in checks:
                kind = LookKind.REVIEW if look == SecondLook.REVIEW else LookKind.KEYING
                yield DueLook(row.entry, kind, keyers, done_at)
        elif left := second_keying.differences(template, row.values, second):
            slips = all(one.kind == DifferenceKind.SIGNS for one in left)
            kind = LookKind.SIGNS if slips else LookKind.DECISION
            yield DueLook(row.entry, kind, keyers | {*second.keyers}, max(done_at, second.done_at))
