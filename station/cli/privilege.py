"""Work that root hands to the station's user, and files that a command writes outside of the data folder.

A stick that a desktop mounted is closed to the service's user, and what root leaves in the data folder is closed to
the service. So a file is made here, and filled by a process that becomes the data folder's owner; when that asks for
another piece of the file, it is made here too and handed over.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.command import language, look_for_garbage
from station.errors import Refused, StationError, StorageFailed
from station.storage import durable, locks, split_file
from station.storage.split_file import Pieces
from station.storage.untrusted_folder import Folder, NotPlain

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from station.catalogue.station_key import Key
    from station.context import Station
    from station.settings import Settings

Work = Callable[["Station", Pieces], bool]
#: What the process ends with where all went well and the work's answer is no.
_BUT = 3
_ASK = b"?"


def done_by_the_station(
    settings: Settings, work: Callable[[Station], bool], *, key: Key | None = None, anew: bool = False
) -> bool:
    """Let a process that becomes the data folder's owner do ``work``, and give what it gives; root stays root here.

    ``key`` and ``anew`` are as in :func:`station.context.open_station`.
    """
    process = _process(settings, work, key, anew)
    process.start()
    return _answer(process)


def folder_of(file: Path) -> Folder:
    """The folder in which a person wants a new file; ``Refused`` where the way there leads over a link.

    Whoever had the stick before may have laid it: root's file would land where they wanted it, and not on the stick.
    """
    folder = file.absolute().parent
    try:
        return Folder.straight(folder)
    except NotPlain as error:
        raise Refused("file-over-link", path=file, real=folder.resolve() / file.name) from error
    except OSError as error:
        raise StorageFailed("storage-failed", path=file, detail=error.strerror) from error


def written_by_the_station(
    settings: Settings, folder: Folder, file: Path, work: Work, *, limit: int = split_file.LIMIT
) -> bool:
    """Let ``work`` fill the new file in the open ``folder``, and give what it gives: whether all is well.

    Where it fails, no file remains. No piece of it is longer than ``limit`` bytes. ``Refused`` ("file-there") where
    the name is taken.
    """
    parent, child = socket.socketpair()
    with parent, child, _new_pieces(folder, file) as new:
        first = new()

        def fill(station: Station) -> bool:
            parent.close()
            return work(station, Pieces(file, [first], limit, lambda: _request_piece(child)))

        process = _process(settings, fill)
        process.start()
        child.close()
        try:
            while parent.recv(len(_ASK)):
                socket.send_fds(parent, [_ASK], [new()])
        except StationError:
            parent.shutdown(socket.SHUT_WR)  # no piece more, however often it asks
            process.join()
            raise
        return _answer(process)


@contextmanager
def _new_pieces(folder: Folder, file: Path) -> Iterator[Callable[[], int]]:
    """Give what makes the next piece; after the block all have their names, the first at last, or none is there."""
    count, names = 0, []

    @contextmanager
    def new(path: Path) -> Iterator[int]:
        try:
            with durable.storage_failures(path), folder.new_file(path.name) as piece:
                with suppress(OSError):  # a share without locks; there nobody can tell a file that was cut off
                    locks.take(piece.fileno(), wait=False)
                yield piece.fileno()
        except FileExistsError as error:
            raise Refused("file-there", path=path) from error
        names.append(path.name)

    with ExitStack() as stack:

        def following() -> int:
            nonlocal count
            count += 1
            path = split_file.piece_path(file, count)
            if folder.find(path.name) is not None:
                raise Refused("file-there", path=path)
            return stack.enter_context(new(path))

        try:
            yield following
            stack.close()
        except BaseException:
            for name in names:
                folder.unlink(name)
            raise


def _request_piece(channel: socket.socket) -> int:
    channel.sendall(_ASK)
    _, files, _, _ = socket.recv_fds(channel, len(_ASK), 1)
    if not files:
        sys.exit(1)  # the other side says why
    return files[0]


def _process(
    settings: Settings, work: Callable[[Station], bool], key: Key | None = None, anew: bool = False
) -> BaseProcess:
    import multiprocessing

    return multiprocessing.get_context("fork").Process(target=_work, args=(settings, work, key, anew))


def _answer(process: BaseProcess) -> bool:
    process.join()
    if process.exitcode not in (0, _BUT):
        raise click.exceptions.Exit(1)
    return process.exitcode == 0


def _work(settings: Settings, work: Callable[[Station], bool], key: Key | None, anew: bool) -> None:
    from station import context

    try:
        with context.open_station(settings, key=key, anew=anew) as station:
            look_for_garbage()
            well = work(station)
    except StationError as error:
        click.echo(f"{error.sentence(language())} [{error.code}]", err=True)
        sys.exit(1)
    sys.exit(0 if well else _BUT)
