"""Files beneath a folder that others may write to as well: a stick, a share, a spool, a watched folder.

Whoever writes there can lay a link, a FIFO or a device under a name that is known beforehand: a link named as the copy
that is about to be made led once to a page's master, and the copy overwrote it. So the folder is held open, names are
looked up beneath it and nowhere else, no link is followed, nothing that is mounted below it is entered, and only plain
files are opened. The kernel does that in one call (openat2(2), Linux 5.6); where it or a sandbox does not know the
call, every folder on the way is opened by itself.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import BinaryIO, Self

from station.storage import durable

_OPENAT2 = 437  # the number on every architecture
_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x01, 0x02, 0x04, 0x08  # linux/openat2.h
_LIBC = ctypes.CDLL(None, use_errno=True)
#: A sandbox may answer with EPERM, and EAGAIN says that somebody renames folders on the way just now.
_ASK_OTHERWISE = (errno.ENOSYS, errno.EPERM, errno.EAGAIN)
#: What the system says of a link, something mounted, a file on the way, a socket, and a device without a driver.
_ODD = (errno.ELOOP, errno.EXDEV, errno.ENOTDIR, errno.ENXIO, errno.ENODEV)
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW


class NotPlain(OSError):
    """Under this name lies, or on its way stands, something else than a plain file in plain folders of that disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.ELOOP, "not a plain file", str(path))
        self.path = path


class _How(ctypes.Structure):
    """``struct open_how`` of linux/openat2.h."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


class Folder:
    """A folder that is held open, whatever becomes of its name; names given to it are relative.

    Errors are those of the system; ``NotPlain`` where a name is no plain file's.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        #: By which name it was opened.
        self.path = path

    @classmethod
    def at(cls, path: Path) -> Folder:
        """Open a folder that settings or a person name: links on the way to it are theirs, and followed."""
        return cls(os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC), path)

    @classmethod
    def straight(cls, path: Path) -> Folder:
        """Open the folder at an absolute path that leads over no link."""
        descriptor = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return cls(
                _open_beneath(descriptor, path.relative_to("/"), _FOLDER, 0, _NO_SYMLINKS | _NO_MAGICLINKS), path
            )
        except OSError as error:
            if error.errno in _ODD:
                raise NotPlain(path) from error
            raise
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def folder(self, name: PurePath | str, *, make: bool = False) -> Folder:
        """Open a folder beneath; with ``make`` missing ones are made (0700 each), every new name synced."""
        path = PurePath(name)
        try:
            return Folder(self._open(path, _FOLDER), self.path / path)
        except FileNotFoundError:
            if not make or not path.parts:
                raise
        with self.folder(path.parent, make=True) as parent:
            with suppress(FileExistsError):
                os.mkdir(path.name, 0o700, dir_fd=parent._descriptor)
            parent.sync()
        return self.folder(path)

    def read(self, name: PurePath | str) -> BinaryIO:
        """Open a plain file for reading."""
        return self._plain(PurePath(name), os.O_RDONLY)

    def change(self, name: PurePath | str) -> BinaryIO:
        """Open a plain file that has no further name for reading and writing: nothing but it is changed."""
        descriptor = self._plain(PurePath(name), os.O_RDWR)
        if os.fstat(descriptor.fileno()).st_nlink > 1:
            descriptor.close()
            raise NotPlain(self.path / name)
        return descriptor

    def create(self, name: str, mode: int = 0o666) -> BinaryIO:
        """Make a new file for reading and writing; ``FileExistsError`` where anything lies under the name."""
        return os.fdopen(self._open(PurePath(name), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "w+b")

    @contextmanager
    def new_file(self, final: str, mode: int = 0o600) -> Iterator[BinaryIO]:
        """Give a new file to fill; after the block it has its name and is durable, as :func:`durable.new_file`.

        Where the block or a step fails, nothing remains of it.
        """
        temporary = f".{secrets.token_hex(4)}{durable.TEMPORARY_SUFFIX}"
        with self.create(temporary, mode) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                self.name_exclusively(temporary, final)
            except BaseException:
                with suppress(FileNotFoundError):
                    self.unlink(temporary)
                raise
        self.sync()
        self.read(final).close()  # and not what somebody gave its temporary name meanwhile

    def find(self, name: str) -> os.stat_result | None:
        """What lies under a name, itself and not what it leads to; None where nothing does."""
        with suppress(FileNotFoundError):
            return os.stat(_single(name), dir_fd=self._descriptor, follow_symlinks=False)
        return None

    def names(self) -> list[str]:
        """The names of everything in the folder, in no order."""
        descriptor = self._readable()
        try:
            with os.scandir(descriptor) as entries:
                return [entry.name for entry in entries]
        finally:
            os.close(descriptor)

    def is_plain(self, name: str) -> bool:
        """Whether a plain file lies under a name."""
        status = self.find(name)
        return status is not None and stat.S_ISREG(status.st_mode)

    def unlink(self, name: str) -> None:
        """Remove a name from the folder; the target of a link stays."""
        os.unlink(_single(name), dir_fd=self._descriptor)

    def name_exclusively(self, temporary: str, final: str, into: Folder | None = None) -> None:
        """Give a file in it its final name here or in another folder, as :func:`durable.name_exclusively`."""
        there = self if into is None else into
        names = Path(_single(temporary)), Path(_single(final))
        durable.name_exclusively(*names, folder=self._descriptor, into=there._descriptor)

    def sync(self) -> None:
        """Return when the names in it lie on the medium, where its file system can say so."""
        descriptor = self._readable()
        try:
            durable.sync_names(descriptor)
        finally:
            os.close(descriptor)

    def mode(self) -> int:
        """The folder's permission bits."""
        return stat.S_IMODE(os.fstat(self._descriptor).st_mode)

    def share(self, mode: int) -> None:
        """Set the folder's permission bits."""
        descriptor = self._readable()
        try:
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)

    def is_at(self, path: Path) -> bool:
        """Whether ``path`` leads to this very folder now."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._descriptor), path.stat())
        return False

    def fileno(self) -> int:
        """Its descriptor, opened with O_PATH."""
        return self._descriptor

    def _readable(self) -> int:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._descriptor)

    def _plain(self, name: PurePath, flags: int) -> BinaryIO:
        # Looked at first, for to open a device may already do something; then what was opened counts.
        probe = self._open(name, os.O_PATH)
        try:
            plain = stat.S_ISREG(os.fstat(probe).st_mode)
        finally:
            os.close(probe)
        if not plain:
            raise NotPlain(self.path / name)
        descriptor = self._open(name, flags | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotPlain(self.path / name)
        return os.fdopen(descriptor, "rb") if flags == os.O_RDONLY else os.fdopen(descriptor, "r+b")

    def _open(self, name: PurePath, flags: int, mode: int = 0) -> int:
        if name.is_absolute() or ".." in name.parts:
            raise ValueError(f"{name} leads out of {self.path}")
        resolve = _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS | _NO_XDEV
        try:
            return _open_beneath(self._descriptor, name, flags | os.O_NOFOLLOW, mode, resolve)
        except OSError as error:
            if error.errno in _ODD:
                raise NotPlain(self.path / name) from error
            raise


def _single(name: str) -> str:
    if "/" in name or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is no name of one file")
    return name


def _open_beneath(folder: int, name: PurePath, flags: int, mode: int, resolve: int) -> int:
    """A descriptor (with O_NOFOLLOW) of what lies beneath ``folder``; a link gives ELOOP, what is mounted EXDEV."""
    flags |= os.O_CLOEXEC
    descriptor, number = _openat2(folder, name, flags, mode, resolve)
    if number in _ASK_OTHERWISE:
        descriptor = _walked(folder, name, flags, mode, within=bool(resolve & _NO_XDEV))
    elif number:
        raise OSError(number, os.strerror(number), str(name))
    if flags & os.O_PATH and stat.S_ISLNK(os.fstat(descriptor).st_mode):  # O_PATH opens the link itself
        os.close(descriptor)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(name))
    return descriptor


def _openat2(folder: int, name: PurePath, flags: int, mode: int, resolve: int) -> tuple[int, int]:
    """The descriptor and 0, or -1 and the error's number."""
    how = _How(flags, mode if flags & os.O_CREAT else 0, resolve)
    words = (ctypes.c_long(_OPENAT2), ctypes.c_int(folder), ctypes.c_char_p(os.fsencode(name)))
    descriptor = _LIBC.syscall(*words, ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how)))
    return (-1, ctypes.get_errno()) if descriptor < 0 else (descriptor, 0)


def _walked(folder: int, name: PurePath, flags: int, mode: int, *, within: bool) -> int:
    """The same by one open(2) for each folder on the way; ``within`` enters nothing that is mounted below."""
    *above, last = name.parts or (".",)
    here = os.dup(folder)
    try:
        for part in above:
            before, here = here, _step(here, part, _FOLDER | os.O_CLOEXEC, 0, within)
            os.close(before)
        return _step(here, last, flags, mode, within)
    finally:
        os.close(here)


def _step(folder: int, name: str, flags: int, mode: int, within: bool) -> int:
    if flags & os.O_DIRECTORY:  # of a link there the system says "not a directory"
        with suppress(FileNotFoundError):
            if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
    descriptor = os.open(name, flags, mode, dir_fd=folder)
    if within and _mount(descriptor) != _mount(folder):
        os.close(descriptor)
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
    return descriptor


def _mount(descriptor: int) -> str:
    """The number of the mount that something lies on: one file system may be mounted twice (proc(5), fdinfo)."""
    info = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii")
    return next(line for line in info.splitlines() if line.startswith("mnt_id:"))
