"""The program that decodes dropped files: ``python -m drivers.folder.child``, JSON lines in and out.

Nothing of a file that anybody may have dropped is decoded elsewhere. Whatever a decoder does with it stays in here:
memory, time of the processor, pixels and pages have their limits, and a crash ends this process alone::

    {"do": "open", "file": "/srv/photos/1.jpg", "signature": [42, 1000, 1700000000000000000]}
    {"do": "page", "index": 0, "stem": "/var/lib/tramquet/spool/x/0001", "sheet": {...}}
    {"do": "close"}

A file is read where it lies and never copied: its SHA-256 is taken first, every page is decoded once before it counts
as readable, and before a page is told of, the file must still look as it did when it was hashed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.errors import Unreadable
from drivers.process.child_startup import begin, limit_memory
from drivers.process.json_lines import commands, tell

if TYPE_CHECKING:
    from drivers.folder.pictures import Pages, Picture

#: Memory of its own (bytes): A2 at 600 dpi in colour is 420 MB, and is held up to four times.
MEMORY = 2 * 1024**3
#: Time of the processor for one page, or for hashing a file (s).
_PROCESSOR = 120
#: Larger files are no scans of a ledger (bytes).
LARGEST = 2 * 1024**3
#: Kept free on the disk of the spool (bytes).
_RESERVE = 16 * 1024**2
_CHUNK = 4 * 1024**2
_MEGABYTE = 1024**2


@dataclass(frozen=True)
class _Open:
    """The open file: its descriptor and signature, and its pages; ``first`` is the only one, decoded already."""

    descriptor: int
    signature: list[int]
    pages: Pages
    first: Picture | None

    def changed(self) -> bool:
        return _signature(self.descriptor) != self.signature

    def page(self, index: int) -> Picture:
        return self.pages.page(index) if self.first is None else self.first


class _FileChanged(Exception):
    """The file is not the one that was seen, or not any more."""


class _Unstored(Exception):
    """The spool's disk does not take the master; ``number`` is the error's."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(detail)
        self.number = number


def serve() -> None:
    """Do what the parent says until it says close."""
    # Only now, with the limits in force: these imports take their time.

    document, stack = None, ExitStack()
    tell("ready")
    for command in commands():
        _more_time()
        try:
            if command["do"] == "open":
                stack.close()
                document, answer = _open_document(stack, Path(command["file"]), command["signature"])
            elif document is not None:
                answer = _store(document, command)
            tell(**answer)
        except _FileChanged:
            tell("changed")
        except _Unstored as error:
            tell("failed", errno=error.number, detail=str(error))
        except Unreadable as problem:
            facts = {key: fact if isinstance(fact, int) else str(fact) for key, fact in problem.facts.items()}
            tell("unreadable", code=problem.code, facts=facts)
        except MemoryError:
            tell("unreadable", code="memory", facts={"most": MEMORY // _MEGABYTE})
        except Exception as error:  # noqa: BLE001  a decoder may raise anything, and none of it is the station's end
            tell("unreadable", code="damaged", facts={"detail": f"{type(error).__name__}: {error}"})


def _open_document(stack: ExitStack, file: Path, signature: list[int]) -> tuple[_Open, dict[str, Any]]:
    from drivers.folder.formats import open_pages

    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        raise Unreadable("denied") from error
    except OSError as error:
        raise _FileChanged from error
    stack.callback(os.close, descriptor)
    if _signature(descriptor) != signature:
        raise _FileChanged
    if signature[1] > LARGEST:
        raise Unreadable("heavy", megabytes=signature[1] // _MEGABYTE, most=LARGEST // _MEGABYTE)
    sha256 = _hash(descriptor)
    pages = stack.enter_context(open_pages(Path(f"/proc/self/fd/{descriptor}")))
    digests, first = [], None
    for index in range(pages.count):
        _more_time()
        first = pages.page(index)
        digests.append(first.digest)
        tell("reading")
    document = _Open(descriptor, signature, pages, first if pages.count == 1 else None)
    if document.changed():
        raise _FileChanged
    return document, {"event": "opened", "sha256": sha256, "digests": digests}


def _store(document: _Open, command: Mapping[str, Any]) -> dict[str, Any]:
    """Write a page's master; gives what is to be known of the sheet."""
    from drivers import Identity
    from drivers.folder import masters
    from drivers.images.raw_sheet import Origin, storing_of

    picture, facts = document.page(command["index"]), command["sheet"]
    paper_mm = None if facts["paper_mm"] is None else tuple(facts["paper_mm"])
    dpi, supposed = masters.resolution(picture, paper_mm, own_dpi=facts["own_dpi"])
    camera, photo_facts = masters.identity(picture), masters.photo_facts(picture)
    origin = Origin(
        identity=camera or Identity("folder", facts["folder"]),
        started_at=datetime.now(UTC),
        dpi=dpi,
        token=facts["token"],
        caller={**facts["provenance"], **photo_facts, **supposed},
    )
    stem = Path(command["stem"])
    try:
        needed = masters.room(picture) + _RESERVE
        if shutil.disk_usage(stem.parent).free < needed:
            raise _Unstored(errno.ENOSPC, f"{needed // _MEGABYTE} MB are needed for a page")
        path = masters.store(picture, origin, storing_of(facts["storing"]), stem)
    except OSError as error:
        stem.with_suffix(".part").unlink(missing_ok=True)
        raise _Unstored(error.errno or errno.EIO, str(error)) from error
    if document.changed():
        path.unlink()
        raise _FileChanged
    return {
        "event": "stored",
        "path": str(path),
        "width": picture.width,
        "height": picture.height,
        "mode": picture.mode.value,
        "dpi": list(origin.dpi),
        "started_at": origin.started_at.isoformat(),
        "identity": [origin.identity.vendor, origin.identity.model],
        "rotation": picture.rotation,
    }


def _signature(descriptor: int) -> list[int]:
    """As :class:`drivers.folder.stable_files.Signature`; nothing for what is no plain file."""
    status = os.fstat(descriptor)
    return [status.st_ino, status.st_size, status.st_mtime_ns] if stat.S_ISREG(status.st_mode) else []


def _hash(descriptor: int) -> str:
    digest = hashlib.sha256()
    read_chunk: Callable[[], bytes] = lambda: os.read(descriptor, _CHUNK)  # noqa: E731
    for piece in iter(read_chunk, b""):
        digest.update(piece)
        tell("reading")
    return digest.hexdigest()


def _more_time() -> None:
    """Begin to count the processor's time anew: what takes longer is ended by SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(usage.ru_utime + usage.ru_stime) + _PROCESSOR
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def main() -> None:
    """Run the program."""
    begin("drivers.folder.child", "Decodes dropped files.")
    limit_memory(MEMORY)
    # What a library prints is no event.
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    serve()


if __name__ == "__main__":
    main()
