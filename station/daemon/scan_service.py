"""Scan sessions of the daemon: one at a time, started and stopped from the page, its status open to all views."""

from __future__ import annotations

import itertools
import logging
import math
import os
import threading
from dataclasses import dataclass, replace
from time import monotonic

from drivers import Progress, Scanner
from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.daemon.service_thread import start_thread
from station.domain.states import ScanPurpose
from station.errors import Refused, StationError
from station.messages import Message
from station.scanning import scan_session
from station.scanning.scan_session import ScanRequest
from station.scanning.standby import Standby

log = logging.getLogger(__name__)

#: A session that was waited for in vain gets no more than this (s): its children end with the daemon.
_CLOSING = 1.0
#: A feeder that gives a sheet within this time (s) would be slowed by what is done behind it ...
_QUICK = 2.0
#: ... unless the PC has more processors than these: one reads lines, one makes masters.
_PROCESSORS = 2


@dataclass(frozen=True)
class SheetPreview:
    """The picture (JPEG) of the session's sheet ``number``, which was read and is not accepted yet.

    ``key`` is never the same again.
    """

    key: int
    number: int
    picture: bytes


@dataclass(frozen=True)
class ScanStatus:
    """What happens at the scanner now. ``share`` is how much of the current sheet is read (0-1), None where unknown.

    ``purpose`` and ``anchor`` are those of the request. ``session`` counts the sessions since the daemon began;
    ``waiting`` is whether the scanner's own button is to be pressed for the next sheet.
    ``accepted`` counts the captures of the session that runs or ran last, ``newest`` is the id of its last one, and
    ``preview`` is the newest sheet that is not one yet; ``message`` is why the session ended early, if it did.
    """

    scanning: bool = False
    session: int = 0
    ledger: str | None = None
    operator: str | None = None
    purpose: ScanPurpose = ScanPurpose.APPEND
    anchor: str | None = None
    accepted: int = 0
    newest: int | None = None
    preview: SheetPreview | None = None
    share: float | None = None
    waiting: bool = False
    stopping: bool = False
    message: Message | None = None


class ScanService:
    """Runs scan sessions in a thread of its own, so that no request waits for a scanner."""

    def __init__(self, station: Station, news: ChangeFeed) -> None:
        self._station = station
        self._news = news
        self._guard = threading.Lock()
        self._status = ScanStatus()
        self._thread: threading.Thread | None = None
        self._scanner: Scanner | None = None
        self._keys = itertools.count(1)
        self._standby = Standby(station, keeps=True)
        self._accepted_at = 0.0
        self._sheet_time = math.inf
        self._page_at = -math.inf
        self._page_interval = math.inf

    @property
    def status(self) -> ScanStatus:
        """The session that runs, or how the last one ended."""
        return self._status

    def is_busy(self, reading_time: float) -> bool:
        """Whether a sheet waits for its master and its findings, or the next comes before a page could be read.

        ``reading_time`` is how long the last page took to read (s). A page that lies on the glass is looked at by
        somebody. On a small PC a batch of a quick feeder is read when it is through, and does not wait for it; and
        where reading takes longer than from page to page, so that it would lag behind anyhow, it waits for a pause.
        """
        status = self._status
        if status.preview is not None:
            return True
        if (os.cpu_count() or 1) > _PROCESSORS:
            return False
        if status.scanning and self._sheet_time < _QUICK and monotonic() - self._accepted_at < _QUICK:
            return True
        return reading_time > max(self._page_interval, monotonic() - self._page_at)

    def start(self, request: ScanRequest) -> int:
        """Begin a session, and give its number; ``Refused`` ("session-running") while one runs.

        :raises NoWorker: the PC has no room for a thread more; nothing runs.
        """
        with self._guard:
            if self._status.scanning:
                raise Refused("session-running", ledger=self._status.ledger, operator=self._status.operator)
            number = self._status.session + 1
            # It says nothing before this lock is free.
            self._thread = start_thread(self._run, request, name="scan session")
            self._status = ScanStatus(True, number, request.ledger, request.operator, request.purpose, request.anchor)
            self._accepted_at, self._sheet_time = monotonic(), math.inf
        self._news.tell()
        return number

    def cancel(self) -> None:
        """Stop the running session after the sheet that the scanner obeys at; nothing happens without one."""
        with self._guard:
            scanner = self._scanner
            if not self._status.scanning:
                return
            self._status = replace(self._status, stopping=True)
        if scanner is not None:
            scanner.cancel()
        self._news.tell()

    def see_view(self) -> None:
        """Somebody looks at the scanning view now: what the next page needs stays a while."""
        self._standby.see_view()

    def turn(self) -> float:
        """Let the scanner and the workers go where nobody scanned for long; gives when to look again (s)."""
        return self._standby.look()

    def close(self, timeout: float) -> None:
        """Stop what runs and wait for its end, at most ``timeout`` seconds; nothing is kept any more."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout)
        self._standby.close(_CLOSING)

    def _run(self, request: ScanRequest) -> None:
        message: Message | None = None
        try:
            for capture_id in scan_session.scan(
                self._station, request, self._on_progress, self._on_open, self._on_preview, self._standby
            ):
                self._on_accepted(capture_id)
        except StationError as error:
            # For the technician: the sentence on the page leaves out what the device said.
            log.warning("the session of %s ended early: %s %s", request.ledger, error.code, dict(error.facts))
            message = Message(error.code, error.facts)
        except Exception:
            # Whatever nobody foresaw ends this session, not the daemon; the captures before it are safe.
            log.exception("the session ended by a mistake of ours")
            with self._guard:
                message = Message("scan-mistake", {"safe": self._status.accepted})
        finally:
            self._scanner = None
            self._set(scanning=False, stopping=False, preview=None, share=None, waiting=False, message=message)

    def _on_open(self, scanner: Scanner) -> None:
        with self._guard:
            self._scanner = scanner
            stopping = self._status.stopping
        if stopping:
            scanner.cancel()

    def _on_progress(self, progress: Progress) -> None:
        share = progress.lines / progress.height if progress.height else None
        with self._guard:
            before, self._status = self._status, replace(self._status, share=share, waiting=progress.waiting)
        if before.waiting != progress.waiting:
            self._news.tell()
        else:
            self._news.tell_progress()

    def _on_preview(self, number: int, picture: bytes) -> None:
        with self._guard:
            preview = self._status.preview
            if number > self._status.accepted and (preview is None or number >= preview.number):
                self._status = replace(self._status, preview=SheetPreview(next(self._keys), number, picture))
        self._news.tell()

    def _on_accepted(self, capture_id: int) -> None:
        now = monotonic()
        with self._guard:
            self._accepted_at, self._sheet_time = now, now - self._accepted_at
            self._page_at, self._page_interval = now, now - self._page_at
            status = self._status
            accepted = status.accepted + 1
            preview = status.preview if status.preview and status.preview.number > accepted else None
            self._status = replace(status, accepted=accepted, newest=capture_id, preview=preview, share=None)
        self._news.tell_soon()  # a page from the glass is the end of its session

    def _set(self, **changes: object) -> None:
        with self._guard:
            self._status = replace(self._status, **changes)  # type: ignore[arg-type]
        self._news.tell()
