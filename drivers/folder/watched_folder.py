"""A watched folder as a scanner: what phones, cameras and vendor programs drop there, each file once and whole.

A file is read where it lies, by a program of its own (:mod:`drivers.folder.child`): nothing is decoded here. Its pages
are known by the SHA-256 of their file and their place in it, so nothing is taken twice. What becomes of the originals
is for the :class:`Originals`, who knows what was accepted.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from drivers import Identity, Listener, Progress, ScanSettings, Sheet
from drivers.errors import Cancelled, FilesLeft, FilesRejected, FolderEmpty, NotFound, StillWritten, Unreadable
from drivers.folder.child_link import ArrivalChanged, FileReader
from drivers.folder.stable_files import Arrival, FolderWatch, Pace, watch_of
from drivers.sane.device_lock import DeviceLock

_SHOWN_NAMES = 3
#: Problems that a writer who is not done yet leaves, too.
_PERHAPS_UNFINISHED = frozenset({"empty", "damaged"})


@dataclass(frozen=True)
class CopiedFile:
    """A file that was read in the folder: as it stood there, its SHA-256 in hex, the digests of its pages.

    Of a sheet that a person knows for another one than that with the same bytes, ``copy`` counts from 2. The first
    ``skipped`` pages were taken from an earlier state of the file. ``answer`` is what the originals are known by.
    """

    arrival: Arrival
    sha256: str
    digests: tuple[str, ...]
    copy: int = 1
    skipped: int = 0
    answer: int | None = None

    @property
    def name(self) -> str:
        """The name in characters that every reader takes."""
        return display_name(self.arrival.path)

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self.digests)

    @property
    def tokens(self) -> list[str]:
        """What those of its pages are known by that are to be taken."""
        return [self.token(index) for index in range(self.skipped, self.pages)]

    def token(self, index: int) -> str:
        """What a page (from 0) is known by."""
        return token_of(self.sha256, index, self.pages, self.copy)


class Originals(Protocol):
    """What the station does with the original files; a file that it cannot move stays in the folder and is skipped."""

    def with_answer(self, copied: CopiedFile) -> CopiedFile:
        """The file with a person's answer about it: that it is another sheet, or an earlier file with more pages."""

    def begin_file(self, copied: CopiedFile) -> None:
        """Begin a file: its pages follow, and it leaves the folder when all of them are accepted."""

    def repeat_file(self, copied: CopiedFile) -> bool:
        """Handle a file all of whose pages were taken before; False where it is rejected for that."""

    def hold_grown_file(self, copied: CopiedFile) -> bool:
        """Put aside, for a person's answer, a later state of a file taken before; gives whether the file is one."""

    def reject_file(self, arrival: Arrival, code: str, **facts: object) -> bool:
        """Reject a file for the reason ``code``; False where it cannot be moved away either."""

    def report_others(self, things: dict[Path, str]) -> list[Path]:
        """Report what is no plain file (folders, links); gives what was not reported before."""

    def end_batch(self) -> list[Arrival]:
        """End the batch; gives the files that were taken and cannot be moved away."""


@dataclass
class _Batch:
    settings: ScanSettings
    spool: Path
    limit: int | None
    fed: Collection[str]
    listener: Listener | None
    number: int = 0
    hashes: set[tuple[str, int]] = field(default_factory=set)

    @property
    def full(self) -> bool:
        return self.limit is not None and self.number >= self.limit


class FolderDriver:
    """An open folder; see :class:`drivers.Scanner`."""

    fixed = True

    def __init__(self, watch: FolderWatch, originals: Originals, lock: DeviceLock) -> None:
        self._watch = watch
        self._originals = originals
        self._lock: DeviceLock | None = lock
        self._cancelled = threading.Event()
        self._reader = FileReader(display_name(watch.folder), self._cancelled)
        self._sheets: dict[int, tuple[Sheet, CopiedFile, int]] = {}
        self._rejected: list[str] = []
        self._left: list[str] = []
        self.identity = Identity("folder", display_name(watch.folder))

    def scan(
        self,
        settings: ScanSettings,
        spool: Path,
        *,
        limit: int | None = None,
        fed: Collection[str] = (),
        listener: Listener | None = None,
    ) -> Generator[Sheet, None, None]:
        """Yield the pages of all files that come to stand still, until none is left that could."""
        batch = _Batch(settings, spool, limit, fed, listener)
        for arrival in self._watch.arrivals(self._cancelled):
            yield from self._take(arrival, batch)
            if batch.full:
                break
        look = self._watch.look()
        self._left += [display_name(path) for path in self._originals.report_others(look.odd)]
        self.complain()
        if self._cancelled.is_set():
            raise Cancelled(sheet=batch.number + 1)
        if not batch.full and look.restless:
            raise StillWritten(short_list([display_name(path) for path in look.restless]))
        if not batch.number:
            raise FolderEmpty(display_name(self._watch.folder), 1)

    def complain(self) -> None:
        """Raise once for files that were rejected, or for what could not be moved away, if there are any."""
        rejections, self._rejected = self._rejected, []
        if rejections:
            raise FilesRejected(short_list(rejections))
        left_files, self._left = self._left, []
        if left_files:
            raise FilesLeft(short_list(left_files))

    def refuse(self, sheet: Sheet, code: str, **facts: object) -> None:
        """A sheet turned out to be no page after all: its file is rejected, and what else it gave is left as it is."""
        sheet, copied, index = self._sheets.pop(sheet.number)
        sheet.path.unlink(missing_ok=True)
        if len(copied.tokens) > 1:
            facts = {"page": index + 1, "detail": facts.get("detail", code)}
            code = "part"
        self._reject(copied.arrival, code, **facts)

    def cancel(self) -> None:
        """Stop before the next page; a folder is opened for one batch, and a cancel may come before it."""
        self._cancelled.set()

    def stand_by(self) -> bool:
        """Never: an open folder claims files that lie in it."""
        return False

    def close(self) -> None:
        """Let the folder go, its originals put where they belong.

        A sheet that was not accepted leaves the spool again: its file still lies there, and comes once more.
        """
        if self._lock is not None:
            lock, self._lock = self._lock, None
            try:
                self._reader.close()
                for sheet, copied, _ in self._sheets.values():
                    if copied.arrival.untouched():
                        sheet.path.unlink(missing_ok=True)
                for arrival in self._originals.end_batch():
                    self._watch.settle(arrival)
                    self._left.append(display_name(arrival.path))
            finally:
                lock.release()

    def _take(self, arrival: Arrival, batch: _Batch) -> Iterator[Sheet]:
        try:
            content = self._reader.read(arrival)
            copied = self._originals.with_answer(CopiedFile(arrival, content.sha256, content.digests))
            key = (copied.sha256, copied.copy)
            if key in batch.hashes or all(token in batch.fed for token in copied.tokens):
                if not self._originals.repeat_file(copied):
                    self._rejected.append(copied.name)
                return
            if self._originals.hold_grown_file(copied):
                self._rejected.append(copied.name)
                return
            for index in range(copied.skipped, copied.pages):
                token = copied.token(index)
                if token in batch.fed or batch.full or self._cancelled.is_set():
                    continue
                sheet = self._sheet(batch, token, copied, index)
                if key not in batch.hashes:
                    batch.hashes.add(key)
                    self._originals.begin_file(copied)
                yield sheet
        except Unreadable as problem:
            if problem.code in _PERHAPS_UNFINISHED and self._watch.doubt(arrival):
                return
            self._reject(arrival, problem.code, **problem.facts)
        except (ArrivalChanged, Cancelled):
            return  # gone, or not still after all: the next look finds out

    def _reject(self, arrival: Arrival, code: str, **facts: object) -> None:
        if self._originals.reject_file(arrival, code, **facts):
            self._rejected.append(display_name(arrival.path))
        else:
            self._watch.settle(arrival)
            self._left.append(display_name(arrival.path))

    def _sheet(self, batch: _Batch, token: str, copied: CopiedFile, index: int) -> Sheet:
        facts = {"file": copied.name, "page": f"{index + 1}/{copied.pages}"}
        stem = batch.spool / f"{batch.number + 1:04d}"
        sheet = self._reader.store(copied.arrival, index, token, stem, batch.settings, facts)
        batch.number += 1
        if batch.listener:
            batch.listener(Progress(batch.number, 0, sheet.height))
        self._sheets[batch.number] = sheet, copied, index
        return sheet


def open_scanner(path: Path, *, originals: Originals, locks: Path, pace: Pace | None = None) -> FolderDriver:
    """Open the watched folder ``path``; ``originals`` is told what happens to its files.

    :raises drivers.errors.NotFound: there is no such folder.
    :raises drivers.errors.Busy: another process takes files from it now.
    """
    if not path.is_dir():
        raise NotFound(f"{path} is no folder")
    folder = path.resolve()
    return FolderDriver(watch_of(folder, pace or Pace()), originals, DeviceLock(locks, f"folder {folder}"))


def token_of(sha256: str, index: int, pages: int, copy: int = 1) -> str:
    """What the page ``index`` (from 0) of a file with this SHA-256 and so many pages is known by."""
    return f"{sha256}:{index + 1}/{pages}" + (f":{copy}" if copy > 1 else "")


def display_name(path: Path) -> str:
    """A file's name for people: what is no character, or none that can be printed, becomes a question mark."""
    text = path.name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def short_list(names: list[str]) -> str:
    """A few names for a sentence, and how many more there are."""
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" +{more}" if more > 0 else "")
