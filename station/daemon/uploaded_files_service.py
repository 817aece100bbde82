"""The loop that takes files which people sent through the page into their ledgers, one ledger after the other."""

from __future__ import annotations

from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.daemon.folder_watcher import RESCAN, FolderWatcher
from station.scanning import folder_intake, uploaded_files


class UploadedFilesService:
    """A watcher for each ledger's own folder, from the first file on that lies there."""

    def __init__(self, station: Station, news: ChangeFeed) -> None:
        self._station = station
        self._news = news
        self._watchers: dict[str, FolderWatcher] = {}

    def turn(self) -> float:
        """Take what has come whole; gives how long to wait for news at most (s)."""
        patience = RESCAN
        for folder in folder_intake.of_uploads(self._station):
            if uploaded_files.waiting(folder.path):
                if folder.id not in self._watchers:
                    self._watchers[folder.id] = FolderWatcher(self._station, folder, self._news, hints=False)
                patience = min(patience, self._watchers[folder.id].turn())
        return patience

    def watcher(self, scanner_id: str) -> FolderWatcher | None:
        """The watcher of a ledger's own folder, if anything was taken from there since the daemon began."""
        return self._watchers.get(scanner_id)

    def close(self) -> None:
        """Stop before the next page."""
        for watcher in list(self._watchers.values()):
            watcher.close()
