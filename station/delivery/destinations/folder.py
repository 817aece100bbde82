"""Delivery to a folder: a stick, a disk, a share. Copied beside its final name, synced, read back, then named.

The receipt is earned by reading the bytes back from the medium, not from memory. Nothing at the destination is ever
overwritten. A copy that was cut off goes on where it stopped, after what lies there was compared.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO

from station.delivery.destinations.contract import DeliveryFile, Transfer
from station.errors import DeliveryStuck, DeliveryWaits, StorageFailed
from station.messages import Message
from station.storage import disk_space, durable, medium
from station.storage.untrusted_folder import Folder, NotPlain

_PIECE = 1024 * 1024
#: Say how far a copy is each time so many bytes are on the medium: each telling is a transaction.
_TELL_EVERY = 32 * _PIECE


class FolderSender:
    """Delivers to the folder ``root``; with ``stick`` something must be mounted there.

    Nothing is held open between two files: a stick may be pulled out.
    """

    def __init__(self, root: Path, *, stick: bool = False) -> None:
        self._root, self._stick = root, stick

    def send(self, delivery_file: DeliveryFile, transfer: Transfer) -> str:
        """Bring the file there and prove it by reading back; gives the path it lies under, relative to the folder.

        Raises ``DeliveryStuck`` with the reason; what was copied so far stays for the next try.
        """
        try:
            with self._opened(delivery_file) as top:
                with top.folder(delivery_file.target.parent, make=True) as folder:
                    _tidy(folder, delivery_file)
                    there = folder.find(delivery_file.target.name) is not None
                    proven = None if there else _copied(folder, self._root, delivery_file, transfer)
                _insist_that_it_lies_there(top, delivery_file, proven)
                if not top.is_at(self._root):
                    raise DeliveryStuck("destination-lost", path=self._root)
        except NotPlain as error:
            raise DeliveryStuck("destination-not-plain", file=error.path) from error
        except OSError as error:
            raise _stuck_for(error, self._root, delivery_file) from error
        return delivery_file.target.as_posix()

    def holds(self, delivery_file: DeliveryFile) -> bool:
        """Whether the delivery_file lies there now, byte for byte, in a file that is not the station's own."""
        try:
            with self._opened(delivery_file) as top:
                _insist_that_it_lies_there(top, delivery_file)
                return top.is_at(self._root)
        except (OSError, DeliveryStuck):
            return False

    def check(self) -> Message:
        """Write a small file there and remove it; gives how much room there is.

        Raises ``DeliveryWaits`` where the stick or the folder is not there, ``DeliveryStuck`` where it takes no file.
        """
        path = self._root
        if self._stick and not path.is_mount():
            raise DeliveryWaits("destination-no-stick", path=path)
        if not path.is_dir():
            raise DeliveryWaits("destination-missing", path=path)
        try:
            medium.sync_time(path)
        except StorageFailed as error:
            raise DeliveryStuck("destination-denied", path=path, detail=error.facts["detail"]) from error
        return Message("doctor-destination", {"path": path, "free": disk_space.free_bytes(path) // 1024**2})

    def _opened(self, delivery_file: DeliveryFile) -> Folder:
        root, stick = self._root, self._stick
        missing = DeliveryStuck("destination-no-stick" if stick else "destination-missing", path=root)
        try:
            top = Folder.at(root)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise missing from error
        # In this order: what is mounted there must be what was opened.
        if (stick and not medium.is_mounted(root, delivery_file.source)) or not top.is_at(root):
            with top:
                raise missing
        return top


def _part(delivery_file: DeliveryFile) -> str:
    return f".{delivery_file.target.name}{durable.TEMPORARY_SUFFIX}"


def _tidy(folder: Folder, delivery_file: DeliveryFile) -> None:
    """A power cut in the middle of naming by a hard link left the whole file with both names."""
    half, whole = folder.find(_part(delivery_file)), folder.find(delivery_file.target.name)
    if half is not None and whole is not None and os.path.samestat(half, whole):
        folder.unlink(_part(delivery_file))


def _copied(folder: Folder, root: Path, delivery_file: DeliveryFile, transfer: Transfer) -> os.stat_result:
    """Copy, read back and name the file; gives which one that is."""
    part, name = _part(delivery_file), delivery_file.target.name
    part_stat = folder.find(part)
    done = 0 if part_stat is None else part_stat.st_size
    if delivery_file.bytes > durable.FAT_FILE_LIMIT and durable.is_fat(root):
        raise DeliveryStuck("destination-fat", path=root, file=name, size=_gigabytes(delivery_file.bytes))
    if (free := disk_space.free_bytes(root)) < delivery_file.bytes - done:
        raise DeliveryStuck(
            "destination-full", path=root, needed=_megabytes(delivery_file.bytes - done), free=_megabytes(free)
        )
    with delivery_file.source.open("rb") as source, _half(folder, part) as copy:
        digest = hashlib.sha256()
        _keep_equal(source, copy, digest)
        transfer.reached(copy.tell())
        _append(source, copy, digest, transfer)
        copy.flush()
        os.fsync(copy.fileno())
        if digest.hexdigest() != delivery_file.sha256:
            raise DeliveryStuck("package-file-changed", file=delivery_file.source.name)
        if _read_back(copy) != delivery_file.sha256:
            folder.unlink(part)
            raise DeliveryStuck("destination-corrupts", path=root, file=name)
        try:
            folder.name_exclusively(part, name)
        except FileExistsError as error:
            raise DeliveryStuck("destination-conflict", file=root / delivery_file.target) from error
        return os.fstat(copy.fileno())


def _half(folder: Folder, part: str) -> BinaryIO:
    """An earlier copy to go on with, or a new one."""
    try:
        return folder.change(part)
    except FileNotFoundError:
        return folder.create(part)


def _keep_equal(source: IO[bytes], copy: IO[bytes], digest: hashlib._Hash) -> None:
    """Keep of an earlier copy what equals the source, cut off the rest, and stand behind it in both."""
    copy.seek(0)
    while piece := copy.read(_PIECE):
        original = source.read(len(piece))
        if piece != original:
            source.seek(-len(original), os.SEEK_CUR)
            break
        digest.update(piece)
    copy.truncate(source.tell())
    copy.seek(source.tell())


def _append(source: IO[bytes], copy: IO[bytes], digest: hashlib._Hash, transfer: Transfer) -> None:
    last_report = copy.tell()
    while piece := source.read(_PIECE):
        copy.write(piece)
        digest.update(piece)
        if copy.tell() - last_report >= _TELL_EVERY:
            copy.flush()
            os.fsync(copy.fileno())
            last_report = copy.tell()
            transfer.reached(last_report)


def _insist_that_it_lies_there(top: Folder, delivery_file: DeliveryFile, proven: os.stat_result | None = None) -> None:
    """Take what has the file's name for it when it is; only the file ``proven`` need not be read for that.

    Looked up from the top once more, for whoever can write there can give the folder or the copy another name. Synced,
    for a kill may have come before its name was durable.
    """
    with top.folder(delivery_file.target.parent) as folder, folder.read(delivery_file.target.name) as file:
        there = os.fstat(file.fileno())
        if _is_the_stations(there, delivery_file.source):
            raise NotPlain(top.path / delivery_file.target)
        if proven is None or not os.path.samestat(there, proven):
            os.fsync(file.fileno())
            if _read_back(file) != delivery_file.sha256:
                raise DeliveryStuck("destination-conflict", file=top.path / delivery_file.target)
        folder.sync()


def _is_the_stations(there: os.stat_result, source: Path) -> bool:
    """Whether it may be a file of the station under a further name: it would go with the pages that it should save."""
    with suppress(FileNotFoundError):
        if os.path.samestat(there, source.stat()):
            return True
    return there.st_nlink > 1 and there.st_dev == source.parent.stat().st_dev


def _read_back(file: IO[bytes]) -> str:
    """The SHA-256 of what lies on the medium: the system's memory of the file is dropped first."""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _stuck_for(error: OSError, root: Path, delivery_file: DeliveryFile) -> DeliveryStuck:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        needed, free = _megabytes(delivery_file.bytes), _megabytes(disk_space.free_bytes(root))
        return DeliveryStuck("destination-full", path=root, needed=needed, free=free)
    if error.errno == errno.EFBIG:
        return DeliveryStuck(
            "destination-fat", path=root, file=delivery_file.target.name, size=_gigabytes(delivery_file.bytes)
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DeliveryStuck("destination-denied", path=root, detail=error.strerror)
    if isinstance(error, FileNotFoundError) and not delivery_file.source.exists():
        return DeliveryStuck("package-file-changed", file=delivery_file.source.name)
    return DeliveryStuck("destination-lost", path=root)


def _megabytes(size: int) -> int:
    return -(-size // 1024**2)


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f}"
