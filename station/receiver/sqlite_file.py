"""The SQLite files in the store's folder, opened only where they are plain files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from station.storage.untrusted_folder import Folder, NotPlain


def connect(folder: Path, file: str, *, synchronous: str) -> sqlite3.Connection:
    """A connection for any number of threads, who take turns; ``synchronous`` is SQLite's: FULL, NORMAL.

    :raises NotPlain: the file, or one that SQLite keeps beside it, is a link or the like.
    """
    with Folder.at(folder) as root:
        for name in (file, f"{file}-wal", f"{file}-shm"):
            if root.find(name) is not None and not root.is_plain(name):
                raise NotPlain(folder / name)
    connection = sqlite3.connect(folder / file, timeout=10, check_same_thread=False)
    for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
