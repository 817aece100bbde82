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
        self._is_due = False
        self._stop = threading.Event()
        self._looking = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._data_version: int | None = None

    @property
    def version(self) -> int:
        """The version now."""
        return self._version

    @property
    def content(self) -> int:
        """The version in which something changed that is more than progress."""
        return self._content

    def tell(self) -> None:
        """Announce a change; waiting requests and loops go on.

        What was written before is announced by it: the watch does not tell it once more, and no view is made twice.
        """
        self._is_due = False
        self._catalogue_changed()
        with self._changed:
            self._version += 1
            self._content = self._version
            self._changed.notify_all()

    def tell_soon(self) -> None:
        """Announce a change with what is told next, at the latest when the catalogue is looked at again.

        It is for what another change follows at once: each costs whoever looks a view.
        """
        self._is_due = True

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
        # Nobody who tells something waits for a lock of another program: the next look is soon.
        connection = sqlite3.connect(
            f"file:{self._catalogue}?mode=ro", uri=True, timeout=0, check_same_thread=False, isolation_level=None
        )
        with self._looking:
            self._connection = connection
        try:
            while not self._stop.wait(LOOK_EVERY):
                if self._catalogue_changed() or self._is_due:
                    self.tell()
        finally:
            with self._looking:
                self._connection = None
            connection.close()

    def _catalogue_changed(self) -> bool:
        """Whether anybody wrote into the catalogue since this was asked last."""
        with self._looking:
            if self._connection is None:
                return False
            try:
                (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.DatabaseError:
                return False  # locked or damaged: whoever works with it meets the same, and says so
            before, self._data_version = self._data_version, version
            return before is not None and version != before

    def stop(self) -> None:
        """End watching; whoever waits returns at once."""
        self._stop.set()
        self.tell()
