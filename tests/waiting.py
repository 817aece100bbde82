"""How tests wait: for a condition, never for a time.

However busy a machine is with other programs, a test may only fail over what hangs. So whatever is waited for has
minutes, and where one can see something go on, only its standing still counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

#: Seconds after which what did not happen will not happen any more; for a machine that is slower still there is
#: TRAMQUET_TEST_PATIENCE.
PATIENCE = float(os.environ.get("TRAMQUET_TEST_PATIENCE", "300"))
#: Seconds without any progress, where there should be some all the time.
STANDSTILL = PATIENCE / 5


def eventually(
    condition: Callable[[], bool], *, progress: Callable[[], object] | None = None, every: float = 0.02
) -> None:
    """Wait until the condition holds; it is looked at ``every`` so many seconds.

    ``progress`` gives something that becomes another thing while all goes well, such as the number of pages. Then the
    wait may take any time, and fails when that has stayed the same for a minute (:data:`STANDSTILL`).
    """
    limit, last_progress = (PATIENCE, None) if progress is None else (STANDSTILL, progress())
    since = time.monotonic()
    while not condition():
        if progress is not None and (now := progress()) != last_progress:
            last_progress, since = now, time.monotonic()
        last = "" if progress is None else f"; the last progress was {last_progress!r}"
        assert time.monotonic() - since < limit, f"it did not come true in {limit:g} s{last}"
        time.sleep(every)
