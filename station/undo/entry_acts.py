"""The inverse of what a person did to entries: they are how they were, all those of one act at once.

Where somebody changed the same since, it is ``Refused`` ("undo-changed") and nothing is changed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import row_facts
from station.catalogue.models import Entry, EntryRevision, Event, Ledger, Page
from station.domain.states import MAY_HOLD_ENTRY
from station.errors import Refused
from station.ledger import entries, entry_queries, pages
from station.ledger.entries import Act

#: What is done to entries, by the line of the log.
LINES = frozenset({"entry-set", "entry-changed", "entry-removed", "entries-swapped", "entries-shifted"})


def take_back(session: Session, ledger: Ledger, act: Act, line: Event, ids: dict[int, int]) -> None:
    """Bring the entries of a line back to how they were, all in one act as they were changed.

    ``ids`` are the ids that their pages have now, by those that the log knows, where these are others.
    """
    rows = {row["id"]: row for row in line.facts["rows"]}
    changed = [session.get_one(Entry, entry_id) for entry_id in rows]
    # By all that it is: what was taken back on top of it has given it newer revisions.
    if any({**row_facts.entry(entry), "revision": 0} != {**rows[entry.id], "revision": 0} for entry in changed):
        raise Refused("undo-changed")
    before = {entry_id: _row_before(session, line, row) for entry_id, row in rows.items()}
    for entry in changed:
        entry.living = False
    session.flush()
    for entry in changed:
        row = before[entry.id]
        placed = [placement.page for placement in entry.placements]
        if row is None or not row["living"]:
            entry.placements.clear()
            for page in placed:
                pages.release(session, page)
            continue
        there = _pages_of(session, ledger, row, ids)
        if entry_queries.is_taken(session, ledger, row["year"], row["number"]):
            raise Refused("undo-changed")
        entry.year, entry.number, entry.date = row["year"], row["number"], row["date"]
        entry.suffix_reason, entry.living = row["suffix_reason"], True
        entries.place(session, entry, there)
        session.flush()
    entries.revise(
        session, ledger, act, changed, "entry-changed" if any(one.living for one in changed) else "entry-removed"
    )


def _pages_of(session: Session, ledger: Ledger, row: dict[str, Any], ids: dict[int, int]) -> list[Page]:
    """The pages of an entry as the log says it was: another page may have the id of one that went since."""
    of_then = select(EntryRevision.pages).where(
        EntryRevision.entry_id == row["id"], EntryRevision.revision == row["revision"]
    )
    selection = [session.get(Page, ids.get(page_id, page_id)) for page_id in row["pages"]]
    there = [page for page in selection if page is not None and page.ledger_id == ledger.id]
    is_same = [page.seq for page in there] == session.scalars(of_then).one()
    if not is_same or any(page.state not in MAY_HOLD_ENTRY for page in there):
        raise Refused("undo-changed")
    return there


def _row_before(session: Session, line: Event, now: dict[str, Any]) -> dict[str, Any] | None:
    """How an entry was before this line, by the log; None where the line made it."""
    if now["revision"] == 1:
        return None
    query = select(Event.facts).where(Event.ledger == line.ledger, Event.id < line.id, Event.what.in_(LINES))
    for facts in session.scalars(query.order_by(Event.id.desc()).execution_options(yield_per=100)):
        for row in facts.get("rows", ()):
            if row["id"] == now["id"]:
                return dict(row)
    raise Refused("undo-changed")
