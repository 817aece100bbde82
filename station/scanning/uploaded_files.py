"""Image files that people send through the page, from whatever PC or phone: kept piece by piece until each is whole.

A piece that was answered is on the disk: where the line or the browser ends, the same file goes on from there. A whole
file lies in a folder of the ledger's own and is taken from it as every dropped file is, by scan sessions with all their
checks. What the folder keeps of it when its pages are safe is freed after some days: it was a copy, whose original
lies where it came from.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO

from sqlalchemy import select

from drivers.folder.child import LARGEST
from drivers.folder.stable_files import REJECTED, is_image_name
from station.catalogue import event_log
from station.catalogue.models import IntakeFile, Ledger
from station.context import Station
from station.errors import Refused
from station.ledger import ledgers
from station.scanning import folder_intake, originals
from station.storage import disk_space, durable

#: How long the rest of a file is waited for (s), and a whole one remembered as sent.
LASTS = 24 * 3600
#: The suffixes of what remembers that a file was sent whole, and of the lock of a file.
_SENT, _LOCK = ".sent", ".lock"
_MEGABYTE = 1024**2
#: A name has room for what stands behind it in ``rejected/`` (bytes of the 255 that file systems allow).
_LONGEST_NAME = 240
#: Bytes are written on in pieces of this size.
_STEP = 256 * 1024


@dataclass(frozen=True)
class UploadedFile:
    """A file as the person's own PC tells of it: its name, its size in bytes, and when it was changed (ms)."""

    name: str
    size: int
    changed: int


def store(
    station: Station, ledger_text: str, sent: UploadedFile, offset: int, piece: IO[bytes] | None, *, who: str
) -> int:
    """Add a piece that begins at ``offset`` to what is there of a file; gives how many bytes of it are there now.

    Without a ``piece``, or with one that does not begin where the last one ended, nothing is added: the answer says
    where to go on. A file that is whole by now goes into the ledger, and one that was sent before is not sent again.
    ``Refused``: "uploaded-empty", "uploaded-heavy", "uploaded-no-room", "request-wrong" (more bytes than the file
    has), and as :func:`~station.scanning.folder_intake.choose` for a ledger that takes no pages.
    """
    if sent.size < 1:
        raise Refused("uploaded-empty", file=sent.name)
    if sent.size > LARGEST:
        most = LARGEST // _MEGABYTE
        raise Refused("uploaded-heavy", file=sent.name, megabytes=sent.size // _MEGABYTE, most=most)
    scanner_id = _choose(station, ledger_text, who)
    parts = station.folders.uploaded_parts
    with durable.storage_failures(parts):
        durable.make_folders(parts)
        if piece is None:
            _sweep(parts)  # once a file, not at each of its pieces
    part = parts / hashlib.sha256(json.dumps([scanner_id, who, *vars(sent).values()]).encode()).hexdigest()
    is_sent = part.with_suffix(_SENT)
    with durable.storage_failures(part), _held(part.with_suffix(_LOCK)):
        if is_sent.exists():
            return sent.size
        there = part.stat().st_size if part.exists() else 0
        if piece is None:
            _check_room(station, sent, there)
        elif offset == there:
            there += _append(part, piece, sent.size - there)
        if there == sent.size:
            _finish(station.folders.uploaded_folder(scanner_id), part, sent.name)
            is_sent.touch(mode=0o600)
        return there


def discard(station: Station, ledger_text: str, name: str, *, who: str) -> None:
    """Remove a file that could not be taken; ``Refused`` ("uploaded-unknown") where none of that name is there."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        scanner_id = folder_intake.uploaded_id(ledger)
        folder = station.folders.uploaded_folder(scanner_id) / REJECTED
        there = originals.names_in(folder).get(name)
        if there is None:
            raise Refused("uploaded-unknown", file=name)
        with durable.storage_failures(folder):
            for gone in (there, there + originals.NOTE):
                (folder / gone).unlink(missing_ok=True)
            durable.sync_folder(folder)
        of_file = select(IntakeFile).where(IntakeFile.scanner == scanner_id, IntakeFile.kept == name)
        for row in session.scalars(of_file.where(IntakeFile.ledger_id.is_not(None))):
            row.ledger_id = None  # what was asked about it is asked no more
        event_log.record(session, who, "uploaded-file-discarded", ledgers.reference(ledger), file=name)
        ledgers.settle(session, ledger)


def waiting(folder: Path) -> int:
    """How many whole files of a ledger's folder wait to be taken."""
    with suppress(FileNotFoundError), os.scandir(folder) as there:
        return sum(one.is_file(follow_symlinks=False) for one in there)
    return 0


def _choose(station: Station, ledger_text: str, who: str) -> str:
    """Have the ledger's own folder go to it, as this person decided; gives the folder's id."""
    with station.catalogue.reading() as session:
        ledger: Ledger = ledgers.find(session, ledger_text)
        ledgers.check_takes_pages(ledger)
        scanner_id, reference = folder_intake.uploaded_id(ledger), ledgers.reference(ledger)
    choice = folder_intake.current_choice(station, scanner_id)
    if choice is None or (choice.ledger, choice.operator) != (reference, who):
        folder_intake.choose(station, scanner_id, reference, who=who)
    return scanner_id


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Have a file for this request alone: another window may send the same one."""
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _append(part: Path, piece: IO[bytes], lacking: int) -> int:
    """Write a piece behind what is there, durably; nothing of it where it has more than is ``lacking`` (bytes)."""
    written = 0
    with part.open("ab") as file:
        before = file.tell()
        while step := piece.read(_STEP):
            written += len(step)
            if written > lacking:
                file.flush()
                file.truncate(before)
                raise Refused("request-wrong")
            file.write(step)
        file.flush()
        os.fsync(file.fileno())
    return written


def _finish(folder: Path, part: Path, name: str) -> None:
    """Let a whole file lie in its folder under its own name, or the next free one: nothing is overwritten."""
    durable.make_folders(folder)
    for number in count(1):
        with suppress(FileExistsError):
            free = originals.numbered_name(_name_in_folder(name), number, _LONGEST_NAME)
            durable.name_exclusively(part, folder / free)
            break
    durable.sync_folder(folder)


def _name_in_folder(name: str) -> str:
    """A name by which the folder's watch takes a file for whole, whatever it was called where it came from."""
    visible = re.sub(r"[/\0]", "-", name)
    return visible if is_image_name(visible) else f"-{visible}.file"


def _check_room(station: Station, sent: UploadedFile, there: int) -> None:
    """Refuse a file before its first byte where the disk has no room for it and for the masters of its pages."""
    needed = 2 * (sent.size - there) + disk_space.RESERVE
    free = disk_space.free_bytes(station.folders.data)
    if free < needed:
        needed_mb = -(-needed // _MEGABYTE)
        raise Refused("uploaded-no-room", file=sent.name, free=free // _MEGABYTE, needed=needed_mb)


def _sweep(parts: Path) -> None:
    """Forget what nobody went on with."""
    for part in parts.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > LASTS:
                part.unlink()
