"""One pass over the log: whether its chain holds by the station's key, and whether the rows are what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log, log_head, log_sealing, whereabouts
from station.catalogue.log_head import Head
from station.catalogue.models import Event, Package, ReportRevision
from station.messages import Message
from station.upkeep.log_replay import Replay

#: The line by which a catalogue was made anew; it names the heads of the lost log that packages stand on.
REBUILT = "catalogue-rebuilt"
#: The line by which a backup was brought back: what stood in the log after it is gone, and nobody wonders.
RESTORED = "restored"


class LogCheck:
    """What the log and the rows say against each other, read once, in time that grows with the log's length."""

    def __init__(self, session: Session, key_file: Path) -> None:
        self.differences: list[Message] = []
        self.restored_at: datetime | None = None
        self._end_lost = False
        self._heads = {event_log.BEGINNING}
        self._session = session
        chain, replay = event_log.Chain(session), Replay()
        for line in event_log.lines(session):
            chain.add(line)
            replay.add(line)
            self._note(line)
            self.differences += (Message("verify-event", {"id": number}) for number in chain.broken_lines())
        self.differences += _sealing(chain, sealed=session.info["key"] is not None, key_file=key_file)
        self.differences += replay.differences(session)
        self.differences += self._left_the_station()

    def end(self, kept_head: Head | Message | None) -> Iterator[Message]:
        """Whether the log ends where it ended by what was kept beside the catalogue, or why that cannot be told."""
        if isinstance(kept_head, Message):
            yield kept_head
        elif kept_head is None:
            if event_log.newest(self._session).line:
                yield Message("verify-log-end-unkept", {"file": log_head.NAME})
        elif self._end_lost or not event_log.has(self._session, kept_head):
            yield Message("verify-log-end", {"id": kept_head.line})

    def has(self, head: str) -> bool:
        """Whether a line with this hash stands in the log, or stood in one that was lost with its catalogue."""
        query = select(Event.id).where(Event.hash == head)
        return head in self._heads or self._session.scalars(query).first() is not None

    def _note(self, line: event_log.LogLine) -> None:
        if line.what in (log_sealing.END_LOST, log_sealing.END_ACCEPTED):
            self._end_lost = line.what == log_sealing.END_LOST
        elif line.what == whereabouts.TAKEN_OVER:
            self._heads |= set(line.facts["heads"])  # of the other station's log, on which its packages stand
        elif line.what == REBUILT:
            self._heads |= set(line.facts.get("heads", ()))
            self.restored_at = line.at
        elif line.what == RESTORED:
            self.restored_at = line.at

    def _left_the_station(self) -> Iterator[Message]:
        """Packages and reports that took along a head that no line has."""
        for table, name in ((Package, Package.folder), (ReportRevision, ReportRevision.file)):
            unknown = select(name, table.event_head).where(table.event_head.not_in(select(Event.hash)))
            for subject, head in self._session.execute(unknown.order_by(table.id)):
                if head not in self._heads:
                    yield Message("verify-log", {"subject": subject})


def _sealing(chain: event_log.Chain, *, sealed: bool, key_file: Path) -> Iterator[Message]:
    if chain.unproven and sealed:
        yield Message("verify-unproven", {"id": chain.unproven[0], "lines": len(chain.unproven)})
    elif chain.unproven:
        yield Message("verify-no-key", {"path": key_file})
    elif chain.plain and sealed:
        yield Message("verify-unsealed", {"path": key_file})
