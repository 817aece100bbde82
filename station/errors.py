"""The station's errors: typed inside, turned into one sentence at the edge.

Each error carries a code, for which :mod:`station.messages` has a sentence in both languages, and the facts that the
sentence names. The classes are the kinds a caller can act on; the codes are what a person is told.
"""

from __future__ import annotations

from datetime import datetime

from station import messages


class StationError(Exception):
    """Base of all: ``code`` finds the sentence, ``facts`` fill its placeholders."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        # Only now: most errors of a start are expected, and nobody reads their sentences.
        return messages.sentence(self.code, "en", self.facts)

    def sentence(self, language: str) -> str:
        """What happened, what is safe, what to do, in ``language`` ("vi" or "en")."""
        return messages.sentence(self.code, language, self.facts)


class Refused(StationError):
    """The request is wrong or not allowed now; nothing was changed."""


class SettingsRefused(StationError):
    """The settings file cannot be used; the sentence lists every mistake."""


class ScanStopped(StationError):
    """A scan session ended early; what was accepted before stays."""


class StorageFailed(StationError):
    """The disk or the catalogue cannot take more now: full, locked, damaged, or not ours."""


class ReaderFailed(StationError):
    """Pages cannot be read by the machine: weights are missing or damaged. All else goes on as without it."""


class NoWorker(StationError):
    """No program or thread can be started for this now: the PC is short of memory, or of processes. Nothing is lost."""


class DeliveryWaits(StationError):
    """A delivery cannot go on now; it stays in the queue, and time may mend it."""


class DeliveryClosed(DeliveryWaits):
    """The destination is not served at this hour; ``opens`` is when it is served again."""

    def __init__(self, code: str, opens: datetime, **facts: object) -> None:
        super().__init__(code, **facts)
        self.opens = opens


class DeliveryStuck(DeliveryWaits):
    """A delivery cannot go on until a person acts; it stays in the queue."""


class DeliveryHeld(DeliveryWaits):
    """A person paused all deliveries; nothing is wrong with this one."""
