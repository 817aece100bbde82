"""The catalogue as it was before a migration, kept beside it: the way back where the new version is not wanted."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from station import durable
from station.errors import StorageFailed


def keep(path: Path, old: str, new: str) -> Path:
    """Copy the catalogue to ``catalogue.before-OLD-NEW.sqlite3`` beside it, checked and on the disk; gives its path.

    A copy that an earlier try of the same migration left is replaced: it may be older than what was entered since.
    Nobody may write meanwhile. Raises ``StorageFailed``; then there is no copy, or still the earlier one.
    """
    kept = path.with_name(f"{path.stem}.before-{old}-{new}{path.suffix}")
    with durable.storage_failures(kept):
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=durable.TEMPORARY_SUFFIX, dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            _copy(path, temporary)
            durable.sync_file(temporary)
            temporary.replace(kept)
        except sqlite3.Error as error:
            raise StorageFailed("catalogue-not-kept", path=kept, detail=error) from error
        finally:
            temporary.unlink(missing_ok=True)
        durable.sync_folder(kept.parent)
    return kept


def _copy(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        # One file without companions, which a person can move and a stick can hold.
        target.execute("PRAGMA journal_mode = DELETE")
        (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)
