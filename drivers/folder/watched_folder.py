"""A watched folder as a scanner: what phones, cameras and vendor programs drop there, each file once and whole.

A file is copied into the spool first, and only the copy is looked at: the original is never changed, and nobody can
change what was hashed. Pages are known by the SHA-256 of their file and their place in it, so nothing is taken twice.
What becomes of the originals is for the :class:`Originals`, who knows what was accepted.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Collection, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol

from drivers import Identity, Listener, Progress, ScanSettings, Sheet
from drivers.errors import (
    Cancelled,
    DiskFull,
    FilesRejected,
    FolderEmpty,
    InputOutput,
    NotFound,
    StillWritten,
)
from drivers.folder import masters
from drivers.folder.formats import Pages, Picture, Unreadable, open_pages
from drivers.folder.stable_files import Arrival, Pace, Signature, Watch, watch_of
from drivers.images.raw_sheet import Origin
from drivers.sane.device_identity import claim

_CHUNK = 1024 * 1024
#: What a file is called in the spool while it is looked at.
_COPY = "file.copy"
_SHOWN_NAMES = 3
#: So often may this program die while it reads a file, until the file is thought to be the cause.
_MOST_DEATHS = 2
#: Problems that a writer who is not done yet leaves, too.
_PERHAPS_UNFINISHED = frozenset({"empty", "damaged"})


@dataclass(frozen=True)
class CopiedFile:
    """A file that was copied out of the folder: as it stood there, its name for people, its SHA-256 in hex."""

    arrival: Arrival
    sha256: str
    pages: int = 0

    @property
    def name(self) -> str:
        """The name in characters that every reader takes."""
        return display_name(self.arrival.path)

    @property
    def tokens(self) -> list[str]:
        """What its pages are known by."""
        return [f"{self.sha256}:{page}/{self.pages}" for page in range(1, self.pages + 1)]


class Originals(Protocol):
    """Who sees to the originals, outside of the driver."""

    def given(self, found: CopiedFile) -> None:
        """The pages of this file follow: it may leave the folder when all were accepted."""

    def repeated(self, found: CopiedFile) -> bool:
        """All pages of this file were given before; False tells that it was rejected for that."""

    def rejected(self, arrival: Arrival, code: str, **facts: object) -> None:
        """This file cannot be taken, for the reason ``code``."""

    def finished(self) -> None:
        """The batch is over."""


@dataclass
class _Batch:
    settings: ScanSettings
    spool: Path
    limit: int | None
    fed: Collection[str]
    listener: Listener | None
    number: int = 0
    hashes: set[str] = field(default_factory=set)
    rejected: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return self.limit is not None and self.number >= self.limit


class FolderDriver:
    """An open folder; see :class:`drivers.Scanner`."""

    fixed = True

    def __init__(self, watch: Watch, clerk: Originals, lock: int) -> None:
        self._watch = watch
        self._clerk = clerk
        self._lock: int | None = lock
        self._cancelled = threading.Event()
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
        self._cancelled.clear()
        batch = _Batch(settings, spool, limit, fed, listener)
        for arrival in self._watch.arrivals(self._cancelled):
            yield from self._take(arrival, batch)
            if batch.full:
                break
        if batch.rejected:
            raise FilesRejected(_listed(batch.rejected))
        if self._cancelled.is_set():
            raise Cancelled(sheet=batch.number + 1)
        if not batch.full and (restless := self._watch.look().restless):
            raise StillWritten(_listed([display_name(path) for path in restless]))
        if not batch.number:
            raise FolderEmpty(display_name(self._watch.folder), 1)

    def cancel(self) -> None:
        """Stop before the next page."""
        self._cancelled.set()

    def close(self) -> None:
        """Let the folder go, its originals put where they belong."""
        if self._lock is not None:
            lock, self._lock = self._lock, None
            try:
                self._clerk.finished()
            finally:
                os.close(lock)

    def _take(self, arrival: Arrival, batch: _Batch) -> Iterator[Sheet]:
        copy = batch.spool / _COPY
        try:
            sha256 = _copied(arrival, copy)
            if sha256 is None:
                return  # gone, or not still after all: the next look finds out
            with ExitStack() as stack:
                with self._survived(sha256):
                    pages = stack.enter_context(open_pages(copy))
                found = CopiedFile(arrival, sha256, pages.count)
                if sha256 in batch.hashes or all(token in batch.fed for token in found.tokens):
                    if not self._clerk.repeated(found):
                        batch.rejected.append(found.name)
                    return
                if pages.count > 1:
                    with self._survived(sha256):
                        _prove(pages)
                for index, token in enumerate(found.tokens):
                    if token in batch.fed or batch.full or self._cancelled.is_set():
                        continue
                    with self._survived(sha256):
                        picture = pages.page(index)
                    if sha256 not in batch.hashes:
                        batch.hashes.add(sha256)
                        self._clerk.given(found)
                    yield self._sheet(batch, picture, token, found, index)
        except Unreadable as problem:
            if problem.code in _PERHAPS_UNFINISHED and self._watch.doubt(arrival):
                return
            self._clerk.rejected(arrival, problem.code, **problem.facts)
            batch.rejected.append(display_name(arrival.path))
        finally:
            copy.unlink(missing_ok=True)

    @contextmanager
    def _survived(self, sha256: str) -> Iterator[None]:
        """Keep in the lock's file, as long as a decoder is at work, which file it reads and how often that was deadly.

        A decoder that crashes takes the daemon with it, and systemd starts that anew: one bad file could stop a station
        for good.
        """
        last, _, found = self._noted().partition(" ")
        deaths = int(found) if last == sha256 else 0
        if deaths >= _MOST_DEATHS:
            raise Unreadable("deadly")
        self._note(f"{sha256} {deaths + 1}")
        try:
            yield
        finally:
            self._note(f"{sha256} {deaths}")

    def _noted(self) -> str:
        return "" if self._lock is None else os.pread(self._lock, 128, 0).decode("ascii")

    def _note(self, text: str) -> None:
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, text.encode("ascii"), 0)

    def _sheet(self, batch: _Batch, picture: Picture, token: str, found: CopiedFile, index: int) -> Sheet:
        batch.number += 1
        if batch.listener:
            batch.listener(Progress(batch.number, 0, picture.height))
        dpi, supposed = masters.resolution(picture, batch.settings)
        told = {"file": found.name, "page": f"{index + 1}/{found.pages}", **masters.photo_facts(picture), **supposed}
        origin = Origin(
            identity=masters.identity(picture) or self.identity,
            started_at=datetime.now(UTC),
            dpi=dpi,
            token=token,
            caller={**batch.settings.provenance, **told},
        )
        with _disk_errors(batch.number):
            path = masters.store(picture, origin, batch.settings, batch.spool / f"{batch.number:04d}")
        return Sheet(
            number=batch.number,
            path=path,
            width=picture.width,
            height=picture.height,
            mode=picture.mode,
            dpi_asked=None,
            dpi=origin.dpi,
            started_at=origin.started_at,
            identity=origin.identity,
            token=token,
            rotation=picture.rotation,
        )


def open_scanner(path: Path, *, clerk: Originals, locks: Path, pace: Pace | None = None) -> FolderDriver:
    """Open the watched folder ``path``; ``clerk`` is told what happens to its files.

    :raises drivers.errors.NotFound: there is no such folder.
    :raises drivers.errors.Busy: another process takes files from it now.
    """
    if not path.is_dir():
        raise NotFound(f"{path} is no folder")
    folder = path.resolve()
    return FolderDriver(watch_of(folder, pace or Pace()), clerk, claim(locks, f"folder {folder}"))


def display_name(path: Path) -> str:
    """A file's name for people: what is no character, or none that can be printed, becomes a question mark."""
    text = path.name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _copied(arrival: Arrival, copy: Path) -> str | None:
    """Copy a file and give its SHA-256; None where it is gone, or was changed meanwhile.

    :raises Unreadable: this user may not read it.
    :raises InputOutput: its medium failed.
    """
    digest = hashlib.sha256()
    try:
        source = _opened(arrival)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Unreadable("denied") from error
    except OSError as error:
        raise InputOutput(str(error)) from error
    if source is None:
        return None
    with source, _disk_errors(None), copy.open("wb") as target:
        while piece := source.read(_CHUNK):
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest() if arrival.untouched() else None


def _opened(arrival: Arrival) -> IO[bytes] | None:
    """Open the very file that stood still; None where another thing has its name now.

    That may be a FIFO, which nobody ever writes to, or a link to a file that is not the folder's.
    """
    try:
        descriptor = os.open(arrival.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return None
        raise
    source = os.fdopen(descriptor, "rb")
    if Signature.read(os.fstat(descriptor)) != arrival.signature:
        source.close()
        return None
    return source


def _prove(pages: Pages) -> None:
    """Read every page once before the first is given: a file is taken whole, or rejected whole."""
    for index in range(pages.count):
        pages.page(index)


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" +{more}" if more > 0 else "")


@contextmanager
def _disk_errors(sheet: int | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else InputOutput
        raise kind(str(error), sheet) from error
