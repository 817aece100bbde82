"""The append-only log: every act, with who and when, each line chained to the one before by its hash.

The hash is an HMAC by the station's key (:mod:`station.catalogue.station_key`), so that nobody else can write a line
that holds. A log that was begun without a key was chained by plain SHA-256 up to the line in which the key was taken;
that line seals all before it by a digest. The newest line is kept outside, too: :mod:`station.catalogue.log_head`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from station.catalogue import whereabouts
from station.catalogue.log_head import Head
from station.catalogue.models import Event
from station.catalogue.station_key import Key

#: What the first line is chained to.
BEGINNING = "0" * 64
#: The line from which on a key seals the log.
KEY_TAKEN = "key-taken"
#: Lines that a start takes for news: more than a program leaves undone that is cut off.
RECENT = 200
#: After these the log's end is on the disk beside the catalogue, and in the journal.
MILESTONES = frozenset(
    {
        *(KEY_TAKEN, "session-ended", "package-made", "receipt", "backup-made", "restored"),
        *(whereabouts.HANDED_OVER, whereabouts.TAKEN_OVER),
    }
)


@dataclass(frozen=True)
class LogLine:
    """One line of the log as it stands in the catalogue."""

    id: int
    at: datetime
    who: str
    what: str
    ledger: str | None
    facts: dict[str, Any]
    previous: str
    hash: str

    def content(self) -> bytes:
        """What its hash covers."""
        line = [self.at.isoformat(), self.who, self.what, self.ledger, self.facts, self.previous]
        return json.dumps(line, sort_keys=True, ensure_ascii=True).encode()

    def holds(self, key: Key | None) -> bool:
        """Whether its hash is that of its content, by the key or without one."""
        return self.hash == line_hash(self.content(), key)


def newest_line(session: Session) -> int:
    """The number of the newest line, 0 without one."""
    return session.scalar(select(func.max(Event.id))) or 0


def ledgers_between(session: Session, behind: int | None, newest: int) -> list[str]:
    """The ledgers that the lines behind one tell of, up to ``newest``; None is before the last :data:`RECENT`."""
    first = newest - RECENT if behind is None else behind
    query = select(Event.ledger).where(Event.ledger.is_not(None), Event.id > first, Event.id <= newest)
    return [name for name in session.scalars(query.distinct()) if name is not None]


class Sealing(Enum):
    """Whose hashes a log has."""

    NONE_YET = auto()
    PLAIN = auto()
    OURS = auto()
    ANOTHERS = auto()


def record(session: Session, who: str, what: str, ledger: str | None = None, **facts: Any) -> Event:
    """Append one line inside the caller's writing transaction, so that act and line are committed together.

    ``Refused`` of a ledger that goes on at another station: what cannot be recorded is not done.
    """
    if ledger is not None and what not in whereabouts.OF_ITS_WAY:
        whereabouts.check(session, ledger)
    line = LogLine(0, datetime.now(UTC), who, what, ledger, facts, head(session), "")
    event = Event(at=line.at, who=who, what=what, ledger=ledger, facts=facts, previous=line.previous)
    event.hash = line_hash(line.content(), session.info.get("key"))
    session.add(event)
    session.flush()
    session.info["head"] = Head(event.id, event.hash)
    session.info["milestone"] = what in MILESTONES or session.info.get("milestone", False)
    return event


def head(session: Session) -> str:
    """The hash of the newest line."""
    return newest(session).hash


def newest(session: Session) -> Head:
    """The newest line; line 0 where there is none yet."""
    row = session.execute(_newest()).one_or_none()
    return Head(0, BEGINNING) if row is None else Head(*row)


@cache
def _newest() -> Select[int, str]:
    return select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)


def has(session: Session, head: Head) -> bool:
    """Whether this line stands in the log; the one before the first always does."""
    if head == Head(0, BEGINNING):
        return True
    return session.scalars(select(Event.hash).where(Event.id == head.line)).one_or_none() == head.hash


def lines(session: Session) -> Iterator[LogLine]:
    """The whole log, in order."""
    for row in session.execute(_columns().order_by(Event.id).execution_options(yield_per=1000)):
        yield LogLine(*row)


def line_hash(content: bytes, key: Key | None) -> str:
    """The hash of a line's content, by the key or without one."""
    return hashlib.sha256(content).hexdigest() if key is None else key.seal("event", content)


def sealing(session: Session, key: Key | None) -> Sealing:
    """Whose the log is, told from its ends; lines that were forged or changed are for :class:`Chain` to find."""
    beginning = _beginning(session, key)
    last = _line_of(session, _columns().order_by(Event.id.desc()).limit(1))
    if last is None or (key is not None and last.holds(key)):
        return Sealing.NONE_YET if last is None else Sealing.OURS
    key_event = _line_of(session, _columns().where(Event.what == KEY_TAKEN).order_by(Event.id.desc()).limit(1))
    if key_event is None:
        return beginning
    return Sealing.OURS if key is not None and key_event.holds(key) else Sealing.ANOTHERS


def take_key(session: Session, who: str) -> None:
    """Seal the log with the session's key from here on, and by a digest all that stands in it already."""
    before = Digest()
    for line in lines(session):
        before.add(line)
    record(session, who, KEY_TAKEN, key=session.info["key"].id, before=before.hex())


def broken_links(session: Session) -> Iterator[int]:
    """The ids of lines whose hash or chain does not hold."""
    chain = Chain(session)
    for line in lines(session):
        chain.add(line)
        yield from chain.broken_lines()
    yield from chain.unproven


class Digest:
    """A digest of lines with all they say, their hashes included."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()

    def add(self, line: LogLine) -> None:
        """Take the next line in."""
        self._sum.update(line.content() + line.hash.encode())

    def hex(self) -> str:
        """The digest of all lines so far."""
        return self._sum.hexdigest()


class Chain:
    """Follows a log line by line. ``unproven`` are lines by another key, until a line by ours seals all before it."""

    def __init__(self, session: Session) -> None:
        self.unproven: list[int] = []
        self._key: Key | None = session.info.get("key")
        self._mode = _beginning(session, self._key)
        self._previous = BEGINNING
        self._before = Digest()
        self._broken: list[int] = []

    @property
    def plain(self) -> bool:
        """Whether nothing sealed the log up to the line that was added last."""
        return self._mode is Sealing.PLAIN

    def add(self, line: LogLine) -> None:
        """Take the next line."""
        well = line.previous == self._previous
        if line.what == KEY_TAKEN:
            self._mode = Sealing.OURS if self._key is not None and line.holds(self._key) else Sealing.ANOTHERS
            if self._mode is Sealing.OURS and line.facts.get("before") == self._before.hex():
                self.unproven.clear()
            elif self._mode is Sealing.OURS:
                well = False
        elif self._mode is not Sealing.ANOTHERS:
            well = well and line.holds(self._key if self._mode is Sealing.OURS else None)
        if not well:
            self._broken.append(line.id)
        elif self._mode is Sealing.ANOTHERS:
            self.unproven.append(line.id)
        self._previous = line.hash
        self._before.add(line)

    def broken_lines(self) -> Sequence[int]:
        """The lines that do not hold among those added since the last call."""
        faults, self._broken = self._broken, []
        return faults


def _beginning(session: Session, key: Key | None) -> Sealing:
    """Whose the log's beginning is: the second line tells where the first was changed."""
    first = session.execute(_columns().order_by(Event.id).limit(2)).all()
    for line in (LogLine(*row) for row in first):
        if key is not None and line.holds(key):
            return Sealing.OURS
        if line.holds(None):
            return Sealing.PLAIN
    return Sealing.ANOTHERS if first else Sealing.NONE_YET


def _columns() -> Select[int, datetime, str, str, str | None, dict[str, Any], str, str]:
    return select(Event.id, Event.at, Event.who, Event.what, Event.ledger, Event.facts, Event.previous, Event.hash)


def _line_of(
    session: Session, query: Select[int, datetime, str, str, str | None, dict[str, Any], str, str]
) -> LogLine | None:
    row = session.execute(query).one_or_none()
    return None if row is None else LogLine(*row)
