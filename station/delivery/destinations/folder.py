"""Delivery to a folder: a stick, a disk, a share. Copied beside its final name, synced, read back, then named.

The receipt is earned by reading the bytes back from the medium, not from memory. Nothing at the destination is ever
overwritten. A copy that was cut off goes on where it stopped, after what lies there was compared.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import IO

from station.delivery import removable_media
from station.delivery.destinations.contract import DeliveryFile, Transfer
from station.errors import DeliveryStuck
from station.storage import durable

_PIECE = 1024 * 1024
#: Say how far a copy is each time so many bytes are on the medium: each telling is a transaction.
_TELL_EVERY = 32 * _PIECE


def send(root: Path, parcel: DeliveryFile, journey: Transfer, *, stick: bool = False) -> str:
    """Bring the file to ``root`` and prove it by reading back; gives the path it lies under, relative to ``root``.

    With ``stick`` something must be mounted there. Raises ``DeliveryStuck`` with the reason; what was copied so far
    stays for the next try.
    """
    target = root / parcel.target
    try:
        if stick and not removable_media.is_mounted(root, parcel.source):
            raise DeliveryStuck("destination-no-stick", path=root)
        if not root.is_dir():
            raise DeliveryStuck("destination-missing", path=root)
        device = root.stat().st_dev
        if target.exists():
            _compare(target, parcel)
        else:
            _copy(root, target, parcel, journey)
        if root.stat().st_dev != device:
            raise DeliveryStuck("destination-lost", path=root)
    except OSError as error:
        raise _said(error, root, parcel) from error
    return parcel.target.as_posix()


def _copy(root: Path, target: Path, parcel: DeliveryFile, journey: Transfer) -> None:
    durable.make_folders(target.parent)
    part = target.with_name(f".{target.name}{durable.TEMPORARY_SUFFIX}")
    done = part.stat().st_size if part.exists() else 0
    if parcel.bytes > durable.FAT_FILE_LIMIT and durable.is_fat(root):
        raise DeliveryStuck("destination-fat", path=root, file=target.name, size=_gigabytes(parcel.bytes))
    if (free := durable.free_bytes(root)) < parcel.bytes - done:
        raise DeliveryStuck(
            "destination-full", path=root, needed=_megabytes(parcel.bytes - done), free=_megabytes(free)
        )
    with parcel.source.open("rb") as source, part.open("ab+") as copy:
        digest = hashlib.sha256()
        _keep_equal(source, copy, digest)
        journey.reached(copy.tell())
        _append(source, copy, digest, journey)
        copy.flush()
        os.fsync(copy.fileno())
        if digest.hexdigest() != parcel.sha256:
            raise DeliveryStuck("package-file-changed", file=parcel.source.name)
        if _read_back(copy) != parcel.sha256:
            part.unlink()
            raise DeliveryStuck("destination-corrupts", path=root, file=target.name)
    try:
        durable.name_exclusively(part, target)
    except FileExistsError as error:
        raise DeliveryStuck("destination-conflict", file=target) from error
    durable.sync_folder(target.parent)


def _keep_equal(source: IO[bytes], copy: IO[bytes], digest: hashlib._Hash) -> None:
    """Keep of an earlier copy what equals the source, cut off the rest, and stand behind it in both."""
    copy.seek(0)
    while piece := copy.read(_PIECE):
        wanted = source.read(len(piece))
        if piece != wanted:
            source.seek(-len(wanted), os.SEEK_CUR)
            break
        digest.update(piece)
    copy.truncate(source.tell())
    copy.seek(source.tell())


def _append(source: IO[bytes], copy: IO[bytes], digest: hashlib._Hash, journey: Transfer) -> None:
    told = copy.tell()
    while piece := source.read(_PIECE):
        copy.write(piece)
        digest.update(piece)
        if copy.tell() - told >= _TELL_EVERY:
            copy.flush()
            os.fsync(copy.fileno())
            told = copy.tell()
            journey.reached(told)


def _compare(target: Path, parcel: DeliveryFile) -> None:
    """Take a file that has its name already for ours when it is; a kill may have come before its name was durable."""
    with target.open("rb") as file:
        os.fsync(file.fileno())
        if _read_back(file) != parcel.sha256:
            raise DeliveryStuck("destination-conflict", file=target)
    durable.sync_folder(target.parent)


def _read_back(file: IO[bytes]) -> str:
    """The SHA-256 of what lies on the medium: the system's memory of the file is dropped first."""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _said(error: OSError, root: Path, parcel: DeliveryFile) -> DeliveryStuck:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        needed, free = _megabytes(parcel.bytes), _megabytes(durable.free_bytes(root))
        return DeliveryStuck("destination-full", path=root, needed=needed, free=free)
    if error.errno == errno.EFBIG:
        return DeliveryStuck("destination-fat", path=root, file=parcel.target.name, size=_gigabytes(parcel.bytes))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DeliveryStuck("destination-denied", path=root, detail=error.strerror)
    if isinstance(error, FileNotFoundError) and not parcel.source.exists():
        return DeliveryStuck("package-file-changed", file=parcel.source.name)
    return DeliveryStuck("destination-lost", path=root)


def _megabytes(size: int) -> int:
    return -(-size // 1024**2)


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f}"
