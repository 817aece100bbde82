"""The daemon: scanning, deriving and delivering as loops that never wait for each other, supervised in one place.

What a loop's error means is one table: trouble with disk or catalogue waits and is tried again; a mistake of ours is
logged and the loop begins anew; a loop that makes mistakes without end, or that gives no sign of life, ends the daemon,
and systemd starts it afresh.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.daemon.entry_document_service import EntryDocumentService
from station.daemon.folder_watcher import FolderWatcher
from station.daemon.garbage_collection import GarbageCollection
from station.daemon.packaging_service import PackagingService
from station.daemon.reading_service import ReadingService
from station.daemon.reconciliation_service import ReconciliationService
from station.daemon.scan_service import ScanService
from station.daemon.uploaded_files_service import UploadedFilesService
from station.delivery import queue as delivery_queue
from station.errors import Refused, StationError
from station.reports import revisions, sending
from station.rows.loans import RowLoans
from station.scanning import folder_intake, recovery, taken_files
from station.settings.tables import TusDestination
from station.storage import disk_space, durable
from station.system.clock import ClockWatch
from station.system.sd_notify import notify, watchdog_seconds
from station.upkeep import master_retention

log = logging.getLogger(__name__)

#: After an error a loop waits so long (s) before it begins anew.
PATIENCE = 5.0
#: So many mistakes of ours in a row, and a fresh process is better than this one.
MOST_MISTAKES = 10
#: One turn of deriving takes less than this (s), even for a ledger of 300 entries on an old PC.
LONGEST_TURN = 600.0
#: How often it is seen whether masters may go (s).
FREE_EVERY = 24 * 3600.0
#: How often it is seen whether a day's report is due, or must be corrected (s).
REPORT_EVERY = 300.0
#: How often the supervisor looks (s).
LOOK_EVERY = 1.0


@dataclass
class Loop:
    """One loop: ``turn`` does what is to be done and returns how long to wait at most for news (s).

    ``longest`` is how long one turn may take (s); None where each step has a deadline of its own, as on the network.
    """

    name: str
    turn: Callable[[], float]
    longest: float | None = None
    beat: float = field(default_factory=time.monotonic)
    mistakes: int = 0
    trouble: str | None = None

    def overdue(self) -> bool:
        """Whether its turn takes longer than it may; waiting for news is a sign of life at least every minute."""
        return self.longest is not None and time.monotonic() - self.beat > self.longest


class PageServer(Protocol):
    """A server of the page: ``run`` answers until another thread calls ``close``."""

    def run(self) -> None:
        """Serve requests until closed."""

    def close(self) -> None:
        """Let ``run`` end."""


class Daemon:
    """All that runs in the background of an open station."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.change_feed = ChangeFeed(station.catalogue.path)
        self.scan_service = ScanService(station, self.change_feed)
        self.packaging_service = PackagingService(station, self.change_feed)
        self.reconciliation_service = ReconciliationService(station, self.change_feed)
        self.row_loans = RowLoans()
        folders = folder_intake.of_settings(station)
        self.watchers = [FolderWatcher(station, folder, self.change_feed) for folder in folders]
        self.uploaded_files_service = UploadedFilesService(station, self.change_feed)
        self._entry_documents = EntryDocumentService(station)
        self.reading_service = ReadingService(station, self.scan_service.is_busy)
        self._free_next = self._report_next = 0.0
        self._stop = threading.Event()
        self._loops = [Loop("derive", self._derive, LONGEST_TURN), Loop("stand by", self.scan_service.turn)]
        if station.settings.reading.enabled:
            self._loops.append(Loop("read pages", self.reading_service.turn, LONGEST_TURN))
        for destination in station.settings.destinations:
            self._loops.append(Loop(f"deliver to {destination.id}", partial(self._deliver, destination.id)))
            if isinstance(destination, TusDestination) and destination.heartbeat_minutes:
                from station.daemon.heartbeat_service import HeartbeatService  # with requests

                heartbeats = HeartbeatService(station, destination, self.fault)
                self._loops.append(Loop(f"tell {destination.id}", heartbeats.turn))
        if revisions.destination(station) is not None:
            self._loops.append(Loop("report the day", self._report))
        for watcher in self.watchers:
            self._loops.append(Loop(f"take from {watcher.scanner.id}", watcher.turn))
        self._loops.append(Loop("take uploaded files", self.uploaded_files_service.turn))
        self._loops.append(Loop("free masters", self._free))
        self._threads: list[threading.Thread] = []

    def run(self, *pages: PageServer) -> bool:
        """Run, and the servers of the page with it, until SIGTERM or SIGINT; gives whether all was well."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        clock, garbage = ClockWatch(self.station), GarbageCollection()
        report = recovery.recover(self.station)
        if report.recovered:
            log.warning("%d captures were recovered after an interruption", len(report.recovered))
        self._start("news", self.change_feed.watch)
        for page in pages:
            self._start(f"page by {type(page).__name__}", page.run)
        for loop in self._loops:
            self._start(loop.name, partial(self._live, loop))
        notify("READY=1")
        well = self._supervise(clock, garbage)
        notify("STOPPING=1")
        self._stop.set()
        for watcher in self.watchers:
            watcher.close()
        self.uploaded_files_service.close()
        self.scan_service.close(timeout=30)
        self.packaging_service.close(timeout=30)
        self.reconciliation_service.close(timeout=30)
        self.reading_service.close()
        self.change_feed.stop()
        for page in pages:
            page.close()
        for thread in self._threads:
            thread.join(timeout=10)
        return well

    def fault(self) -> str | None:
        """Why the station cannot work now, in a few words for a technician; None while it can."""
        for loop in self._loops:
            if loop.trouble is not None:
                return f"{loop.name}: {loop.trouble}"
        try:
            # A lock that another program holds on to stops the station as damage does.
            self.station.catalogue.probe()
        except StationError as error:
            return f"catalogue: {error.code}"
        try:
            durable.probe(self.station.folders.spool)
        except StationError as error:
            return f"disk: {error.code}"
        if disk_space.free_bytes(self.station.folders.data) < disk_space.RESERVE:
            return "disk: full"
        return None

    def _start(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _supervise(self, clock: ClockWatch, garbage: GarbageCollection) -> bool:
        ping_every = watchdog_seconds()
        pinged = 0.0
        while not self._stop.wait(LOOK_EVERY):
            clock.look()
            garbage.look()
            dead = next((thread.name for thread in self._threads if not thread.is_alive()), None)
            if dead is not None:
                log.error("the thread %s ended; the daemon ends too", dead)
                return False
            silent = next((loop for loop in self._loops if loop.overdue()), None)
            if silent is not None:
                log.error("the loop %s gave no sign of life for %g s; the daemon ends", silent.name, silent.longest)
                return False
            if ping_every is not None and time.monotonic() - pinged >= ping_every / 3:
                pinged = time.monotonic()
                notify("WATCHDOG=1")
        return True

    def _live(self, loop: Loop) -> None:
        news = 0
        while not self._stop.is_set():
            loop.beat = time.monotonic()
            try:
                patience = loop.turn()
                loop.mistakes, loop.trouble = 0, None
            except StationError as error:
                log.warning("%s waits: %s", loop.name, error)
                loop.trouble, patience = error.code, PATIENCE
                self._stop.wait(PATIENCE)
            except Exception:
                log.exception("%s begins anew after a mistake of ours", loop.name)
                loop.mistakes, loop.trouble, patience = loop.mistakes + 1, "mistake", PATIENCE
                if loop.mistakes >= MOST_MISTAKES:
                    return
                self._stop.wait(PATIENCE)
            news = self.change_feed.wait(news, patience)

    def _derive(self) -> float:
        """Bring up the PDFs of entries."""
        return self._entry_documents.turn()

    def _report(self) -> float:
        """Make the reports that are due; news of anything wakes every loop, and counting costs something."""
        if time.monotonic() >= self._report_next:
            self._report_next = time.monotonic() + REPORT_EVERY
            for name in revisions.make_due(self.station):
                log.info("%s is made", name)
        return REPORT_EVERY

    def _free(self) -> float:
        """Free what the policy allows to go, once a day: news of anything wakes every loop."""
        if time.monotonic() < self._free_next:
            return FREE_EVERY
        self._free_next = time.monotonic() + FREE_EVERY
        if count := taken_files.free(self.station):
            log.info("%d originals of dropped files were freed", count)
        if self.station.settings.retention.masters_after_days is None:
            return FREE_EVERY
        try:
            for outcome in master_retention.free(self.station, who="retention"):
                log.info("%s: %s", outcome.ledger, outcome.reason or f"{outcome.bytes} bytes freed")
        except Refused as refused:
            log.info("no masters are freed now: %s", refused)
        return FREE_EVERY

    def _deliver(self, destination: str) -> float:
        """Deliver what is due; back again when the next try is, or when there is news."""
        try:
            for sent in sending.send(self.station, destination):
                log.info("the report of %s is %s", sent.day, sent.state)
            for _ in delivery_queue.run(self.station, only_due=True, destination=destination):
                pass
        except Refused as refused:
            if refused.code not in ("queue-paused", "delivery-running"):
                raise
            return 5.0
        due = delivery_queue.next_due(self.station, destination)
        return 60.0 if due is None else min(60.0, max(0.5, (due - datetime.now(UTC)).total_seconds()))
