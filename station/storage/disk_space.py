"""Room on a disk, in bytes: how much is free, how much is kept free, and from which limit on people are warned.

A scan session asks before each sheet, the daemon between two turns, a delivery to a folder before it copies; alerts and
doctor report it (:mod:`station.health.alerts`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

#: Kept free on the data folder's disk: the catalogue must always be able to write.
RESERVE = 16 * 1024**2
#: Less than a day's scanning.
LITTLE = 5 * 1024**3


def free_bytes(path: Path) -> int:
    """Bytes an ordinary user may still write on the file system of an existing path."""
    return shutil.disk_usage(path).free
