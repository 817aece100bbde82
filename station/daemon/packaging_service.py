"""Packages made on request in a thread of their own: copying a large ledger takes longer than a page waits."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.daemon.service_thread import start_thread
from station.domain.states import PackageKind
from station.errors import Refused, StationError
from station.messages import Message
from station.packaging import packages

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PackagingStatus:
    """What is packed now, or was last: ``message`` is why it failed, ``revision`` the revision's name."""

    ledger: str | None = None
    running: bool = False
    revision: str | None = None
    message: Message | None = None


class PackagingService:
    """Makes packages of one ledger at a time."""

    def __init__(self, station: Station, news: ChangeFeed) -> None:
        self._station = station
        self._news = news
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._status = PackagingStatus()

    @property
    def status(self) -> PackagingStatus:
        """The package that is being made, or how the last one ended."""
        return self._status

    def start(self, ledger: str, kind: PackageKind, *, who: str) -> None:
        """Begin; the same asked twice is packed once, another ledger meanwhile is ``Refused`` ("packing-busy")."""
        with self._guard:
            if self._status.running:
                if self._status.ledger == ledger:
                    return
                raise Refused("packing-busy", ledger=self._status.ledger)
            self._thread = start_thread(self._run, ledger, kind, who, name="packing", daemon=True)
            self._status = PackagingStatus(ledger, running=True)
        self._news.tell()

    def close(self, timeout: float) -> None:
        """Wait for what is packed, at most ``timeout`` seconds; what is cut short is packed again when asked."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, ledger: str, kind: PackageKind, who: str) -> None:
        try:
            package = packages.make(self._station, ledger, kind, who=who)
            ended = PackagingStatus(ledger, revision=packages.revision_name(kind, package.revision))
        except StationError as error:
            ended = PackagingStatus(ledger, message=Message(error.code, error.facts))
        except Exception:
            # Whatever nobody foresaw ends this package, not the daemon; nothing half made has a name.
            log.exception("packing %s ended by a mistake of ours", ledger)
            ended = PackagingStatus(ledger, message=Message("packing-mistake"))
        with self._guard:
            self._status = ended
        self._news.tell()
