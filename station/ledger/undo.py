"""Undo of what a person did to pages and entries: the last ten acts of each, taken back as new acts of the log.

The stack is read off the log itself. What cannot be taken back any more is refused: when somebody else has changed the
same since, or a package was made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log, row_facts
from station.catalogue.models import Entry, Event, Ledger, Package, Page
from station.context import Station
from station.domain.states import MAY_HOLD_ENTRY, PageState
from station.errors import Refused
from station.ledger import entries, entry_queries, finding_resolutions, ledgers, pages
from station.ledger.entries import Act
from station.messages import Message

#: How many acts of one person can be taken back, one after the other.
DEPTH = 10
#: The line of the log that says which one was, and by which other lines.
UNDONE = "act-undone"
_OF_ENTRIES = frozenset({"entry-set", "entry-changed", "entry-removed", "entries-swapped", "entries-shifted"})
_OF_PAGES = "page-changed"
#: So many lines of a person's are looked through for acts.
_FAR = 200


@dataclass(frozen=True)
class PastAct:
    """An act that may be taken back: the id of its line in the log, its words, and the page to show with it."""

    event: int
    message: Message
    label: str | None


def acts(station: Station, ledger_text: str, *, who: str) -> list[PastAct]:
    """What this person did in a ledger and may take back, the newest first, at most :data:`DEPTH`."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return [_past_act(session, lines[0]) for lines in islice(_stack(session, ledger, who), DEPTH)]


def undo(station: Station, act: Act, expected: int | None = None) -> PastAct:
    """Take back the newest act of a person in a ledger; gives what it was.

    ``expected`` is the act that stood on the screen: ``Refused`` ("undo-not-newest") where another one came since. Also
    ``Refused``: "undo-nothing", "undo-packaged", "undo-changed".
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        lines = next(_stack(session, ledger, act.who), None)
        if lines is None:
            raise Refused("undo-nothing")
        past = _past_act(session, lines[0])
        if expected not in (None, past.event):
            raise Refused("undo-not-newest")
        packages = select(Package.id).where(Package.ledger_id == ledger.id, Package.started_at > lines[0].at)
        if session.scalars(packages.limit(1)).first() is not None:
            raise Refused("undo-packaged")
        newest = event_log.newest(session).line
        for line in reversed(lines):
            if line.what == _OF_PAGES:
                _take_back_of_page(session, ledger, act, line)
            else:
                _take_back_of_entries(session, ledger, act, line)
        by = list(session.scalars(select(Event.id).where(Event.id > newest)))
        event_log.record(session, act.who, UNDONE, ledgers.reference(ledger), undone=past.event, by=by)
        ledgers.settle(session, ledger)
        return past


def _stack(session: Session, ledger: Ledger, who: str) -> Iterator[list[Event]]:
    """The acts of a person, the newest first, each as its lines: the act itself, then what went along with it."""
    query = select(Event).where(Event.who == who, Event.ledger == ledgers.reference(ledger)).order_by(Event.id.desc())
    left_out: set[int] = set()
    along: list[Event] = []
    for line in session.scalars(query.limit(_FAR)):
        if line.what == UNDONE:
            left_out |= {line.facts["undone"], *line.facts["by"]}
        elif line.what == _OF_PAGES and line.facts.get("along"):
            along.append(line)
        else:
            if line.id not in left_out and _may_be_taken_back(line):
                yield [line, *(one for one in reversed(along) if one.id not in left_out)]
            along = []


def _may_be_taken_back(line: Event) -> bool:
    # Lines of earlier versions do not say what was before.
    return "rows" in line.facts if line.what in _OF_ENTRIES else line.what == _OF_PAGES and "before" in line.facts


def _past_act(session: Session, line: Event) -> PastAct:
    if line.what in _OF_ENTRIES:
        numbers = [text.partition("/")[2] for text in line.facts["entries"]]
        shown = ", ".join(numbers if len(numbers) < 4 else [numbers[0], "…", numbers[-1]])
        page_ids = [page_id for row in line.facts["rows"] for page_id in row["pages"]]
        page = session.get(Page, page_ids[0]) if page_ids else None
        did = "did-run" if line.what == "entry-set" and len(numbers) > 1 else f"did-{line.what}"
        return PastAct(line.id, Message(did, {"numbers": shown}), page.seq if page else None)
    facts = line.facts
    if "state" in facts:
        said = Message("did-state", {"label": facts["label"], "state": Message(f"holds-{facts['state']}")})
    else:
        said = Message("did-turn" if "turned" in facts else "did-number", {"label": facts["label"]})
    return PastAct(line.id, said, facts["label"])


def _take_back_of_page(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    facts, before = line.facts, line.facts["before"]
    try:
        page = pages.by_label(session, ledger.id, facts["label"])
    except Refused as gone:
        raise Refused("undo-changed") from gone
    if any(key in facts and getattr(page, key) != facts[key] for key in ("state", "number")):
        raise Refused("undo-changed")
    restored: dict[str, Any] = {}
    if "state" in facts:
        page.state = PageState(before["state"])
        finding_resolutions.reopen_blank(session, page, since=line.at)
        restored["state"] = before["state"]
    if "number" in facts:
        page.number = restored["number"] = before["number"]
    if "turned" in facts:
        pages.turn(session, page, facts["label"], -facts["turned"])
        restored["rotation"] = page.regions[0].rotation
    event_log.record(session, act.who, _OF_PAGES, ledgers.reference(ledger), label=facts["label"], **restored)


def _take_back_of_entries(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """Bring the entries of a line back to how they were, all in one act as they were changed."""
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
        selection = [session.get(Page, page_id) for page_id in row["pages"]]
        there = [page for page in selection if page is not None and page.state in MAY_HOLD_ENTRY]
        if len(there) < len(selection) or entry_queries.is_taken(session, ledger, row["year"], row["number"]):
            raise Refused("undo-changed")
        entry.year, entry.number, entry.date = row["year"], row["number"], row["date"]
        entry.suffix_reason, entry.living = row["suffix_reason"], True
        entries.place(session, entry, there)
        session.flush()
    entries.revise(
        session, ledger, act, changed, "entry-changed" if any(one.living for one in changed) else "entry-removed"
    )


def _row_before(session: Session, line: Event, now: dict[str, Any]) -> dict[str, Any] | None:
    """How an entry was before this line, by the log; None where the line made it."""
    if now["revision"] == 1:
        return None
    query = select(Event.facts).where(Event.ledger == line.ledger, Event.id < line.id, Event.what.in_(_OF_ENTRIES))
    for facts in session.scalars(query.order_by(Event.id.desc()).execution_options(yield_per=100)):
        for row in facts.get("rows", ()):
            if row["id"] == now["id"]:
                return dict(row)
    raise Refused("undo-changed")
