"""The daemon's loop that brings the PDFs of entries up to date.

Looking at a ledger costs less than a tenth of a second, and a station has a thousand: a start looks at those that the
log's last lines tell of, then at one of the others now and then.
"""

from __future__ import annotations

import time

from sqlalchemy import select

from station.catalogue import event_log
from station.catalogue.models import Ledger
from station.context import Station
from station.domain.states import LedgerState
from station.ledger import ledgers
from station.packaging import entry_documents

#: Between two ledgers that nothing is told of (s).
PAUSE = 2.0
#: A turn works for so long (s) and goes on in the next one: a page's small copy takes seconds on an old PC.
SLICE = 20.0
#: How long to wait for news at most when nothing is left (s).
_IDLE = 60.0


class EntryDocumentService:
    """Brings the PDFs of all ledgers up to date, one ledger after the other."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._up_to: int | None = None
        self._changed: list[str] = []
        self._later: list[str] = []
        self._next = 0.0

    def turn(self) -> float:
        """Bring up the ledgers that changed since the last turn, and one of the others; gives how long to wait (s)."""
        newest, ledger_names = self._changed_ledgers()
        if self._up_to is None:
            self._later = self._other_ledgers(ledger_names)
        self._up_to = newest
        self._changed += [name for name in ledger_names if name not in self._changed]
        until = time.monotonic() + SLICE
        if not self._are_brought_up(until):
            return 0.0
        if self._later and time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE
            self._changed.append(self._later.pop())
            if not self._are_brought_up(until):
                return 0.0
        return PAUSE if self._later else _IDLE

    def _are_brought_up(self, until: float) -> bool:
        """Bring up the ledgers that wait for it; gives whether that was done in time."""
        while self._changed:
            name = self._changed[0]
            try:
                if not entry_documents.update_documents(self._station, name, until - time.monotonic()):
                    return False
            except Exception:
                self._changed.append(self._changed.pop(0))  # the others first
                raise
            self._changed.pop(0)
        return True

    def _changed_ledgers(self) -> tuple[int, list[str]]:
        with self._station.catalogue.reading() as session:
            newest = event_log.newest_line(session)
            return newest, event_log.ledgers_between(session, self._up_to, newest)

    def _other_ledgers(self, ledger_names: list[str]) -> list[str]:
        """The ledgers with pages, those that are worked on last: they are taken from the end."""
        with self._station.catalogue.reading() as session:
            is_finished = Ledger.state.in_((LedgerState.PACKAGED, LedgerState.DELIVERED))
            pages = select(Ledger).where(Ledger.state != LedgerState.REGISTERED)
            names = [ledgers.reference(one) for one in session.scalars(pages.order_by(is_finished.desc(), Ledger.id))]
        return [name for name in names if name not in ledger_names]
