"""What the roll-up is made of: the receiver's receipts, heartbeats and files, wherever these stay; only looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.receiver import stores
from station.receiver.heartbeats import HeartbeatsRead
from station.receiver.receipts import ReceiptsRead
from station.receiver.stores.contract import Store


@dataclass(frozen=True)
class Sources:
    """All that receivers hold."""

    receipts: ReceiptsRead
    heartbeats: HeartbeatsRead
    store: Store


def sources(store: str, store_key: Path | None, receipts: str | None) -> Sources:
    """Those of a receiver with the same options. Raises ``Refused`` where they cannot be used."""
    place = receipts or store
    return Sources(ReceiptsRead(place), HeartbeatsRead(place), stores.open_store(store, store_key))
