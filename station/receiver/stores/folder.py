"""A folder as the store: each file under its SHA-256, linked from the spool where both are on one file system.

A kill at any point leaves a file without a receipt at worst; the next look at the spool goes on from there.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from station.receiver.stores.contract import StoreFailed, WrongHash, place_of, sha256_of
from station.storage.untrusted_folder import Folder

_PIECE = 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FolderStore:
    """The store in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """Whoever opens the folder for the receiver has tried it (:mod:`station.cli.receive`)."""

    def keep(self, sha256: str, source: BinaryIO) -> str:
        """Check, sync and name a finished upload, read from ``source``; its own file stays."""
        try:
            self._keep(sha256, source)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self._folder.is_dir():
                raise  # its station gave it up at this moment
            raise StoreFailed(error, is_full=error.errno in _FULL) from error
        return place_of(sha256)

    def read(self, sha256: str) -> bytes:
        """All of a file; what cannot be read on the store's own disk is none."""
        try:
            return (self._folder / place_of(sha256)).read_bytes()
        except OSError as error:
            raise FileNotFoundError(error.errno, error.strerror, place_of(sha256)) from error

    def _keep(self, sha256: str, source: BinaryIO) -> None:
        before = _stamp(source)
        if sha256_of(source) != sha256:
            raise WrongHash
        os.fsync(source.fileno())
        with Folder.at(self._folder) as store, store.folder(sha256[:2], make=True) as folder:
            self._name(source, folder, sha256)
            if _stamp(source) != before:  # the server wrote to it while it was read
                there = folder.find(sha256)
                if there is not None and os.path.samestat(there, os.fstat(source.fileno())):
                    folder.unlink(sha256)
                raise WrongHash
            folder.sync()

    def _name(self, source: BinaryIO, folder: Folder, name: str) -> None:
        """Put the file under its final name too, or a copy where the store is another file system.

        A copy also where it has a name more than the spool's: who knows that one could change it in the store.
        """
        while True:
            own, there = os.fstat(source.fileno()), folder.find(name)
            if there is not None:
                if _is_whole(folder, name, there, own):
                    return None
                folder.unlink(name)
            if own.st_nlink > 1 + (there is not None and os.path.samestat(there, own)):
                return self._copy(source, folder, name)
            try:
                return os.link(f"/proc/self/fd/{source.fileno()}", name, dst_dir_fd=folder.fileno())
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
                    raise
                return self._copy(source, folder, name)

    def _copy(self, source: BinaryIO, folder: Folder, name: str) -> None:
        source.seek(0)
        with folder.new_file(name) as copy:
            shutil.copyfileobj(source, copy, _PIECE)
            if sha256_of(copy) != name:
                raise WrongHash


def _is_whole(folder: Folder, name: str, there: os.stat_result, own: os.stat_result) -> bool:
    """Whether what lies under a final name is that file, and nobody's but the store's and, after a kill, the spool's.

    Anything but a plain file is none.
    """
    names = 2 if os.path.samestat(there, own) else 1
    if not stat.S_ISREG(there.st_mode) or there.st_nlink > names:
        return False
    with folder.read(name) as file:
        return sha256_of(file) == name


def _stamp(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns
