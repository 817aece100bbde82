"""News that the catalogue or the progress of a sheet changed, for the page and the daemon's loops.

Changes of the catalogue by anyone, this process or another, are seen by SQLite's ``PRAGMA data_version`` on a
connection that never writes; what changes without the catalogue (a line count) is told directly.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

#: How often the catalogue is looked at (s): a pragma on an open connection costs some microseconds.
LOOK_EVERY = 0.2


class ChangeFeed:
    """A version that grows with every change; waiting for a newer one costs nothing.

    That lines of a sheet came is news too, but ``content`` stays what it was: nothing else looks different.
    """

    def __init__(self, catalogue: Path) -> None:
        self._catalogue = catalogue
        self._changed = threading.Condition()
        self._version = 1
        self._content = 1
        self._stop = threading.Event()

    @property
    def version(self) -> int:
        """The version now."""
        return self._version

    @property
    def content(self) -> int:
        """The version in which something changed that is more than progress."""
        return self._content

    def tell(self) -> None:
        """Announce a change; waiting requests and loops go on."""
        with self._changed:
            self._version += 1
            self._content = self._version
            self._changed.notify_all()

    def tell_progress(self) -> None:
        """Announce progress of a sheet, which changes nothing but the share that is read."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait(self, number: int, timeout: float, *, progress: bool = False) -> int:
        """Return ``content`` as soon as it is not ``number``, at the latest after ``timeout`` seconds.

        With ``progress`` it is ``version`` that is waited for.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest(progress) != number or self._stop.is_set(), timeout)
            return self._newest(progress)

    def _newest(self, progress: bool) -> int:
        return self._version if progress else self._content

    def watch(self) -> None:
        """Look at the catalogue until stopped; run in a thread of its own."""
        connection = sqlite3.connect(f"file:{self._catalogue}?mode=ro", uri=True, timeout=10)
        try:
            last_version = None
            while not self._stop.wait(LOOK_EVERY):
                try:
                    (version,) = connection.execute("PRAGMA data_version").fetchone()
                except sqlite3.DatabaseError:
                    continue  # locked or damaged: whoever works with it meets the same, and says so
                if last_version is not None and version != last_version:
                    self.tell()
                last_version = version
        finally:
            connection.close()

    def stop(self) -> None:
        """End watching; whoever waits returns at once."""
        self._stop.set()
        self.tell()

    @property
    def stopped(self) -> bool:
        """Whether the station is shutting down."""
        return self._stop.is_set()
