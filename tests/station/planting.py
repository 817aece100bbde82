"""What a person with a stick can lay under a name that is known beforehand."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from station.storage import untrusted_folder

#: Lays something at the first path; the second is a file of the station that it leads to, where it leads anywhere.
Plant = Callable[[Path, Path], None]

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # fcntl.h, linux/fs.h


def link(there: Path, own: Path) -> None:
    there.symlink_to(own)


def further_name(there: Path, own: Path) -> None:
    there.hardlink_to(own)


def dangling_link(there: Path, own: Path) -> None:
    there.symlink_to(own.with_name("planted"))


def pipe(there: Path, own: Path) -> None:
    os.mkfifo(there)


def listening_socket(there: Path, own: Path) -> None:
    working = Path.cwd()
    os.chdir(there.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(there.name)
    finally:
        os.chdir(working)


def folder(there: Path, own: Path) -> None:
    there.mkdir()


@contextmanager
def swapped(one: Path, other: Path) -> Iterator[None]:
    """Exchange two names as fast as this PC can, until the block ends."""
    stop = threading.Event()
    libc = ctypes.CDLL(None)
    first, second = os.fsencode(one), os.fsencode(other)

    def swap() -> None:
        while not stop.is_set():
            libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def without_openat2(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOSYS) -> None:
    """A kernel that does not know the call, or a sandbox that refuses it."""
    monkeypatch.setattr(untrusted_folder, "_openat2", lambda *_: (-1, number))
