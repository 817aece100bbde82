"""Which files of a watched folder may be taken now: those that stood still, by their names or as they came.

A file appears before it is whole: cameras upload, shares copy, vendor programs write line by line. No event tells
reliably that a writer is done, so size, time and inode must not have changed for a while (paperless-ng#820,
paperless-ngx#1279).
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from drivers.errors import NotFound

#: What browsers, copiers and sync programs call a file that they have not finished.
UNFINISHED = frozenset({".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download"})
#: What Windows leaves in every folder that it looks into.
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})

#: Folders of the station's own, where files lie that were seen to.
TAKEN, REJECTED = "taken", "rejected"

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Pace:
    """How long, in seconds, a file must not have changed before it is taken.

    ``doubt`` is for a file that is empty or could not be decoded: a slow writer may pause longer than ``still``.
    ``patience`` is how long a file that goes on changing holds up those behind it. Files are taken in the natural order
    of their names, or ``by_arrival``: in the order in which they were written last.
    """

    still: float = 2.0
    doubt: float = 15.0
    patience: float = 60.0
    by_arrival: bool = False

    def order(self, path: Path, signature: Signature) -> tuple[int, list[tuple[int, int, str]]]:
        """What files are ordered by."""
        return signature.changed_ns if self.by_arrival else 0, natural_order(path.name)


class Signature(NamedTuple):
    """What changes when a file is written to, or another one takes its name."""

    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Signature | None:
        """The signature of a file now; None where there is no plain file of this name."""
        try:
            return cls.read(path.lstat())
        except OSError:
            return None

    @classmethod
    def read(cls, status: os.stat_result) -> Signature | None:
        """The signature from the file system; None for what is no plain file."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


@dataclass(frozen=True)
class Arrival:
    """A file that stood still, and how it looked then."""

    path: Path
    signature: Signature

    def untouched(self) -> bool:
        """Whether it still looks the same."""
        return Signature.of(self.path) == self.signature


@dataclass(frozen=True)
class FolderSnapshot:
    """The folder at one moment: what may be taken, in order; whether more is to come; what never stands still.

    ``file_count`` counts all files together. ``odd`` are things that are no files: folders, links and special ones, by
    the names "folder", "link", "special".
    """

    ready: list[Arrival]
    waiting: bool
    restless: list[Path]
    file_count: int
    odd: dict[Path, str]


@dataclass
class _Sighting:
    signature: Signature
    first: float
    since: float
    doubted: bool = False


class FolderWatch:
    """What is known of the files of one folder from one look to the next; for any number of threads."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.folder = folder
        self.pace = pace
        self._guard = threading.Lock()
        self._seen: dict[Path, _Sighting] = {}
        self._odd: dict[Path, str] = {}
        self._settled: set[Arrival] = set()

    def look(self, without: frozenset[Arrival] = frozenset()) -> FolderSnapshot:
        """Look now. Files in ``without`` count as gone for as long as they are not changed.

        A file that still changes holds up those behind it in the order, until its patience is over.

        :raises NotFound: the folder is not there.
        """
        with self._guard:
            now = time.monotonic()
            self._notice(now)
            pending = [
                (arrival, sighting)
                for path, sighting in sorted(
                    self._seen.items(), key=lambda one: self.pace.order(one[0], one[1].signature)
                )
                if (arrival := Arrival(path, sighting.signature)) not in without and arrival not in self._settled
            ]
            restless = [
                item for item, sighting in pending if not self._still(sighting, now) and self._restless(sighting, now)
            ]
            orderly = [(item, sighting) for item, sighting in pending if item not in restless]
            ready = [item for item, _ in takewhile(lambda one: self._still(one[1], now), orderly)]
            return FolderSnapshot(
                ready, len(ready) < len(orderly), [item.path for item in restless], len(pending), dict(self._odd)
            )

    def settle(self, arrival: Arrival) -> None:
        """Pass over a file that was seen to and cannot leave the folder, for as long as it is not changed."""
        with self._guard:
            self._settled.add(arrival)

    def doubt(self, arrival: Arrival) -> bool:
        """Say that a file cannot be read as it is; gives whether it may be looked at once more, after longer rest."""
        with self._guard:
            sighting = self._seen.get(arrival.path)
            if sighting is None or sighting.signature != arrival.signature or sighting.doubted:
                return False
            sighting.doubted = True
            return not self._still(sighting, time.monotonic())

    def arrivals(self, stop: threading.Event) -> Iterator[Arrival]:
        """Give each file once when it stood still; ends when nothing is left that could, or ``stop`` is set."""
        given: frozenset[Arrival] = frozenset()
        while not stop.is_set():
            look = self.look(given)
            if look.ready:
                arrival = look.ready[0]
                yield arrival
                if not self._rests(arrival):
                    given |= {arrival}
            elif look.waiting:
                stop.wait(min(self.pace.still / 4, 0.5))
            else:
                return

    def _rests(self, arrival: Arrival) -> bool:
        """Whether the file was put back by :meth:`doubt`."""
        with self._guard:
            sighting = self._seen.get(arrival.path)
            return bool(
                sighting
                and sighting.doubted
                and sighting.signature == arrival.signature
                and not self._still(sighting, time.monotonic())
            )

    def _notice(self, now: float) -> None:
        files, odd = {}, {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    if not is_image_name(entry.name):
                        continue
                    if signature := Signature.of(path):
                        files[path] = signature
                    elif kind := _oddity(entry):
                        odd[path] = kind
        except OSError as error:
            raise NotFound(f"{self.folder}: {error.strerror}") from error
        self._odd = odd
        self._settled = {one for one in self._settled if files.get(one.path) == one.signature}
        for path in self._seen.keys() - files.keys():
            del self._seen[path]
        for path, signature in files.items():
            sighting = self._seen.setdefault(path, _Sighting(signature, now, now))
            if sighting.signature != signature:
                sighting.signature, sighting.since, sighting.doubted = signature, now, False

    def _still(self, sighting: _Sighting, now: float) -> bool:
        unsure = sighting.doubted or not sighting.signature.size
        return now - sighting.since >= (self.pace.doubt if unsure else self.pace.still)

    def _restless(self, sighting: _Sighting, now: float) -> bool:
        return now - sighting.first > self.pace.patience


def _oddity(entry: os.DirEntry[str]) -> str | None:
    """What it is that is no file; None for the station's own folders, and for what went away meanwhile."""
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return None if entry.name in (TAKEN, REJECTED) else "folder"
    return "special" if os.path.lexists(entry.path) else None


@cache
def watch_of(folder: Path, pace: Pace) -> FolderWatch:
    """The one watch of a folder in this process, so that what one look found still need not be waited for again."""
    return FolderWatch(folder, pace)


def is_image_name(name: str) -> bool:
    """Whether a file of this name is meant to be taken."""
    plain = name.lower()
    return not (plain.startswith((".", "~")) or plain in _CLUTTER or Path(plain).suffix in UNFINISHED)


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """What names are ordered by: numbers as numbers, so that IMG_9 comes before IMG_10; case does not matter."""
    parts = _DIGITS.split(name.casefold())
    key = [(1, int(part), "") if index % 2 else (0, 0, part) for index, part in enumerate(parts) if part]
    return [*key, (2, 0, name)]
