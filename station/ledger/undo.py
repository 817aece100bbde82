"""Undo of what a person did to pages and entries: the last ten acts of each, taken back as new acts of the log.

The stack is read off the log itself; :mod:`station.ledger.undo_pages` knows the inverse of what is done to pages. What
cannot be taken back any more is refused: when somebody else has changed the same since, or a package was made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from station.catalogue import event_log, row_facts
from station.catalogue.models import Entry, EntryRevision, Event, Ledger, Package, Page
from station.context import Station
from station.domain.checks import CheckVerdict
from station.domain.states import MAY_HOLD_ENTRY
from station.errors import Refused
from station.ledger import entries, entry_queries, ledgers, page_turns, pages, undo_pages
from station.ledger.entries import Act
from station.messages import Message

#: How many acts of one person can be taken back, one after the other.
DEPTH = 10
#: The line of the log that says which one was, and by which other lines.
UNDONE = "act-undone"
_OF_ENTRIES = frozenset({"entry-set", "entry-changed", "entry-removed", "entries-swapped", "entries-shifted"})
#: What is done to pages, by the line of the log, with its inverse.
_OF_PAGES = {
    "page-changed": undo_pages.change,
    page_turns.TURNED: undo_pages.turns,
    "page-moved": undo_pages.order,
    "fold-moved": undo_pages.fold,
    "page-made-whole": undo_pages.fold,
    "page-retaken": undo_pages.image,
    "earlier-image-taken": undo_pages.image,
    "capture-put-back": undo_pages.back,
    "pages-checked": undo_pages.verdicts,
    "finding-answered": undo_pages.answer,
}
_ASIDE = "capture-set-aside"
#: The lines of the log that are acts to be taken back.
KNOWN = _OF_ENTRIES | _OF_PAGES.keys() | {_ASIDE}
#: What such a line says where it can be taken back; lines of earlier versions do not say what was before.
_NEEDED = {
    "capture-put-back": "label",
    "pages-checked": "checks",
    "finding-answered": "finding",
    page_turns.TURNED: "turned",
}
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
        return [_past_act(session, ledger, lines) for lines in islice(_stack(session, ledger, who), DEPTH)]


def in_words(line: Event) -> Message | None:
    """What such a line of the log did, in words; None where it is no act on pages or entries, or tells too little."""
    if line.what in _OF_ENTRIES:
        return _of_entries_in_words(line)
    if line.what in _OF_PAGES or line.what == _ASIDE:
        return _of_pages_in_words([line]) if line.facts.keys() & {"label", "labels"} else None
    return None


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
        past = _past_act(session, ledger, lines)
        if expected not in (None, past.event):
            raise Refused("undo-not-newest")
        packages = select(Package.id).where(Package.ledger_id == ledger.id, Package.started_at > lines[0].at)
        if session.scalars(packages.limit(1)).first() is not None:
            raise Refused("undo-packaged")
        newest = event_log.newest(session).line
        for line in reversed(lines):
            _take_back(session, ledger, act, line)
        by = list(session.scalars(select(Event.id).where(Event.id > newest)))
        event_log.record(session, act.who, UNDONE, ledgers.reference(ledger), undone=past.event, by=by)
        ledgers.settle(session, ledger)
        return past


def _stack(session: Session, ledger: Ledger, who: str) -> Iterator[list[Event]]:
    """The acts of a person, the newest first, each as its lines: the act itself, then what went along with it.

    Lines by which entries lost pages that were set aside are no acts of their own.
    """
    left_out: set[int] = set()
    inside: set[int] = set()
    along: list[Event] = []
    for line in session.scalars(_newest_lines(), {"who": who, "ledger": ledgers.reference(ledger)}):
        inside.update(line.facts.get("withdrawn", ()))
        if line.what == UNDONE:
            left_out |= {line.facts["undone"], *line.facts["by"]}
        elif line.facts.get("along"):
            along.append(line)
        elif line.id not in inside:
            if line.id not in left_out and _may_be_taken_back(line):
                yield [line, *(one for one in reversed(along) if one.id not in left_out)]
            along = []


@cache
def _newest_lines() -> Select[Event]:
    query = select(Event).where(Event.who == bindparam("who"), Event.ledger == bindparam("ledger"))
    return query.order_by(Event.id.desc()).limit(_FAR)


def _may_be_taken_back(line: Event) -> bool:
    if line.what in _OF_ENTRIES:
        return "rows" in line.facts
    if line.what not in _OF_PAGES and line.what != _ASIDE:
        return False
    return _NEEDED.get(line.what, "before") in line.facts and "undoing" not in line.facts


def _past_act(session: Session, ledger: Ledger, lines: list[Event]) -> PastAct:
    line = lines[0]
    if line.what in _OF_ENTRIES:
        page_ids = [page_id for row in line.facts["rows"] for page_id in row["pages"]]
        page = session.get(Page, page_ids[0]) if page_ids else None
        is_here = page is not None and page.ledger_id == ledger.id  # another page may have its id by now
        return PastAct(line.id, _of_entries_in_words(line), page.seq if page and is_here else None)
    shown_again = None if line.what == "capture-put-back" else line.facts.get("label") or line.facts["labels"][0]
    return PastAct(line.id, _of_pages_in_words(lines), shown_again)


def _of_entries_in_words(line: Event) -> Message:
    numbers = [text.partition("/")[2] for text in line.facts["entries"]]
    did = "did-run" if line.what == "entry-set" and len(numbers) > 1 else f"did-{line.what}"
    return Message(did, {"numbers": _shortened(numbers)})


def _of_pages_in_words(lines: list[Event]) -> Message:
    facts = lines[0].facts
    match lines[0].what:
        case "page-changed" if "state" in facts:
            return Message("did-state", {"label": facts["label"], "state": Message(f"holds-{facts['state']}")})
        case "page-changed":
            return Message("did-turn" if "turned" in facts else "did-number", {"label": facts["label"]})
        case page_turns.TURNED:
            return Message("did-turn-run", {"labels": _shortened(facts["labels"])})
        case "pages-checked":
            code = "did-right" if facts["verdict"] == CheckVerdict.RIGHT else "did-reject"
            return Message(code, {"labels": _shortened(facts["labels"])})
        case "capture-set-aside":
            shown = _shortened([one.facts["label"] for one in lines])
            if "moved_to" in facts:
                return Message("did-other", {"labels": shown, "ledger": facts["moved_to"]})
            return Message("did-aside", {"labels": shown})
        case what:
            return Message(f"did-{what}", {"label": facts["label"]})


def _shortened(texts: list[str]) -> str:
    return ", ".join(texts if len(texts) < 4 else [texts[0], "…", texts[-1]])


def _take_back(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    if line.what in _OF_ENTRIES:
        _take_back_of_entries(session, ledger, act, line, {})
    elif line.what in _OF_PAGES:
        _OF_PAGES[line.what](session, ledger, act, line)
    elif "before" in line.facts:  # else it goes along with the line that says how the pages were
        ids = undo_pages.aside(session, ledger, act, line)
        for withdrawn in reversed(line.facts["withdrawn"]):
            _take_back_of_entries(session, ledger, act, session.get_one(Event, withdrawn), ids)


def _take_back_of_entries(session: Session, ledger: Ledger, act: Act, line: Event, ids: dict[int, int]) -> None:
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
    query = select(Event.facts).where(Event.ledger == line.ledger, Event.id < line.id, Event.what.in_(_OF_ENTRIES))
    for facts in session.scalars(query.order_by(Event.id.desc()).execution_options(yield_per=100)):
        for row in facts.get("rows", ()):
            if row["id"] == now["id"]:
                return dict(row)
    raise Refused("undo-changed")
