"""What was done in a ledger, to one of its pages or of its entries: who, when and what, in words, from the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, func, select

from station.catalogue.models import Event
from station.context import Station
from station.domain.naming.labels import spoken_page
from station.ledger import ledgers, printed_numbers
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
        ledger = ledgers.find(session, ledger_text)
        query = select(Event).where(Event.ledger == ledgers.reference(ledger))
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
        numbers = act_words.page_numbers(session, ledger, shown)
        return ListPart([PastEvent(one.at, one.who, _in_words(one, numbers)) for one in shown], number, parts)


def page_words(station: Station, ledger_text: str, label: str) -> str:
    """What the page is called whose history is told."""
    with station.catalogue.reading() as session:
        numbers = printed_numbers.of_labels(session, ledgers.find(session, ledger_text), [label])
        return spoken_page(label, numbers.get(label))


def _is_about(line: Event, page: str, entry: str) -> bool:
    """Whether a line tells of this page or this entry; what is told of an entry's PDF names its number alone."""
    facts = line.facts
    if page:
        return page == facts.get("label") or page in facts.get("labels", ())
    listed = facts.get("entries", ())
    return isinstance(listed, list) and entry in listed


def _in_words(line: Event, numbers: Mapping[str, str]) -> Message:
    if (words := act_words.of_line(line, numbers)) is not None:
        return words
    code = f"past-{line.what}"
    if code not in table():
        return Message("past-other")
    facts = {"label": "", "package": "", "entries": [], "paper": "", "person": "", "reason": "", **line.facts}
    if facts["label"]:
        facts["label"] = spoken_page(facts["label"], numbers.get(facts["label"]))
    # Of totals that were stated it is a count.
    listed = facts["entries"] if isinstance(facts["entries"], list) else []
    entries = ", ".join(text.partition("/")[2] for text in listed)
    return Message(
        code,
        {name: facts[name] or "–" for name in ("label", "package", "paper", "person", "reason")} | {"numbers": entries},
    )
