"""Which errors of a scanner are tried again, and which a person must see to.

The one question behind the table: has paper moved? A sheet that a feeder drew in is lost to the machine, and whoever
tries again by itself gets the next sheet in its place. So nothing is tried again once a feeder was told to start,
unless it refused because it was busy; a page on the glass lies still and may be read once more.

A device that stayed open since the batch before may be at fault itself: it fell asleep, or its backend takes no second
batch. Whatever fails there before a line came is tried once more with the device opened anew; where that gave the
sheet, the device stays open no more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from drivers import Identity, Listener, Progress, Scanner, ScanSettings, Sheet, Source
from drivers.errors import (
    AccessDenied,
    Ambiguous,
    BackendMissing,
    Busy,
    Cancelled,
    ChildDied,
    CoverOpen,
    CutShort,
    DamagedImage,
    DiskFull,
    DoubleFeed,
    DriverError,
    EarlyEnd,
    FilesLeft,
    FilesRejected,
    FolderEmpty,
    InputOutput,
    Jammed,
    NoButton,
    NoDocuments,
    NotDrawn,
    NotFound,
    NotStarted,
    OutOfMemory,
    SettingRefused,
    Stalled,
    StillWritten,
    WrongImage,
)

log = logging.getLogger(__name__)


class Remedy(StrEnum):
    """What helps against an error."""

    #: It passes: wait a while, ask again.
    WAIT = "wait"
    #: Open the device anew (a driver does so at its next batch), then once more.
    REOPEN = "reopen"
    #: A person at the scanner: paper, cover, cable, disk. "Try again" is a keypress.
    OPERATOR = "operator"
    #: Trying again gives the same: settings, rights or software must change.
    TECHNICIAN = "technician"


REMEDIES: dict[type[DriverError], Remedy] = {
    Busy: Remedy.WAIT,
    InputOutput: Remedy.REOPEN,
    ChildDied: Remedy.REOPEN,
    # A stall has cost its deadline already: a person decides whether to spend another one.
    Stalled: Remedy.OPERATOR,
    Jammed: Remedy.OPERATOR,
    DoubleFeed: Remedy.OPERATOR,
    CoverOpen: Remedy.OPERATOR,
    NoDocuments: Remedy.OPERATOR,
    NotDrawn: Remedy.OPERATOR,
    EarlyEnd: Remedy.OPERATOR,
    CutShort: Remedy.OPERATOR,
    OutOfMemory: Remedy.OPERATOR,
    NotStarted: Remedy.OPERATOR,
    WrongImage: Remedy.OPERATOR,
    DamagedImage: Remedy.OPERATOR,
    DiskFull: Remedy.OPERATOR,
    FolderEmpty: Remedy.OPERATOR,
    FilesLeft: Remedy.OPERATOR,
    FilesRejected: Remedy.OPERATOR,
    StillWritten: Remedy.OPERATOR,
    NotFound: Remedy.OPERATOR,
    Cancelled: Remedy.OPERATOR,
    DriverError: Remedy.OPERATOR,
    Ambiguous: Remedy.TECHNICIAN,
    AccessDenied: Remedy.TECHNICIAN,
    BackendMissing: Remedy.TECHNICIAN,
    NoButton: Remedy.TECHNICIAN,
    SettingRefused: Remedy.TECHNICIAN,
}


#: What a scanner says of paper, cover, button or disk is so, however long it was open.
_OF_THE_MOMENT = (NoDocuments, NotDrawn, Jammed, DoubleFeed, CoverOpen, NoButton, DiskFull, Busy, Cancelled)


@dataclass(frozen=True)
class Patience:
    """How long a busy scanner is waited for, and between two questions, in seconds; how often one is opened anew."""

    busy: float = 3.0
    pause: float = 0.25
    reopenings: int = 1


class PatientScanner:
    """A scanner that tries again where that is safe; otherwise the one that ``open_scanner`` gives."""

    def __init__(self, open_scanner: Callable[[], Scanner], patience: Patience | None = None) -> None:
        """Open it, with patience.

        :raises DriverError: what ``open_scanner`` raises in the end.
        """
        self._patience = patience or Patience()
        self._cancelled = threading.Event()
        self._stood_by = False
        self._may_stand_by = True
        attempts = _Attempts(self._patience)
        while True:
            try:
                self._scanner = open_scanner()
                break
            except DriverError as error:
                if not attempts.again_after(error, self._cancelled):
                    raise
        self.fixed = self._scanner.fixed
        self.identity: Identity = self._scanner.identity

    def scan(
        self,
        settings: ScanSettings,
        spool: Path,
        *,
        limit: int | None = None,
        fed: Collection[str] = (),
        listener: Listener | None = None,
    ) -> Generator[Sheet, None, None]:
        """See :meth:`drivers.Scanner.scan`. A second attempt is made only while no sheet has come."""
        try:
            yield from self._attempted(settings, spool, limit, fed, listener)
        finally:
            self._cancelled.clear()

    def _attempted(
        self, settings: ScanSettings, spool: Path, limit: int | None, fed: Collection[str], listener: Listener | None
    ) -> Generator[Sheet, None, None]:
        attempts, afresh = _Attempts(self._patience), False
        while True:
            watch = _Watch(listener, feeder=settings.source is not Source.FLATBED)
            batch = self._scanner.scan(settings, spool, limit=limit, fed=fed, listener=watch)
            try:
                with closing(batch):
                    for sheet in batch:
                        watch.has_sheets = True
                        yield sheet
            except DriverError as error:
                if self._stood_by and self._is_tried_afresh(watch, error):
                    afresh = True
                    continue
                if not watch.may_repeat(error) or not attempts.again_after(error, self._cancelled):
                    raise
            else:
                self._may_stand_by = self._may_stand_by and not afresh
                return

    def cancel(self) -> None:
        """Stop the running batch, the waiting for it or, where none runs, the next one."""
        self._cancelled.set()
        self._scanner.cancel()

    def stand_by(self) -> bool:
        """See :meth:`drivers.Scanner.stand_by`; False for good where only a device opened anew gave a sheet."""
        self._cancelled.clear()
        self._stood_by = self._may_stand_by and self._scanner.stand_by()
        return self._stood_by

    def close(self) -> None:
        """Let the device go."""
        self._stood_by = False
        self._scanner.close()

    def _is_tried_afresh(self, watch: _Watch, error: DriverError) -> bool:
        """Whether a device that had stood by may be to blame for ``error``: it is closed, for the next attempt.

        A stall has cost its deadline: that one is told, and the device stays open no more.
        """
        if watch.is_reading or isinstance(error, _OF_THE_MOMENT):
            return False
        log.warning("the scanner failed after it had stayed open: %s %s", error.code, error.detail)
        self._stood_by = False
        self._scanner.close()
        if isinstance(error, Stalled):
            self._may_stand_by = False
            return False
        return watch.is_untouched and not self._cancelled.is_set()


@dataclass
class _Watch:
    """How far a batch is: whether a sheet was begun, is being read, or was handed over."""

    listener: Listener | None
    feeder: bool
    has_begun: bool = False
    is_reading: bool = False
    has_sheets: bool = False

    def __call__(self, progress: Progress) -> None:
        self.has_begun = self.has_begun or not progress.waiting
        self.is_reading = self.is_reading or progress.lines > 0
        if self.listener:
            self.listener(progress)

    @property
    def is_untouched(self) -> bool:
        """Whether no paper has moved."""
        return not self.has_sheets and not (self.feeder and self.has_begun)

    def may_repeat(self, error: DriverError) -> bool:
        """Whether the batch stands where it began."""
        if self.has_sheets:
            return False
        if not self.has_begun:
            return True
        if self.feeder:
            return isinstance(error, Busy) and not self.is_reading
        # What crashed a driver in mid-page is likely to do so again: a person looks first.
        return not isinstance(error, ChildDied)


class _Attempts:
    """The tries that are left, and until when a busy scanner is waited for."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._until = time.monotonic() + patience.busy

    def again_after(self, error: DriverError, cancelled: threading.Event) -> bool:
        """Whether to try once more; waits first where waiting is the remedy.

        :raises Cancelled: meanwhile a person did not want it any more.
        """
        remedy = REMEDIES.get(type(error), Remedy.OPERATOR)
        if cancelled.is_set():
            return False
        if remedy is Remedy.WAIT and time.monotonic() < self._until:
            if cancelled.wait(self._patience.pause):
                raise Cancelled("while waiting for a busy scanner", error.sheet) from error
            return True
        if remedy is Remedy.REOPEN and self._patience.reopenings:
            self._patience = replace(self._patience, reopenings=self._patience.reopenings - 1)
            return True
        return False
