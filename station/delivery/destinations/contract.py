"""What a destination is given to deliver a file, whatever its kind, and what it tells about the way.

Each kind of destination is a :data:`Send`: it brings one parcel over, proves that it arrived, and gives the text that
the receipt keeps about where it lies; or it raises ``DeliveryWaits``, and what arrived stays for the next try.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class DeliveryFile:
    """One file to deliver: where it is, what it must be, where below a folder it goes, and what it belongs to."""

    source: Path
    target: Path
    sha256: str
    bytes: int
    package: str
    station: str


class Transfer(Protocol):
    """One delivery under way, as the catalogue remembers it."""

    @property
    def upload_url(self) -> str | None:
        """Where an earlier try began its upload."""

    def began(self, upload_url: str) -> None:
        """Remember where the upload goes on; returns when that is stored durably."""

    def reached(self, sent: int) -> None:
        """Say that the destination holds the first ``sent`` bytes; called after every piece.

        Raises ``DeliveryWaits`` where no further piece may be sent now: a person paused, or the hours are over.
        """


Send = Callable[[DeliveryFile, Transfer], str]
