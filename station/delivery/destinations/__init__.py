"""Where packages go: each kind of destination brings one delivery_file over and proves that it arrived."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from station.delivery.destinations.contract import Destination
from station.delivery.destinations.folder import FolderSender
from station.settings.tables import AnyDestination, FolderDestination, TusDestination
from station.storage import durable, locks
from station.storage.data_folder import Folders

if TYPE_CHECKING:
    from station.delivery.destinations.tus_http import LineTimeouts


@contextmanager
def open_destination(table: AnyDestination, timeouts: LineTimeouts | None = None) -> Iterator[Destination]:
    """This destination of the settings; a line stays open until the block ends, with these ``timeouts`` or its own."""
    match table:
        case FolderDestination():
            yield FolderSender(table.path, stick=table.stick)
        case TusDestination():
            from station.delivery.destinations.tus import TusSender  # requests takes a tenth of every command's start

            with TusSender(table, timeouts) as sender:
                yield sender


def exclusive_delivery(folders: Folders, destination_id: str, *, patience: float = 0.0) -> AbstractContextManager[bool]:
    """Be the only one who sends there until the block ends; False where another still does after ``patience`` (s)."""
    durable.make_folders(folders.locks)
    return locks.hold(folders.locks / f"delivery-{destination_id}", wait=False, patience=patience)
