"""Delivery to a folder: a stick, a disk, a share. Copied beside its final name, synced, read back, then named.

The receipt is earned by reading the bytes back from the medium, not from memory. Nothing at the destination is ever
overwritten. A copy that was cut off goes on where it stopped, after what lies there was compared.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from station import durable
from station.errors import DeliveryWaits, StorageFailed

_PIECE = 1024 * 1024
#: Say how far a copy is each time so many bytes are on the medium: each telling is a transaction.
_TELL_EVERY = 32 * _PIECE

Tell = Callable[[int], None]


@dataclass(frozen=True)
class Parcel:
    """One file to deliver: where it is, what it must be, and where below the destination it goes."""

    source: Path
    target: Path
    sha256: str
    bytes: int


def send(root: Path, parcel: Parcel, tell: Tell) -> str:
    """Bring the file to ``root`` and prove it by reading back; gives the path it lies under, relative to ``root``.

    Raises ``DeliveryWaits`` with the reason; what was copied so far stays for the next try.
    """
    if not root.is_dir():
        raise DeliveryWaits("destination-missing", path=root)
    target = root / parcel.target
    try:
        device = root.stat().st_dev
        if target.exists():
            _compare(target, parcel)
        else:
            _copy(root, target, parcel, tell)
        if root.stat().st_dev != device:
            raise DeliveryWaits("destination-lost", path=root)
    except StorageFailed as error:
        raise DeliveryWaits("destination-lost", path=root) from error
    except OSError as error:
        raise _said(error, root, parcel) from error
    return parcel.target.as_posix()


def _copy(root: Path, target: Path, parcel: Parcel, tell: Tell) -> None:
    durable.make_folders(target.parent)
    part = target.with_name(f".{target.name}{durable.TEMPORARY_SUFFIX}")
    done = part.stat().st_size if part.exists() else 0
    if parcel.bytes > durable.FAT_FILE_LIMIT and durable.is_fat(root):
        raise DeliveryWaits("destination-fat", path=root, file=target.name, size=_gigabytes(parcel.bytes))
    if (free := durable.free_bytes(root)) < parcel.bytes - done:
        raise DeliveryWaits(
            "destination-full", path=root, needed=_megabytes(parcel.bytes - done), free=_megabytes(free)
        )
    with parcel.source.open("rb") as source, part.open("ab+") as copy:
        digest = hashlib.sha256()
        _keep_equal(source, copy, digest)
        tell(copy.tell())
        _append(source, copy, digest, tell)
        copy.flush()
        os.fsync(copy.fileno())
        if digest.hexdigest() != parcel.sha256:
            raise DeliveryWaits("package-file-changed", file=parcel.source.name)
        if _read_back(copy) != parcel.sha256:
            part.unlink()
            raise DeliveryWaits("destination-corrupts", path=root, file=target.name)
    durable.name_exclusively(part, target)
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


def _append(source: IO[bytes], copy: IO[bytes], digest: hashlib._Hash, tell: Tell) -> None:
    told = copy.tell()
    while piece := source.read(_PIECE):
        copy.write(piece)
        digest.update(piece)
        if copy.tell() - told >= _TELL_EVERY:
            copy.flush()
            os.fsync(copy.fileno())
            told = copy.tell()
            tell(told)


def _compare(target: Path, parcel: Parcel) -> None:
    with target.open("rb") as file:
        if _read_back(file) != parcel.sha256:
            raise DeliveryWaits("destination-conflict", file=target)


def _read_back(file: IO[bytes]) -> str:
    """The SHA-256 of what lies on the medium: the system's memory of the file is dropped first."""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _said(error: OSError, root: Path, parcel: Parcel) -> DeliveryWaits:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        needed, free = _megabytes(parcel.bytes), _megabytes(durable.free_bytes(root))
        return DeliveryWaits("destination-full", path=root, needed=needed, free=free)
    if error.errno == errno.EFBIG:
        return DeliveryWaits("destination-fat", path=root, file=parcel.target.name, size=_gigabytes(parcel.bytes))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DeliveryWaits("destination-denied", path=root, detail=error.strerror)
    if isinstance(error, FileNotFoundError) and not parcel.source.exists():
        return DeliveryWaits("package-file-changed", file=parcel.source.name)
    return DeliveryWaits("destination-lost", path=root)


def _megabytes(size: int) -> int:
    return -(-size // 1024**2)


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f}"
