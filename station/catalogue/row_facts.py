"""The facts of a row that the log records when the row changes; :mod:`station.upkeep.log_replay` compares them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from station.catalogue.models import CarriedLine, Device, Entry, EntryRow, Ledger, User
from station.domain.naming.keys import LedgerKey


def ledger_reference(ledger: Ledger) -> str:
    """``PLACE:TYPE.YEAR.BOOK``: unique in the whole station."""
    return f"{ledger.place.code}:{LedgerKey.of(ledger.type, ledger.year, ledger.book).name}"


def entry(row: Entry) -> dict[str, Any]:
    """All of an entry and, while it lives, its pages: by their ids, which never change as labels do."""
    return {
        "id": row.id,
        "year": row.year,
        "number": row.number,
        "date": row.date,
        "suffix_reason": row.suffix_reason,
        "living": row.living,
        "revision": row.revision,
        "pages": [placement.page_id for placement in row.placements] if row.living else [],
    }


def entry_row(row: EntryRow) -> dict[str, Any]:
    """What people keyed of an entry: no more than what shows that it is something else."""
    content = json.dumps(row.values, sort_keys=True).encode()
    return {"entry": row.entry_id, "revision": row.revision, "sha256": hashlib.sha256(content).hexdigest()}


def history(lines: Iterable[CarriedLine]) -> str:
    """A digest of the lines that a ledger brought along from other stations, in their order."""
    content = [[one.station, one.at.isoformat(), one.who, one.what, one.facts] for one in lines]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def person(row: User) -> dict[str, Any]:
    """A person; of the PIN's hash no more than what shows that it is another one."""
    return {"person": row.name, "role": str(row.role), "stamp": pin_stamp(row), "active": row.active}


def pin_stamp(row: User) -> str:
    """A text that changes whenever the person's PIN does."""
    return hashlib.sha256((row.pin_hash or "").encode()).hexdigest()[:16]


def device(row: Device) -> dict[str, Any]:
    """A paired device; of its token's hash no more than what shows that it is another one."""
    return {"device": row.name, "stamp": row.token_hash[:16]}
