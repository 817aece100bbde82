"""What a destination does, whatever its kind, what it is given for that, and what it tells about the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.messages import Message


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


class Destination(Protocol):
    """A destination of the settings, opened by :func:`station.delivery.destinations.open_destination`.

    All that it cannot do is raised as ``DeliveryWaits``, or ``DeliveryStuck`` where a person must act.
    """

    def send(self, delivery_file: DeliveryFile, transfer: Transfer) -> str:
        """Bring the file over and prove that it arrived; gives where it lies, which the receipt keeps.

        What arrived before trouble stays for the next try.
        """

    def holds(self, delivery_file: DeliveryFile) -> bool:
        """Whether the file lies there now, byte for byte."""

    def check(self) -> Message:
        """Try whether files could be sent, by what leaves nothing there; gives what is to be said of it."""
