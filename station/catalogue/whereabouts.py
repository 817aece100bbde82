"""Where a ledger goes on: of one that was handed over to another station this one records nothing any more.

Every act is a line of the log, so this one question, asked before a line is written, stops them all.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from station.catalogue.models import Ledger, Place
from station.domain.naming.keys import parse_reference
from station.domain.states import LedgerState
from station.errors import Refused

#: The line by which a ledger leaves, the one by which it comes, and the one before by which what it left here goes.
HANDED_OVER, TAKEN_OVER, RETURNED = "ledger-handed-over", "ledger-taken-over", "ledger-returned"
#: These alone are recorded of a ledger that goes on elsewhere.
OF_ITS_WAY = frozenset({HANDED_OVER, RETURNED})


def check(session: Session, reference: str) -> None:
    """Refuse a ledger (``PLACE:TYPE.YEAR.BOOK``) that goes on at another station."""
    try:
        place, key = parse_reference(reference)
    except Refused:
        return  # a line of a name that no ledger has
    state = session.scalar(_state(), {"place": place, "type": key.type, "year": key.year, "book": key.book})
    if state == LedgerState.HANDED_OVER:
        raise Refused("ledger-handed-over", ledger=key.name)


@cache
def _state() -> Select[str]:
    return (
        select(Ledger.state)
        .join(Place)
        .where(
            Ledger.type == bindparam("type"),
            Ledger.year == bindparam("year"),
            Ledger.book == bindparam("book"),
            Place.code == bindparam("place"),
        )
    )
