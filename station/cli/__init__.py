"""The command ``tramquet``: one module per subject, each act one call into the station.

Exit status 0 done, 1 refused or failed with one clear sentence on stderr, 2 wrong usage.
"""

from __future__ import annotations

import sys

from station import processor
from station.cli.edge import language, tramquet
from station.messages import sentence

try:
    from station.cli import (
        asks,
        deliveries,
        entry,
        first,
        ledger,
        masters,
        packaging,
        people,
        receiving,
        running,
        scanning,
        supporting,
        upkeep,
    )
except (ImportError, RuntimeError):
    # numpy's own words on a processor that is older than its wheels help nobody at a commune.
    found = processor.here()
    if not found.lacks:
        raise
    sys.exit(sentence("doctor-processor-old", language(), {"model": found.model, "missing": ", ".join(found.lacks)}))


def main() -> None:
    """Entry point of the installed command."""
    tramquet(prog_name="tramquet")


__all__ = [
    "asks",
    "deliveries",
    "entry",
    "first",
    "ledger",
    "main",
    "masters",
    "packaging",
    "people",
    "receiving",
    "running",
    "scanning",
    "supporting",
    "tramquet",
    "upkeep",
]
