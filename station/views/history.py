"""What was done in a ledger, to one of its pages or of its entries: who, when and what, in words, from the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import CarriedLine, Event
from station.context import Station
from station.domain.naming.labels import spoken_page
from station.ledger import ledgers, printed_numbers
from station.messages import Message, table
from station.undo import act_words
from station.undo.act_words import PastLine
from station.views.paging import ListPart, bounds

#: Each page's arrival is told with the page; the ledger's history tells the session.
_OF_PAGES_ONLY = ("capture-accepted", "capture-taken-over")
#: The facts of a line that its words name.
_WORDS = ("label", "package", "paper", "person", "reason", "station")


@dataclass(frozen=True)
class PastEvent:
    """One line of the log in words; ``station`` is the one that wrote it, where that is another one."""

    at: datetime
    who: str
    words: Message
    station: str | None = None


def of_ledger(
    station: Station, ledger_text: str, number: int, size: int, *, page: str = "", entry: str = ""
) -> ListPart[PastEvent]:
    """A part of a ledger's history, the newest first: of a ``page`` (its label), of an ``entry`` (``2007/001``)."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        own = select(Event).where(Event.ledger == ledgers.reference(ledger)).order_by(Event.id.desc())
        brought = select(CarriedLine).where(CarriedLine.ledger_id == ledger.id).order_by(CarriedLine.position.desc())
        if word := page or entry:
            named = (
                *session.scalars(own.where(func.instr(cast(Event.facts, String), f'"{word}"') > 0)),
                *session.scalars(brought.where(func.instr(cast(CarriedLine.facts, String), f'"{word}"') > 0)),
            )
            about = [line for line in named if _is_about(line, page, entry)]
            number, parts = bounds(number, size, len(about))
            shown: Sequence[PastLine] = about[(number - 1) * size : number * size]
        else:
            own = own.where(Event.what.not_in(_OF_PAGES_ONLY))
            brought = brought.where(CarriedLine.what.not_in(_OF_PAGES_ONLY))
            of_own, of_brought = (_count(session, query) for query in (own, brought))
            number, parts = bounds(number, size, of_own + of_brought)
            start = (number - 1) * size
            newer = session.scalars(own.offset(start).limit(size)).all()
            older = brought.offset(max(0, start - of_own)).limit(size - len(newer))
            shown = [*newer, *(session.scalars(older) if of_brought else ())]
        numbers = act_words.page_numbers(session, ledger, shown)
        return ListPart([_past(one, numbers) for one in shown], number, parts)


def page_words(station: Station, ledger_text: str, label: str) -> str:
    """What the page is called whose history is told."""
    with station.catalogue.reading() as session:
        numbers = printed_numbers.of_labels(session, ledgers.find(session, ledger_text), [label])
        return spoken_page(label, numbers.get(label))


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(query.with_only_columns(func.count()).order_by(None)) or 0


def _past(line: PastLine, numbers: Mapping[str, str]) -> PastEvent:
    station = line.station if isinstance(line, CarriedLine) else None
    return PastEvent(line.at, line.who, _in_words(line, numbers), station)


def _is_about(line: PastLine, page: str, entry: str) -> bool:
    """Whether a line tells of this page or this entry; what is told of an entry's PDF names its number alone."""
    facts = line.facts
    if page:
        return page == facts.get("label") or page in facts.get("labels", ())
    listed = facts.get("entries", ())
    return isinstance(listed, list) and entry in listed


def _in_words(line: PastLine, numbers: Mapping[str, str]) -> Message:
    if (words := act_words.of_line(line, numbers)) is not None:
        return words
    code = f"past-{line.what}"
    if code not in table():
        return Message("past-other")
    facts = {**dict.fromkeys(_WORDS, ""), "entries": [], **line.facts}
    if facts["label"]:
        facts["label"] = spoken_page(facts["label"], numbers.get(facts["label"]))
    # Of totals that were stated it is a count.
    listed = facts["entries"] if isinstance(facts["entries"], list) else []
    entries = ", ".join(text.partition("/")[2] for text in listed)
    return Message(code, {name: facts[name] or "–" for name in _WORDS} | {"numbers": entries})
