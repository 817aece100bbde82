"""What was done in a ledger, to one of its pages or of its entries: who, when and what, in words, from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, func, select

from station.catalogue.models import Event
from station.context import Station
from station.ledger import ledgers
from station.messages import Message, table
from station.undo import act_words
from station.views.paging import ListPart, bounds

#: Each page's arrival is told with the page; the ledger's history tells the session.
_OF_PAGES_ONLY = ("capture-accepted",)


@dataclass(frozen=True)
class PastEvent:
    """One line of the log in words."""

    at: datetime
    who: str
    words: Message


def of_ledger(
    station: Station, ledger_text: str, number: int, size: int, *, page: str = "", entry: str = ""
) -> ListPart[PastEvent]:
    """A part of a ledger's history, the newest first: of a ``page`` (its label), of an ``entry`` (``2007/001``)."""
    with station.catalogue.reading() as session:
        query = select(Event).where(Event.ledger == ledgers.reference(ledgers.find(session, ledger_text)))
        newest_first = Event.id.desc()
        if word := page or entry:
            named = query.where(func.instr(cast(Event.facts, String), f'"{word}"') > 0).order_by(newest_first)
            about = [line for line in session.scalars(named) if _is_about(line, page, entry)]
            number, parts = bounds(number, size, len(about))
            shown: Sequence[Event] = about[(number - 1) * size : number * size]
        else:
            query = query.where(Event.what.not_in(_OF_PAGES_ONLY))
            total = session.scalar(query.with_only_columns(func.count())) or 0
            number, parts = bounds(number, size, total)
            part = query.order_by(newest_first).offset((number - 1) * size).limit(size)
            shown = session.scalars(part).all()
        return ListPart([PastEvent(one.at, one.who, _in_words(one)) for one in shown], number, parts)


def _is_about(line: Event, page: str, entry: str) -> bool:
    """Whether a line tells of this page or this entry; what is told of an entry's PDF names its number alone."""
    facts = line.facts
    if page:
        return page == facts.get("label") or page in facts.get("labels", ())
    return entry in facts.get("entries", ())


def _in_words(line: Event) -> Message:
    if (words := act_words.of_line(line)) is not None:
        return words
    code = f"past-{line.what}"
    if code not in table():
        return Message("past-other")
    facts = {"label": "", "package": "", "entries": [], "paper": "", "person": "", "reason": "", **line.facts}
    numbers = ", ".join(text.partition("/")[2] for text in facts["entries"])
    return Message(
        code,
        {name: facts[name] or "–" for name in ("label", "package", "paper", "person", "reason")} | {"numbers": numbers},
    )
