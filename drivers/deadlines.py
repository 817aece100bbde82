"""How long a device may stay silent in each phase of a session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What the child is doing; each phase has its own deadline."""

    START = "start"
    READ = "read"
    REST = "rest"
    CLOSE = "close"


@dataclass(frozen=True)
class Deadlines:
    """How long, in seconds, a phase may pass without a sign of life.

    ``open`` includes discovery, ``start`` the lamp's warming up, ``read`` is between two lines, ``rest`` is for the
    child alone, which waits for room only as long as the parent lets it, ``close`` also for obeying a cancel. A person
    who is to press the device's button has no deadline: the child tells again and again that it waits, within ``rest``.
    """

    open: float = 30.0
    start: float = 60.0
    read: float = 45.0
    rest: float = 30.0
    close: float = 10.0

    def of(self, phase: Phase) -> float:
        """The deadline of one phase."""
        return float(getattr(self, phase.value))
