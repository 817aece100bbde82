"""The province's side of a delivery: takes finished uploads out of a tus server's spool into the store, with receipts.

It looks at the spool every second and whenever a station asks for a receipt. All its state is in spool and store, so it
can be killed and started again at any point, and so can the tus server beside it.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Condition

from station.receiver.database import DatabaseFailed
from station.receiver.receipts import Receipts, StoredReceipt
from station.receiver.stores.contract import Store, StoreFailed, WrongHash
from station.receiver.uploads import Spool, Upload
from station.storage.checkpoints import Checkpoint, reach

_LOG = logging.getLogger(__name__)
#: How often the spool is looked at when nobody asks (s).
_EVERY = 1.0
#: An unfinished upload that nobody touched for so long is removed (s): its station begins anew, should it come back.
_ABANDONED_AFTER = 30 * 86400
#: What a killed server left of an upload it was about to create is removed after so long (s): creating takes it
#: milliseconds, and whoever came too late would be answered 410 and begin anew.
_UNCREATED_AFTER = 60.0


class Receiver:
    """Moves uploads from ``spool`` to ``store``; what could not be moved is told to the station that asks for it."""

    def __init__(self, spool: Spool, store: Store, receipts: Receipts) -> None:
        self._spool, self._store, self._receipts = spool, store, receipts
        self._change = Condition()
        self._asked = self._begun = self._ended = 0
        self._stopping = False
        self._trouble: dict[str, HTTPStatus] = {}

    def run(self) -> None:
        """Take finished uploads from the spool until stopped, or ``Refused``: the ledger of receipts is gone."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._stopping or self._asked > self._begun, _EVERY)
                if self._stopping:
                    return
                self._begun = max(self._begun + 1, self._asked)
            self._look()
            with self._change:
                self._ended = self._begun
                self._change.notify_all()

    def stop(self) -> None:
        """Let :meth:`run` end after the file it works on."""
        with self._change:
            self._stopping = True
            self._change.notify_all()

    def receipt(self, sha256: str, patience: float) -> StoredReceipt | HTTPStatus:
        """The receipt of a file, or what to answer instead: not found, no room, in trouble.

        Waits up to ``patience`` seconds for a look at the spool that began after the question. Raises
        ``DatabaseFailed``.
        """
        receipt = self._receipts.find(sha256)
        if receipt is None and patience > 0:
            with self._change:
                self._asked = ticket = self._begun + 1
                self._change.notify_all()
                self._change.wait_for(lambda: self._stopping or self._ended >= ticket, patience)
            receipt = self._receipts.find(sha256)
        return receipt or self._trouble.get(sha256, HTTPStatus.NOT_FOUND)

    def _look(self) -> None:
        try:
            self._spool.free_uncreated(time.time() - _UNCREATED_AFTER)
            uploads = list(self._spool.uploads())
        except (OSError, sqlite3.Error) as error:
            _LOG.error("the spool cannot be read: %s", error)
            return
        with suppress(DatabaseFailed):
            self._receipts.check()
        self._trouble = {sha256: self._trouble[sha256] for sha256 in {one.sha256 for one in uploads} & {*self._trouble}}
        for upload in uploads:
            if self._stopping:
                return
            try:
                self._take(upload)
                self._trouble.pop(upload.sha256, None)
            except (OSError, sqlite3.Error, StoreFailed, DatabaseFailed) as error:
                _LOG.error("%s from %s cannot be stored: %s", upload.filename, upload.station, error)
                self._trouble[upload.sha256] = _status(error)
                if isinstance(error, DatabaseFailed) and error.is_gone and not error.is_full:
                    return  # and so it would be with each of them

    def _take(self, upload: Upload) -> None:
        is_stored = self._receipts.find(upload.sha256) is not None
        if not is_stored and not upload.is_finished:
            if time.time() - upload.touched > _ABANDONED_AFTER:
                _LOG.warning("%s from %s was given up by its station", upload.filename, upload.station)
                self._spool.free(upload)
            return
        try:
            if not is_stored and not self._stored(upload):
                return
        except WrongHash:
            _LOG.warning("%s from %s is not what was sent; it must come again", upload.filename, upload.station)
        except FileNotFoundError:
            return  # its station gave it up at this moment
        self._spool.free(upload)

    def _stored(self, upload: Upload) -> bool:
        """Store it and enter its receipt, in this order; False where another receiver stores the same file now."""
        with self._receipts.alone(upload.sha256) as alone:
            if not alone:
                return False
            if self._receipts.find(upload.sha256) is None:  # it was stored by another a moment ago
                with self._spool.open(upload) as source:
                    reach(Checkpoint.BEFORE_NAME, upload.sha256)
                    place = self._store.keep(upload.sha256, source)
                reach(Checkpoint.BEFORE_COMMIT, upload.sha256)
                self._receipts.enter(_receipt(upload, place))
                reach(Checkpoint.COMMITTED, upload.sha256)
        _LOG.info("%s from %s (%s) is stored: %s", upload.filename, upload.station, upload.package, upload.sha256)
        return True


def _receipt(upload: Upload, place: str) -> StoredReceipt:
    return StoredReceipt(
        upload.sha256,
        upload.bytes,
        upload.package,
        upload.station,
        upload.filename,
        datetime.now(UTC).isoformat(timespec="seconds"),
        place,
    )


def _status(error: Exception) -> HTTPStatus:
    is_full = isinstance(error, StoreFailed | DatabaseFailed) and error.is_full
    return HTTPStatus.INSUFFICIENT_STORAGE if is_full else HTTPStatus.INTERNAL_SERVER_ERROR
