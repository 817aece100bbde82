"""Python's collection of garbage, which stops all threads: done now and then beside the answers, not within them.

By itself a daemon of a station collected in one of ten answers, for 40 to 140 ms of CPU (60,000 to 240,000 objects).
"""

from __future__ import annotations

import gc
from time import monotonic

#: So many new objects are looked at alone (gc.set_threshold), in some ms; all of them never by themselves.
_YOUNG, _OLDER, _ALL = 20_000, 50, 1_000_000
#: Between two looks at all objects (s).
_EVERY = 60.0


class GarbageCollection:
    """Looks at all objects when it is time, and something was done since."""

    def __init__(self) -> None:
        gc.set_threshold(_YOUNG, _OLDER, _ALL)
        self._looked_at = monotonic()

    def look(self) -> bool:
        """Collect, if it is time and there was work; gives whether it was done."""
        _, collections, _ = gc.get_count()
        if monotonic() - self._looked_at < _EVERY or collections == 0:
            return False
        gc.collect()
        self._looked_at = monotonic()
        return True
