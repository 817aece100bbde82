"""The newest line of the log, its number and hash, kept outside of the catalogue.

A chain shows what was changed in it, and not that its last lines are gone. So the newest line is written beside the
catalogue with each commit, and from time to time into the journal; manifests and backups carry it away.

The file has two places of fixed size that are written in turn: a power cut in the middle of one leaves the other. It
is only ever behind the log, never ahead: it is written after the commit, which is on the disk by then.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from station.catalogue.station_key import Key
from station.errors import StorageFailed
from station.storage import durable

log = logging.getLogger(__name__)

#: Beside the catalogue.
NAME = "catalogue.head"
#: The journal is told of every so many lines, and of what :data:`station.catalogue.event_log.MILESTONES` names.
EVERY = 100
_PLACE = 256
#: Line, hash, the key's id, seal.
_WORDS = 4


@dataclass(frozen=True, order=True)
class Head:
    """A line of the log: its number, 0 before the first, and its hash."""

    line: int
    hash: str


def begin(catalogue: Path, head: Head, key: Key | None) -> None:
    """Make the file anew, for a log whose newest line is ``head``."""
    with durable.new_file(_file(catalogue), replace=True) as temporary:
        temporary.write_bytes(_place(head, key) * 2)


def keep(catalogue: Path, head: Head, key: Key | None, *, milestone: bool) -> None:
    """Write down that ``head`` was committed; at a milestone it is on the disk, and the journal told, before this ends.

    A commit is never undone for it: where it cannot be written, the journal says so. A file that is not there is not
    made again: that it is gone is to be found.
    """
    try:
        descriptor = os.open(_file(catalogue), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            heads = _read(os.pread(descriptor, 2 * _PLACE, 0), key)
            if max((one for one in heads if one), default=head) <= head:
                older = 0 if heads[0] is None or (heads[1] is not None and heads[0] < heads[1]) else 1
                os.pwrite(descriptor, _place(head, key), older * _PLACE)
            if milestone:
                os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("the log's end could not be kept beside the catalogue: %s", error)
    if milestone or head.line % EVERY == 0:
        log.info("the log's end is line %d, %s", head.line, head.hash)


def read(catalogue: Path, key: Key | None) -> Head | None:
    """The newest line that was written down; None where no file is there.

    ``StorageFailed`` ("log-head-damaged") where the file says nothing that this key sealed.
    """
    file = _file(catalogue)
    try:
        heads = [head for head in _read(file.read_bytes(), key) if head is not None]
    except FileNotFoundError:
        return None
    if not heads:
        raise StorageFailed("log-head-damaged", path=file)
    return max(heads)


def is_anothers(catalogue: Path, key: Key | None) -> bool:
    """Whether somebody gave the log another key since this program opened it; what is damaged tells nothing."""
    try:
        content = _file(catalogue).read_bytes()
    except OSError:
        return False
    ids = [place.split()[2] for place in (content[:_PLACE], content[_PLACE:]) if len(place.split()) == _WORDS]
    return bool(ids) and _id(key).encode() not in ids


def _file(catalogue: Path) -> Path:
    return catalogue.with_name(NAME)


def _place(head: Head, key: Key | None) -> bytes:
    text = f"{head.line} {head.hash} {_id(key)}"
    return f"{text} {_seal(text, key)}".ljust(_PLACE - 1).encode("ascii") + b"\n"


def _read(content: bytes, key: Key | None) -> tuple[Head | None, Head | None]:
    return _parse_place(content[:_PLACE], key), _parse_place(content[_PLACE : 2 * _PLACE], key)


def _parse_place(place: bytes, key: Key | None) -> Head | None:
    try:
        line, digest, by, seal = place.decode("ascii").split()
        text = f"{int(line)} {digest} {by}"
    except ValueError:
        return None
    return Head(int(line), digest) if seal == _seal(text, key) else None


def _id(key: Key | None) -> str:
    return "-" if key is None else key.id


def _seal(text: str, key: Key | None) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if key is None else key.seal("head", text.encode())
