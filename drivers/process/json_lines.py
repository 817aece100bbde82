"""What a child program is told and says: one JSON object a line, commands on stdin and events on stdout.

The other end is :class:`drivers.process.child_process.Process`. The scanner's child has a channel of its own, because
SANE's backends print.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


def commands() -> Iterator[dict[str, Any]]:
    """One command after the other (what to ``do``, with its facts), until stdin ends or says close."""
    for line in sys.stdin:
        command: dict[str, Any] = json.loads(line)
        if command["do"] == "close":
            return
        yield command


def tell(event: str, **facts: Any) -> None:
    """Say an event, at once."""
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()
