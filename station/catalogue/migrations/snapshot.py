"""The catalogue as it was before a migration, kept beside it: the way back where the new version is not wanted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from station.catalogue import copying
from station.errors import StorageFailed
from station.storage import durable


def keep_snapshot(path: Path, old: str, new: str) -> Path:
    """Copy the catalogue to ``catalogue.before-OLD-NEW.sqlite3`` beside it, checked and on the disk; gives its path.

    A copy that an earlier try of the same migration left is replaced: it may be older than what was entered since.
    Nobody may write meanwhile. Raises ``StorageFailed``; then there is no copy, or still the earlier one.
    """
    snapshot = path.with_name(f"{path.stem}.before-{old}-{new}{path.suffix}")
    try:
        with durable.new_file(snapshot, replace=True) as temporary:
            copying.copy_catalogue(path, temporary)
    except sqlite3.Error as error:
        raise StorageFailed("catalogue-not-kept", path=snapshot, detail=error) from error
    return snapshot
