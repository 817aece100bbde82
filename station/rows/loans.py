"""Rows on loan: which entry's row is with whom while several people work on one ledger.

A row is lent to a person who opens it, and comes back when they open another one or give no sign of life for minutes.
Loans are the daemon's and in memory alone: whoever stores is compared with what is stored besides, so that nothing is
lost with them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from station.errors import Refused

#: For so long (s) a person may give no sign of life before the row comes back.
SILENCE = 300.0


@dataclass
class RowLoan:
    """With whom a row is; ``seen`` is their last sign of life (s of the clock)."""

    who: str
    seen: float


class RowLoans:
    """Loans by the id of the entry; may be asked by several threads. ``clock`` gives seconds."""

    def __init__(self, silence: float = SILENCE, clock: Callable[[], float] = time.monotonic) -> None:
        self._silence = silence
        self._clock = clock
        self._loans: dict[int, RowLoan] = {}
        self._lock = threading.Lock()

    def lend(self, entry_id: int, who: str) -> str | None:
        """Lend a row, unless it is with somebody else: their name. Other rows that the person had come back."""
        with self._lock:
            if (other := self._other(entry_id, who)) is not None:
                return other
            self._loans = {one: loan for one, loan in self._loans.items() if loan.who != who}
            self._loans[entry_id] = RowLoan(who, self._clock())
            return None

    def renew(self, entry_id: int, who: str) -> None:
        """Take a sign of life. ``Refused`` ("row-lent") where the row is with somebody else by now."""
        with self._lock:
            if (other := self._other(entry_id, who)) is not None:
                raise Refused("row-lent", who=other)
            if entry_id in self._loans:
                self._loans[entry_id].seen = self._clock()

    def give_back(self, who: str, entry_id: int | None = None) -> None:
        """Take a row back that its person has left; without an entry all of theirs."""
        with self._lock:
            left = [one for one, loan in self._loans.items() if loan.who == who and entry_id in (None, one)]
            for one in left:
                del self._loans[one]

    def elsewhere(self, who: str) -> set[int]:
        """The entries whose rows are with others."""
        with self._lock:
            return {entry_id for entry_id in self._loans if self._other(entry_id, who) is not None}

    def _other(self, entry_id: int, who: str) -> str | None:
        loan = self._loans.get(entry_id)
        lasts = loan is not None and self._clock() - loan.seen < self._silence
        return loan.who if loan is not None and lasts and loan.who != who else None
