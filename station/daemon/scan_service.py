"""The scanning desk of the daemon: one session at a time, started and stopped from the page, told to all who look."""

from __future__ import annotations

import itertools
import logging
import threading
from dataclasses import dataclass, replace

from drivers import Progress, Scanner
from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.errors import Refused, StationError
from station.messages import Message
from station.scanning import scan_session
from station.scanning.scan_session import ScanRequest

log = logging.getLogger(__name__)


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
    """What happens at the desk now. ``share`` is how much of the current sheet is read (0-1), None where unknown.

    ``waiting`` is whether the scanner's own button is to be pressed for the next sheet.
    ``accepted`` counts the captures of the session that runs or ran last, ``newest`` is the id of its last one, and
    ``coming`` is the newest sheet that is not one yet; ``said`` is why the session ended early, if it did.
    """

    scanning: bool = False
    ledger: str | None = None
    operator: str | None = None
    accepted: int = 0
    newest: int | None = None
    coming: SheetPreview | None = None
    share: float | None = None
    waiting: bool = False
    stopping: bool = False
    said: Message | None = None


class ScanService:
    """Runs scan sessions in a thread of its own, so that no request waits for a scanner."""

    def __init__(self, station: Station, news: ChangeFeed) -> None:
        self._station = station
        self._news = news
        self._guard = threading.Lock()
        self._bench = ScanStatus()
        self._thread: threading.Thread | None = None
        self._scanner: Scanner | None = None
        self._keys = itertools.count(1)

    @property
    def bench(self) -> ScanStatus:
        """What happens now."""
        return self._bench

    def start(self, order: ScanRequest) -> None:
        """Begin a session; ``Refused`` ("desk-busy") while one runs."""
        with self._guard:
            if self._bench.scanning:
                raise Refused("desk-busy", ledger=self._bench.ledger, operator=self._bench.operator)
            self._bench = ScanStatus(scanning=True, ledger=order.ledger, operator=order.operator)
            self._thread = threading.Thread(target=self._run, args=(order,), name="desk")
            self._thread.start()
        self._news.tell()

    def cancel(self) -> None:
        """Stop the running session after the sheet that the scanner obeys at; nothing happens without one."""
        with self._guard:
            scanner = self._scanner
            if not self._bench.scanning:
                return
            self._bench = replace(self._bench, stopping=True)
        if scanner is not None:
            scanner.cancel()
        self._news.tell()

    def close(self, timeout: float) -> None:
        """Stop what runs and wait for its end, at most ``timeout`` seconds."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, order: ScanRequest) -> None:
        said: Message | None = None
        try:
            for capture_id in scan_session.scan(self._station, order, self._progress, self._opened, self._pictured):
                self._accepted(capture_id)
        except StationError as error:
            # For the technician: the sentence on the page leaves out what the device said.
            log.warning("the session of %s ended early: %s %s", order.ledger, error.code, dict(error.facts))
            said = Message(error.code, error.facts)
        except Exception:
            # Whatever nobody foresaw ends this session, not the daemon; the captures before it are safe.
            log.exception("the session ended by a mistake of ours")
            said = Message("scan-mistake", {"safe": self._bench.accepted})
        finally:
            self._scanner = None
            self._set(scanning=False, stopping=False, coming=None, share=None, waiting=False, said=said)

    def _opened(self, scanner: Scanner) -> None:
        with self._guard:
            self._scanner = scanner
            stopping = self._bench.stopping
        if stopping:
            scanner.cancel()

    def _progress(self, progress: Progress) -> None:
        share = progress.lines / progress.height if progress.height else None
        with self._guard:
            before, self._bench = self._bench, replace(self._bench, share=share, waiting=progress.waiting)
        if before.waiting != progress.waiting:
            self._news.tell()
        else:
            self._news.tell_progress()

    def _pictured(self, number: int, picture: bytes) -> None:
        with self._guard:
            coming = self._bench.coming
            if number > self._bench.accepted and (coming is None or number >= coming.number):
                self._bench = replace(self._bench, coming=SheetPreview(next(self._keys), number, picture))
        self._news.tell()

    def _accepted(self, capture_id: int) -> None:
        with self._guard:
            bench = self._bench
            accepted = bench.accepted + 1
            coming = bench.coming if bench.coming and bench.coming.number > accepted else None
            self._bench = replace(bench, accepted=accepted, newest=capture_id, coming=coming, share=None)
        self._news.tell()

    def _set(self, **changes: object) -> None:
        with self._guard:
            self._bench = replace(self._bench, **changes)  # type: ignore[arg-type]
        self._news.tell()
