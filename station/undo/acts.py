"""The last ten acts of each person in a ledger, and taking the newest back: a new act of the log.

The stack is read off the log itself; the modules beside this one know the inverse of what is done to pages, entries and
rows. What cannot be taken back any more is refused: when somebody else has changed the same since, or a package was
made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice, takewhile

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Entry, Event, Ledger, Package, Page
from station.context import Station
from station.errors import Refused
from station.ledger import ledgers, page_turns
from station.ledger.entries import Act
from station.messages import Message
from station.rows import doubt_answers
from station.scanning import session_end
from station.undo import act_words, entry_acts, page_acts, row_acts

#: How many acts of one person can be taken back, one after the other.
DEPTH = 10
#: The line of the log that says which one was, and by which other lines.
UNDONE = "act-undone"
#: The lines of the log that are acts to be taken back.
KNOWN = entry_acts.LINES | page_acts.INVERSES.keys() | {page_acts.ASIDE, row_acts.SET, doubt_answers.ANSWERED}
#: What such a line says where it can be taken back; lines of earlier versions do not say what was before.
_NEEDED = {
    **dict.fromkeys(entry_acts.LINES, "rows"),
    row_acts.SET: "rows",
    doubt_answers.ANSWERED: "check",
    "capture-put-back": "label",
    session_end.INSERTED: "labels",
    "pages-checked": "checks",
    "finding-answered": "finding",
    page_turns.TURNED: "turned",
}
#: So many lines of a person's are looked through for acts.
_FAR = 200


@dataclass(frozen=True)
class PastAct:
    """An act that may be taken back: the id of its line in the log, its words, and what to show with it.

    ``label`` is a page, ``entry`` the id of an entry whose row was keyed or answered for; None where there is nothing
    to show.
    """

    event: int
    message: Message
    label: str | None
    entry: int | None = None


def of_person(station: Station, ledger_text: str, *, who: str, most: int = DEPTH) -> list[PastAct]:
    """What this person did in a ledger since its last package and may take back, the newest first, so many at most."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        packaged = _packaged_at(session, ledger)
        stack = takewhile(lambda lines: lines[0].at >= packaged, _stack(session, ledger, who))
        return [_past_act(session, ledger, lines) for lines in islice(stack, most)]


def take_back(station: Station, act: Act, expected: int | None = None) -> PastAct:
    """Take back the newest act of a person in a ledger; gives what it was.

    ``expected`` is the act that stood on the screen: ``Refused`` ("undo-not-newest") where another one came since. Also
    ``Refused``: "undo-nothing", "undo-packaged", "undo-changed".
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        lines = next(_stack(session, ledger, act.who), None)
        if lines is None:
            raise Refused("undo-nothing")
        if expected not in (None, lines[0].id):
            raise Refused("undo-not-newest")
        if lines[0].at < _packaged_at(session, ledger):
            raise Refused("undo-packaged")
        past = _past_act(session, ledger, lines)
        newest = event_log.newest(session).line
        for line in reversed(lines):
            _take_back(station, session, ledger, act, line)
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


def _packaged_at(session: Session, ledger: Ledger) -> datetime:
    """When the last package was begun: what was done before stands in it.

    Or when the ledger was taken over, if that is later: lines of before name rows that are there no more.
    """
    moments = (session.scalar(_last_package(), {"ledger_id": ledger.id}), ledger.taken_over_at)
    return max((one for one in moments if one is not None), default=datetime.min.replace(tzinfo=UTC))


@cache
def _last_package() -> Select[datetime]:
    return select(func.max(Package.started_at)).where(Package.ledger_id == bindparam("ledger_id"))


def _may_be_taken_back(line: Event) -> bool:
    if line.what not in KNOWN or "undoing" in line.facts:
        return False
    if line.what == row_acts.SET and not row_acts.is_act(line):
        return False
    return _NEEDED.get(line.what, "before") in line.facts


def _past_act(session: Session, ledger: Ledger, lines: list[Event]) -> PastAct:
    line = lines[0]
    words = act_words.of_lines(lines, act_words.page_numbers(session, ledger, lines))
    if line.what in entry_acts.LINES:
        page_ids = [page_id for row in line.facts["rows"] for page_id in row["pages"]]
        page = session.get(Page, page_ids[0]) if page_ids else None
        is_here = page is not None and page.ledger_id == ledger.id  # another page may have its id by now
        return PastAct(line.id, words, page.seq if page and is_here else None)
    if line.what in (row_acts.SET, doubt_answers.ANSWERED):
        of_row = line.facts["rows"][0] if line.what == row_acts.SET else line.facts
        entry = session.get_one(Entry, of_row["entry"])
        placed = [placement.page.seq for placement in entry.placements[:1]]
        return PastAct(line.id, words, placed[0] if placed else None, entry.id)
    if line.what in ("capture-put-back", session_end.INSERTED):
        return PastAct(line.id, words, None)
    return PastAct(line.id, words, line.facts.get("label") or line.facts["labels"][0])


def _take_back(station: Station, session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    if line.what in entry_acts.LINES:
        entry_acts.take_back(session, ledger, act, line, {})
    elif line.what == row_acts.SET:
        row_acts.take_back(station, session, ledger, act, line)
    elif line.what == doubt_answers.ANSWERED:
        doubt_answers.take_back(session, ledger, act, line)
    elif line.what in page_acts.INVERSES:
        page_acts.INVERSES[line.what](session, ledger, act, line)
    elif "before" in line.facts:  # else it goes along with the line that says how the pages were
        ids = page_acts.aside(session, ledger, act, line)
        for withdrawn in reversed(line.facts["withdrawn"]):
            entry_acts.take_back(session, ledger, act, session.get_one(Event, withdrawn), ids)
