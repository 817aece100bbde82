"""Writing files so that they survive a power cut, and giving a name only once.

The order is always the same: data synced, final name given exclusively, folder synced; only then may a catalogue row
say that the file is there. A recovery file was found empty after a power cut where the sync was left out
(OctoPrint-PowerFailure#16). :func:`new_file` does the whole order; the other functions do one step each and raise
plain :class:`OSError`.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from station.errors import StorageFailed

#: What is being written is called ``.<random>.part``; one that lies there at start was cut off and counts for nothing.
TEMPORARY_SUFFIX = ".part"

#: The largest file on FAT, in bytes (its size field has 32 bits).
FAT_FILE_LIMIT = 4 * 1024**3 - 1

_AT_FDCWD = -100  # fcntl.h
_RENAME_NOREPLACE = 1  # linux/fs.h
_MSDOS_SUPER_MAGIC = 0x4D44  # linux/magic.h; msdos and vfat alike, exFAT has its own
_LIBC = ctypes.CDLL(None, use_errno=True)

_CODES = {
    errno.ENOSPC: "storage-full",
    errno.EDQUOT: "storage-full",
    errno.EFBIG: "storage-file-too-large",
    errno.EROFS: "storage-read-only",
    errno.EACCES: "storage-denied",
    errno.EPERM: "storage-denied",
}


def sync_file(path: Path) -> None:
    """Return when the data and size of the file lie on the medium."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Return when the names in the folder lie on the medium.

    A file system that cannot sync a folder says EINVAL (fsync(2)); there is nothing more to be had from it then.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_names(descriptor)
    finally:
        os.close(descriptor)


def sync_names(folder: int) -> None:
    """The same for the descriptor of a folder."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def name_exclusively(temporary: Path, final: Path, *, folder: int | None = None, into: int | None = None) -> None:
    """Give a file its final name on the same file system; FileExistsError where the name is taken, never overwriting.

    ``folder`` is the descriptor of the folder that a relative ``temporary`` is below, ``into`` the one of ``final``.

    Network file systems refuse renameat2's flag with EINVAL, old kernels the call with ENOSYS; a hard link is as
    exclusive there. A power cut between link and unlink leaves two names for the same whole file. FAT through FUSE has
    neither: there the name is claimed by an empty file of ours, which the rename replaces.
    """
    source, target = os.fsencode(temporary), os.fsencode(final)
    here, there = (_AT_FDCWD if one is None else one for one in (folder, into))
    if _LIBC.renameat2(here, source, there, target, _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number), str(temporary), None, str(final))
    try:
        os.link(temporary, final, src_dir_fd=folder, dst_dir_fd=into, follow_symlinks=folder is None)
    except (PermissionError, NotImplementedError):
        os.close(os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=into))
        os.rename(temporary, final, src_dir_fd=folder, dst_dir_fd=into)
    else:
        os.unlink(temporary, dir_fd=folder)


@contextmanager
def new_file(final: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give an empty temporary file (0600) beside ``final`` to fill; after the block it has its name and is durable.

    Where the block or a step fails, nothing remains of it. Raises FileExistsError where the name is taken, unless what
    stands there is to be replaced, and StorageFailed with a code for people where the disk does not take the file.
    """
    with storage_failures(final):
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=TEMPORARY_SUFFIX, dir=final.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            yield temporary
            sync_file(temporary)
            if replace:
                temporary.replace(final)
            else:
                name_exclusively(temporary, final)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(final.parent)


def write_durably(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Make a new file (0600) of ``content``, bytes or chunks of them; errors as :func:`new_file`."""
    with new_file(path) as temporary, temporary.open("wb") as file:
        file.writelines([content] if isinstance(content, bytes) else content)


def probe(folder: Path) -> None:
    """Make a file in ``folder`` and remove it; ``StorageFailed`` where that cannot be done now."""
    with storage_failures(folder), tempfile.NamedTemporaryFile(prefix=".probe-", dir=folder) as file:
        file.write(b"probe")
        file.flush()


def make_folders(path: Path) -> None:
    """Make a folder and its missing parents (0700 each), every new name synced; fine where it is there already."""
    if path.is_dir():
        return
    make_folders(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


@contextmanager
def storage_failures(path: Path) -> Iterator[None]:
    """Turn an OSError inside into StorageFailed naming ``path``; a taken name stays a FileExistsError."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        code = _CODES.get(error.errno or 0, "storage-failed")
        raise StorageFailed(code, path=path, detail=error.strerror or str(error)) from error


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in lower-case hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_fat(path: Path) -> bool:
    """Whether an existing path lies on FAT, where no file is longer than :data:`FAT_FILE_LIMIT`."""
    answer = (ctypes.c_long * 64)()  # struct statfs: f_type comes first, as a long; the rest has room to spare
    if _LIBC.statfs(os.fsencode(path), ctypes.byref(answer)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(path))
    return answer[0] == _MSDOS_SUPER_MAGIC
