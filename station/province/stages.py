"""The stages in which a new version reaches the stations: a tenth of them, half of them, all."""

from __future__ import annotations

import hashlib
from enum import StrEnum


class Stage(StrEnum):
    """Each stage adds stations to those before it; the values are parts of suites' names in the repository."""

    FIRST = "first"
    HALF = "half"
    ALL = "all"

    @property
    def share(self) -> int:
        """How many of a hundred stations have a new version by then."""
        return _SHARES[self]

    @property
    def until_then(self) -> tuple[Stage, ...]:
        """The stages whose stations have a new version by then."""
        return tuple(Stage)[: tuple(Stage).index(self) + 1]

    @property
    def next(self) -> Stage | None:
        """The stage behind this one; None behind the last."""
        return dict(zip(Stage, tuple(Stage)[1:], strict=False)).get(self)


_SHARES = {Stage.FIRST: 10, Stage.HALF: 50, Stage.ALL: 100}


def usual_stage(station: str) -> Stage:
    """Where a station stands in the order when nobody says: always in the same place, whatever others there are."""
    place = int.from_bytes(hashlib.sha256(station.encode()).digest()[:8]) % 100
    return next(stage for stage in Stage if place < stage.share)
