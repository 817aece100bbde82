"""What an invented station sends of a day's work: manifests as long as real ones."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.station.province.received import manifest


def page(ledger: str, seq: int) -> dict[str, object]:
    """A page of a manifest."""
    sha256 = hashlib.sha256(f"{ledger} {seq}".encode()).hexdigest()
    row = {"seq": f"{seq:03d}", "order": seq, "number": str(seq), "state": "entry", "revision": 1, "findings": []}
    return row | {"name": f"{ledger}.{seq:03d}", "sha256": sha256}


def ledger_manifest(station: str, place: str, ledger: str, entries: range, pages: int) -> dict[str, Any]:
    """The manifest of a ledger with these entries; no two places have one book, for numbers and dates differ."""
    document = manifest(station, place, ledger, numbers=[str(number) for number in entries])
    for entry in document["entries"]:
        chance = hashlib.sha256(f"{place} {ledger} {entry['number']}".encode()).digest()
        entry["date"] = f"{entry['year']}-{chance[0] % 12 + 1:02d}-{chance[1] % 28 + 1:02d}"
    document["pages"] = [page(ledger, seq) for seq in range(pages)]
    return document
