"""How far something is, as the province publishes it: in per cent, and in classes."""

from __future__ import annotations

from station.messages import Message


def percent(done: int, total: int) -> int | None:
    """How much of the total is done, rounded down: 100 is all; None where there is nothing to do."""
    return done * 100 // total if total else None


def grade(percent: int | None, classes: tuple[int, ...], *, is_stated: bool) -> Message | None:
    """The class, by the upper bounds of ``classes`` in per cent; done only where every ledger states its total."""
    if percent is None:
        return None
    if percent >= 100 and is_stated:
        return Message("report-class-done")
    for bound in classes:
        if percent < bound:
            return Message("report-class-under", {"percent": bound})
    return Message("report-class-from", {"percent": classes[-1]})
