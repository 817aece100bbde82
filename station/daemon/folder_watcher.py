"""The daemon's loop for one watched folder: while a ledger is chosen, its files are taken by scan sessions."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from drivers import Scanner
from drivers.errors import NotFound
from drivers.folder.change_hints import Hints
from drivers.folder.stable_files import watch_of
from drivers.folder.watched_folder import display_name, short_list
from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.errors import Refused, ScanStopped
from station.messages import Message
from station.review import file_questions
from station.scanning import folder_intake, scan_session, session_end, taken_files
from station.scanning.folder_intake import FolderChoice
from station.scanning.scan_session import ScanRequest
from station.scanning.session_originals import SessionOriginals
from station.settings.tables import FolderScannerTable

log = logging.getLogger(__name__)

#: Without any hint the folder is looked at so often (s): on a network share there are none.
RESCAN = 5.0
#: What stopped a session is tried again after so long (s): each try stands in the log.
_TRY_AGAIN = 60.0
#: However much news there is, not more often (s).
_AT_MOST = 0.5


class FolderWatcher:
    """Takes the files of one watched folder. ``message`` is why the last session ended early, if it did.

    Without ``hints`` nothing of the file system is waited for: whoever puts a file there tells it.
    """

    def __init__(self, station: Station, scanner: FolderScannerTable, news: ChangeFeed, *, hints: bool = True) -> None:
        self.scanner = scanner
        self.message: Message | None = None
        self.taking = False
        self._odd: set[Path] = set()
        self._station = station
        self._news = news
        self._hints: Hints | None = None
        self._takes_hints = hints
        self._next = 0.0
        self._guard = threading.Lock()
        self._open: Scanner | None = None
        self._closed = False

    def turn(self) -> float:
        """Take what stands still, if a ledger is chosen; gives how long to wait for news at most (s)."""
        early = self._next - time.monotonic()
        if early > 0:
            return early
        self._next = time.monotonic() + _AT_MOST
        if taken_files.look_again(self._station, self.scanner):
            self._news.tell()
        file_questions.forget_gone(self._station, self.scanner)
        choice = folder_intake.current_choice(self._station, self.scanner.id)
        if choice is None or self._closed:
            return RESCAN
        try:
            look = watch_of(self.scanner.path.resolve(), folder_intake.pace(self.scanner)).look()
        except NotFound as error:
            self._say(Message("scan-not-found", {**session_end.stop_facts(0), "detail": error.detail}))
            return RESCAN
        if self._hints is None and self._takes_hints:
            self._hints = Hints(self.scanner.path, self._news.tell)
        odd = (
            SessionOriginals(self._station, self.scanner).report_others(look.odd) if look.odd.keys() - self._odd else []
        )
        self._odd = set(look.odd)
        if odd:
            self._say(
                Message("scan-files-left", {"safe": 0, "detail": short_list([display_name(path) for path in odd])})
            )
        if look.ready:
            self._take(choice)
        return min(RESCAN, max(_AT_MOST, self.scanner.still / 2)) if look.waiting else RESCAN

    def file_count(self) -> int:
        """How many files lie in the folder now."""
        try:
            look = watch_of(self.scanner.path.resolve(), folder_intake.pace(self.scanner)).look()
        except NotFound:
            return 0
        return look.file_count

    def close(self) -> None:
        """Stop before the next page and end the hints of the file system."""
        with self._guard:
            self._closed = True
            scanner = self._open
        if scanner is not None:
            scanner.cancel()
        if self._hints is not None:
            self._hints.close()

    def _take(self, choice: FolderChoice) -> None:
        self._show(taking=True)
        message: Message | None = None
        try:
            order = ScanRequest(choice.ledger, choice.operator, scanner=self.scanner.id)
            for _ in scan_session.scan(self._station, order, on_open=self._on_open):
                self._news.tell()
        except ScanStopped as stopped:
            log.info("%s: %s", self.scanner.id, stopped.code)
            message = Message(stopped.code, stopped.facts)
            if stopped.code not in ("scan-files-rejected", "scan-files-left"):
                self._next = time.monotonic() + _TRY_AGAIN
        except Refused as refused:
            message = Message(refused.code, refused.facts)
            folder_intake.leave(self._station, self.scanner.id, who=choice.operator)
        finally:
            with self._guard:
                self._open = None
            self._show(taking=False)
        self._say(message)

    def _on_open(self, scanner: Scanner) -> None:
        with self._guard:
            self._open = scanner
            closed = self._closed
        if closed:
            scanner.cancel()

    def _show(self, *, taking: bool) -> None:
        self.taking = taking
        self._news.tell()

    def _say(self, message: Message | None) -> None:
        if message != self.message:
            self.message = message
            self._news.tell()
