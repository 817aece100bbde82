"""Named points on the way of a page and a package, where a power cut would leave different things behind.

Code calls :func:`reach` when it comes to a point. Where the environment names a file in ``TRAMQUET_POINTS``, a line is
appended to it each time, so that a technician, or a test that kills the program, knows where it stood.
"""

from __future__ import annotations

import os
import time
from enum import StrEnum


class Point(StrEnum):
    """What is happening from here on."""

    READING = "reading"
    BEFORE_NAME = "before-name"
    NAMED = "named"
    BEFORE_COMMIT = "before-commit"
    COMMITTED = "committed"
    PACKAGING = "packaging"
    DELIVERING = "delivering"
    IDLE = "idle"


def reach(point: Point, subject: str = "") -> None:
    """Say that ``point`` was reached with ``subject`` (a label, a package, a file)."""
    if journal := os.environ.get("TRAMQUET_POINTS"):
        line = f"{time.monotonic():.6f} {os.getpid()} {point} {subject}\n"
        descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
