"""The append-only log: every act, with who and when, each line chained to the one before by its hash.

Whoever changes or removes a line breaks every hash after it; the head stands in each manifest that left the station.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Event

#: What the first line is chained to.
BEGINNING = "0" * 64


def record(session: Session, who: str, what: str, ledger: str | None = None, **facts: Any) -> Event:
    """Append one line inside the caller's writing transaction, so that act and line are committed together."""
    event = Event(at=datetime.now(UTC), who=who, what=what, ledger=ledger, facts=facts, previous=head(session))
    event.hash = _hash(event)
    session.add(event)
    session.flush()
    return event


def head(session: Session) -> str:
    """The hash of the newest line."""
    return session.scalars(select(Event.hash).order_by(Event.id.desc()).limit(1)).one_or_none() or BEGINNING


def broken_links(session: Session) -> Iterator[int]:
    """The ids of lines whose hash or chain does not hold."""
    previous = BEGINNING
    for event in session.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000)):
        if event.previous != previous or event.hash != _hash(event):
            yield event.id
        previous = event.hash


def _hash(event: Event) -> str:
    line = [event.at.isoformat(), event.who, event.what, event.ledger, event.facts, event.previous]
    return hashlib.sha256(json.dumps(line, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
