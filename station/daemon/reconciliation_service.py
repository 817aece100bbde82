"""Lists that were sent to the page, compared or kept in a thread of their own: a long one takes minutes."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.daemon.service_thread import start_thread
from station.errors import Refused, StationError
from station.ledger import attachments
from station.messages import Message
from station.reconciliation import kept_lists, list_columns, reconcile
from station.reconciliation.kept_lists import KeptList
from station.reconciliation.reconcile import Reconciliation
from station.storage import durable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ListOrder:
    """What is to be done with the list in ``path``, and by whom it is asked.

    ``columns`` are what a person said of them (:func:`station.reconciliation.list_columns.look`), ``ledger_type`` and
    ``place`` what a list says that has no column for it. With ``keep`` the list is kept, else it is compared.
    """

    path: Path
    who: str
    columns: Mapping[str, str] = field(default_factory=dict)
    ledger_type: str = ""
    place: str = ""
    keep: bool = False


@dataclass(frozen=True)
class ReconciliationStatus:
    """The list that is read now, or was last: the name of its ``file``, and who asked.

    ``result`` is what differs, ``kept`` the list as it is kept now, ``message`` why it was neither; ``ended_at`` in
    UTC. A comparison lives as long as the daemon: the catalogue changes, and it is made anew from the list.
    """

    file: str | None = None
    who: str | None = None
    running: bool = False
    result: Reconciliation | None = None
    kept: KeptList | None = None
    message: Message | None = None
    ended_at: datetime | None = None


class ReconciliationService:
    """Reads one list at a time."""

    def __init__(self, station: Station, news: ChangeFeed) -> None:
        self._station = station
        self._news = news
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._status = ReconciliationStatus()

    @property
    def status(self) -> ReconciliationStatus:
        """The list that is read, or how the last one ended."""
        return self._status

    def start(self, order: ListOrder) -> None:
        """Begin; ``Refused`` ("reconcile-busy") while another list is read."""
        with self._guard:
            if self._status.running:
                raise Refused("reconcile-busy", file=self._status.file, who=self._status.who)
            # A name of its own: meanwhile the person may send another list in place of this one.
            folder = self._station.folders.uploaded_lists / f"{order.path.parent.name}-read"
            with durable.storage_failures(folder):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(mode=0o700)
                os.link(order.path, folder / order.path.name)
            order = replace(order, path=folder / order.path.name)
            self._thread = start_thread(self._run, order, name="reconciliation", daemon=True)
            self._status = ReconciliationStatus(order.path.name, order.who, running=True)
        self._news.tell()

    def mark_attached(self, *, who: str) -> tuple[int, int]:
        """Say that the entries are attached which the compared list tells with their file; gives how many, of how many.

        ``Refused`` ("reconcile-none") where no list was compared.
        """
        result = self._status.result
        if result is None:
            raise Refused("reconcile-none")
        return len(attachments.mark_listed(self._station, result.attached, who=who)), len(result.attached)

    def close(self, timeout: float) -> None:
        """Wait for the list that is read, at most ``timeout`` seconds; what is cut short is sent again."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, order: ListOrder) -> None:
        ended = ReconciliationStatus(order.path.name, order.who)
        try:
            table = list_columns.read(self._station, order.path, order.columns)
            said = {"ledger_type": order.ledger_type, "place": order.place}
            if order.keep:
                ended = replace(ended, kept=kept_lists.keep(self._station, table, **said, who=order.who))
            else:
                ended = replace(ended, result=reconcile.compare(self._station, table, **said))
            list_columns.remember(self._station, table, order.columns, who=order.who)
        except StationError as error:
            ended = replace(ended, message=Message(error.code, error.facts))
        except Exception:
            # Whatever nobody foresaw ends this list, not the daemon; nothing is stored by half.
            log.exception("reading a list ended by a mistake of ours")
            ended = replace(ended, message=Message("reconcile-mistake"))
        finally:
            shutil.rmtree(order.path.parent, ignore_errors=True)
        with self._guard:
            self._status = replace(ended, ended_at=datetime.now(UTC))
        self._news.tell()
