"""A catalogue copied as it is at one moment, while others may use it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def copy_catalogue(live: Path, target: Path) -> None:
    """Copy a catalogue, which others may use meanwhile, as it is at one moment into the empty file ``target``.

    :raises sqlite3.Error: it cannot be read, or its copy is damaged.
    """
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(target)) as still:
        source.backup(still)
        # One file without companions, which a person can move and a stick can hold.
        still.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = still.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
