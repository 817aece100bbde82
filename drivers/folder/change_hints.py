"""Notifications of the file system that something came into a folder; they are hints, the folder is read anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

log = logging.getLogger(__name__)


class Hints(FileSystemEventHandler):
    """Calls ``heard`` when a writer closed a file of the folder or a file took a name in it, until closed.

    Nothing is told of what another PC does on a network share, and nothing where the system has no watch left
    (inotify(7)): a rescan must find everything without hints.
    """

    def __init__(self, folder: Path, on_hint: Callable[[], None]) -> None:
        self._heard = on_hint
        self._observer = Observer()
        try:
            self._observer.schedule(self, str(folder))
            self._observer.start()
        except OSError as error:
            log.info("%s is not watched, only looked at: %s", folder, error)

    def on_closed(self, event: FileSystemEvent) -> None:
        """A file was closed after writing."""
        self._heard()

    def on_moved(self, event: FileSystemEvent) -> None:
        """A file was moved or renamed."""
        self._heard()

    def close(self) -> None:
        """End the notifications."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()
