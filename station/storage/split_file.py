"""A file larger than its medium takes, as pieces ``NAME``, ``NAME.2``, ``NAME.3``, written and read as one.

FAT, the usual file system of sticks, takes no file of 4 GiB. One behind the other (``cat``) they are the whole file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from station.storage import durable
from station.storage.untrusted_folder import Folder

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

#: The usual size of a piece, in bytes: whole MiB that FAT takes.
LIMIT = durable.FAT_FILE_LIMIT // 1024**2 * 1024**2


def piece_path(first: Path, number: int) -> Path:
    """The path of a piece; the first is number 1."""
    return first if number == 1 else first.with_name(f"{first.name}.{number}")


def pieces_present(first: Path) -> list[Path]:
    """The pieces that are there, in order; nothing behind a gap."""
    pieces: list[Path] = []
    while (following := piece_path(first, len(pieces) + 1)).exists():
        pieces.append(following)
    return pieces


@contextmanager
def open_pieces(first: Path) -> Iterator[io.BufferedReader]:
    """The whole file, to be read. A piece that is missing or cut off is its end. Raises ``OSError``."""
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb", buffering=0)) for path in pieces_present(first) or [first]]
        yield _joined(first, files, stack)


@contextmanager
def open_pieces_in(folder: Folder, first: Path) -> Iterator[io.BufferedReader]:
    """The same of a file in a folder that others may write to as well: no link is followed, no device opened."""
    with ExitStack() as stack:
        files = [stack.enter_context(folder.read(first.name))]
        while folder.is_plain((following := piece_path(first, len(files) + 1)).name):
            files.append(stack.enter_context(folder.read(following.name)))
        yield _joined(first, files, stack)


def _joined(first: Path, files: Sequence[IO[bytes]], stack: ExitStack) -> io.BufferedReader:
    size = os.fstat(files[0].fileno()).st_size
    return stack.enter_context(io.BufferedReader(Pieces(first, [file.fileno() for file in files], max(size, 1))))


class Pieces(io.RawIOBase):
    """Open files that are one: each but the last is ``limit`` bytes long; ``more`` makes the next when all are full.

    ``files`` are descriptors, and stay their owner's to close.
    """

    def __init__(self, first: Path, files: list[int], limit: int, more: Callable[[], int] | None = None) -> None:
        self.name = str(first)
        self._files = files
        self._limit = limit
        self._more = more
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def writable(self) -> bool:
        """Where there is somebody who makes the next piece."""
        return self._more is not None

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As any raw file: perhaps less than was asked for."""
        number, offset = divmod(self._at, self._limit)
        if number >= len(self._files):
            return 0
        count = os.preadv(self._files[number], [memoryview(buffer).cast("B")[: self._limit - offset]], offset)
        self._at += count
        return count

    def write(self, data: ReadableBuffer) -> int:
        """As any raw file: perhaps less than was given."""
        number, offset = divmod(self._at, self._limit)
        while self._more is not None and number >= len(self._files):
            self._files.append(self._more())
        count = os.pwrite(self._files[number], memoryview(data).cast("B")[: self._limit - offset], offset)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position; gives it in bytes from the beginning."""
        if whence == os.SEEK_CUR:
            offset += self._at
        elif whence == os.SEEK_END:
            offset += (len(self._files) - 1) * self._limit + os.fstat(self._files[-1]).st_size
        if offset < 0:
            raise OSError("before the beginning")  # as zipfile expects of a file that is too short to be an archive
        self._at = offset
        return offset

    def free(self) -> int:
        """Bytes that are left on the medium."""
        disk = os.fstatvfs(self._files[0])
        return disk.f_bavail * disk.f_frsize

    def settle(self) -> None:
        """Return when all of it lies on the medium and nothing of it in the system's memory."""
        for file in self._files:
            os.fsync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
