"""ZIP archives that are the same bytes for the same content, and the check that one still holds what it should.

Members are stored, not deflated: scans do not shrink, and the bytes then do not hang on the version of zlib.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from station.errors import Refused, StorageFailed

if TYPE_CHECKING:
    from _typeshed import SizedBuffer

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say
_MODE = stat.S_IFREG | 0o644
_UNIX = 3  # "made by": without it the mode means nothing
_PIECE = 1024 * 1024

#: What Windows does not take in a name, and the backslash, which some unpackers read as a folder.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')

# A damaged directory or header leads zipfile anywhere: another method, an offset before the file, a password flag.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError)


class Archive(zipfile.ZipFile):
    """A ZIP that is written, all of whose members have the same time.

    A ZIP tells times from 1980 to 2107 only, and a PC whose battery is empty begins in 1970. ``target`` is a path or
    an open file, ``compression`` one of zipfile's, for the texts.
    """

    def __init__(self, target: Path | IO[bytes], compression: int = zipfile.ZIP_STORED) -> None:
        super().__init__(target, "w", compression, strict_timestamps=False)

    def writestr(
        self,
        zinfo_or_arcname: str | zipfile.ZipInfo,
        data: SizedBuffer | str,
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        """Add a text or bytes; see :meth:`zipfile.ZipFile.writestr`."""
        if isinstance(zinfo_or_arcname, str):
            zinfo_or_arcname = _member(zinfo_or_arcname, self.compression)
        super().writestr(zinfo_or_arcname, data, compress_type, compresslevel)


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _FIXED_TIME)
    member.compress_type = compression
    member.create_system = _UNIX
    member.external_attr = _MODE << 16
    return member


def write_zip(target: Path | IO[bytes], members: Iterable[tuple[str, Path]]) -> None:
    """Write ``members`` (name in the archive, file) to ``target`` in the order given, in pieces of 1 MiB.

    ``target`` is not synced; use :func:`station.storage.durable.new_file`. Raises Refused where a name is absolute,
    leads outside, does not exist under Windows or comes twice (also when only case differs); nothing is written then.
    """
    member_list = list(members)
    _check_names([name for name, _ in member_list])
    with Archive(target) as archive:
        for name, path in member_list:
            with path.open("rb") as source:
                add_member(archive, name, source, path.stat().st_size)


def add_member(archive: zipfile.ZipFile, name: str, source: IO[bytes], size: int) -> None:
    """Add ``size`` bytes of ``source`` with fixed time and mode; zip64 where the size asks for it."""
    member = _member(name, zipfile.ZIP_STORED)
    member.file_size = size
    with archive.open(member, "w") as destination:
        shutil.copyfileobj(source, destination, _PIECE)


def extract(archive: zipfile.ZipFile, name: str, target: Path, sha256: str) -> None:
    """Write a member to ``target`` and prove it there, whatever was proven of the archive before.

    StorageFailed ("backup-not-read-back") where the medium reads differently now, or the disk keeps something else.
    """
    try:
        with archive.open(name) as member, target.open("wb") as file:
            shutil.copyfileobj(member, file, _PIECE)
        with target.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except zipfile.BadZipFile:
        same = False
    if not same:
        raise StorageFailed("backup-not-read-back", path=target.parent, name=name)


def _check_names(names: Iterable[str]) -> None:
    keys: set[str] = set()
    for name in names:
        parts = name.split("/")
        if _FORBIDDEN.search(name) or any(part in ("", ".", "..") or part[-1] in " ." for part in parts):
            raise Refused("archive-name-refused", name=name)
        key = unicodedata.normalize("NFC", name).casefold()
        if key in keys:
            raise Refused("archive-name-twice", name=name)
        keys.add(key)


class MemberDifferenceKind(StrEnum):
    """How an archive differs from what it should hold."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    TWICE = "twice"
    CHANGED = "changed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class MemberDifference:
    """One member that is not as expected."""

    name: str
    kind: MemberDifferenceKind


def read_names(path: Path | IO[bytes]) -> list[str]:
    """The names of all members in the archive's order; StorageFailed where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except _UNREADABLE as error:
        name = path if isinstance(path, Path) else path.name
        raise StorageFailed("archive-damaged", path=name, detail=str(error)) from error


def verify_zip(path: Path | IO[bytes], expected: Mapping[str, str]) -> list[MemberDifference]:
    """Read the whole archive and say where it differs from ``expected`` (name -> SHA-256 in lower-case hex).

    Empty where every member is there once, byte for byte, and nothing else. StorageFailed where the archive as a
    whole cannot be read.
    """
    names = Counter(read_names(path))
    differences = [MemberDifference(name, MemberDifferenceKind.TWICE) for name, times in names.items() if times > 1]
    differences += [MemberDifference(name, MemberDifferenceKind.MISSING) for name in expected.keys() - names.keys()]
    differences += [MemberDifference(name, MemberDifferenceKind.UNEXPECTED) for name in names.keys() - expected.keys()]
    with zipfile.ZipFile(path) as archive:
        for name in expected.keys() & names.keys():
            try:
                with archive.open(name) as member:
                    digest = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
            except _UNREADABLE:
                differences.append(MemberDifference(name, MemberDifferenceKind.UNREADABLE))
            else:
                if digest != expected[name]:
                    differences.append(MemberDifference(name, MemberDifferenceKind.CHANGED))
    return sorted(differences, key=lambda difference: (difference.name, difference.kind))
