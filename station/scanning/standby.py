"""What sessions work with, the open scanner and the workers, kept for the next one: a page from the glass is a session.

To start them costs more than the page itself. So the daemon keeps them a while: the scanner for the seconds of its
settings (``standby``) after its last page, for other programs want it too, and the workers as long as somebody looks at
the scanning view, for their memory is all they take. Whatever went wrong is not kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from drivers import Scanner
from station.context import Station
from station.imaging.worker_pool import WorkerPool
from station.scanning import scanner_factory
from station.scanning.scanner_factory import ScannerSettings
from station.settings.tables import FolderScannerTable

log = logging.getLogger(__name__)

#: How long the workers stay after the last page and after the scanning view was seen last (s).
WORKERS_KEPT = 300.0
#: A view that stands open for ever keeps them no longer than so long after the last page (s).
VIEW_COUNTS = 3600.0


class Standby:
    """The scanner and the workers between two sessions; one session has them at a time.

    Without ``keeps`` nothing outlives its session.
    """

    def __init__(self, station: Station, *, keeps: bool) -> None:
        self._station = station
        self._keeps = keeps
        self._in_use = threading.Lock()
        self._workers: WorkerPool | None = None
        self._scanner: Scanner | None = None
        self._settings: ScannerSettings | None = None
        self._unfit: set[str] = set()
        self._used_at = self._seen_at = time.monotonic()

    @contextmanager
    def workers(self) -> Iterator[WorkerPool]:
        """The workers, for one session until the block ends."""
        with self._in_use:
            self._workers = self._workers or WorkerPool()
            try:
                yield self._workers
            finally:
                self._used_at = time.monotonic()
                if not self._keeps:
                    self._end_workers()

    @contextmanager
    def scanner(self, settings: ScannerSettings) -> Iterator[Scanner]:
        """The scanner of ``settings``, open for the session that has the workers; another one is let go for it."""
        if self._settings != settings:
            self._let_scanner_go()
        scanner = self._scanner or scanner_factory.claim(self._station, settings)
        self._scanner, self._settings = scanner, settings
        is_well = False
        try:
            yield scanner
            is_well = True
        finally:
            self._used_at = time.monotonic()
            may_stay = self._keeps and _seconds(settings) > 0 and settings.id not in self._unfit
            if may_stay and not scanner.stand_by():
                self._unfit.add(settings.id)
                may_stay = False
            if not (is_well and may_stay):
                self._let_scanner_go()

    def see_view(self) -> None:
        """Note that the scanning view is being shown now."""
        self._seen_at = time.monotonic()

    def look(self) -> float:
        """Let go what was kept long enough; gives when to look again (s). A session that runs keeps all."""
        if not self._in_use.acquire(blocking=False):
            return WORKERS_KEPT
        try:
            now = time.monotonic()
            scanner_left = 0.0
            if self._settings is not None:
                scanner_left = self._used_at + _seconds(self._settings) - now
                if scanner_left <= 0:
                    self._let_scanner_go()
            seen_at = min(self._seen_at, self._used_at + VIEW_COUNTS)
            workers_left = max(self._used_at, seen_at) + WORKERS_KEPT - now
            if workers_left <= 0:
                self._end_workers()
            return min((left for left in (scanner_left, workers_left) if left > 0), default=WORKERS_KEPT)
        finally:
            self._in_use.release()

    def close(self, timeout: float) -> None:
        """Let all go; a session that does not end within ``timeout`` seconds has its children end with this process."""
        if not self._in_use.acquire(timeout=timeout):
            log.warning("a session holds on to its scanner")
            return
        try:
            self._keeps = False
            self._let_scanner_go()
            self._end_workers()
        finally:
            self._in_use.release()

    def _let_scanner_go(self) -> None:
        scanner, self._scanner, self._settings = self._scanner, None, None
        if scanner is not None:
            scanner.close()

    def _end_workers(self) -> None:
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()


def _seconds(settings: ScannerSettings) -> float:
    """For how long a scanner stays open after its last page; a watched folder is never kept."""
    return 0.0 if isinstance(settings, FolderScannerTable) else settings.standby
