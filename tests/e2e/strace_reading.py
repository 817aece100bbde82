"""Runs a command under strace and proves from the trace in which order files and rows became durable."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

_SYNCS = ("fsync", "fdatasync")
_WRITES = ("write", "pwrite64", "writev", "pwritev")
_NAMINGS = ("rename", "renameat", "renameat2", "link", "linkat")
_LINE = re.compile(r"(\d+) +(.*)")
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+.*)", re.DOTALL)


class OrderBroken(AssertionError):
    """Something counted as stored before it was durable."""


@dataclass(frozen=True)
class Call:
    """A finished system call; ``begin`` and ``end`` are its places in the trace (others may run between the two).

    ``thread`` is who called: the command's main thread, another one, or one of a child program.
    """

    thread: str
    name: str
    arguments: str
    result: str
    begin: int
    end: int

    @property
    def succeeded(self) -> bool:
        return not self.result.startswith("-1")

    @property
    def descriptor(self) -> tuple[str, str]:
        """The first argument: the descriptor's number and what it is open on."""
        match = re.match(r"(\d+)<([^>]*)>", self.arguments)
        return (match[1], match[2]) if match else ("", "")

    @property
    def names(self) -> list[str]:
        """The paths given as text; one below an open folder with that folder's path before it."""
        matches = re.findall(r'(?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', self.arguments)
        return [str(Path(folder, name)) for folder, name in matches]


def through_strace(trace: Path, *options: str) -> tuple[str, ...]:
    """What to run a command through, so that its writes, names and syncs are written to ``trace``."""
    watched = f"trace={','.join((*_SYNCS, *_WRITES, *_NAMINGS))}"
    # Strings as long as a page of the catalogue: rows are known by what stands in them.
    return ("strace", "-f", "-y", "-s", "4500", "-o", str(trace), "-e", watched, *options)


def read(trace: Path) -> list[Call]:
    """The calls of a trace made with ``-f -y``, in the order in which they ended."""
    calls: list[Call] = []
    unfinished: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(trace.read_text(errors="replace").splitlines()):
        match = _LINE.fullmatch(line)
        assert match, line
        process, text = match.groups()
        begin = place
        if text.endswith("<unfinished ...>"):
            unfinished[process] = (place, text.removesuffix("<unfinished ...>"))
            continue
        if resumed := _RESUMED.fullmatch(text):
            begin, start = unfinished.pop(process)
            text = start + resumed[2]
        if call := _CALL.fullmatch(text):
            calls.append(Call(process, call[1], call[2], call[3], begin, place))
    return calls


class Durability:
    """The order that a power cut respects: data synced, name given exclusively, folder synced, row committed."""

    def __init__(self, calls: Iterable[Call], catalogue: Path) -> None:
        self._calls = [call for call in calls if call.succeeded]
        self._log = f"{catalogue}-wal"
        self._command = self._calls[0].thread

    def prove(self, final: Path, row: str, *, members: Iterable[str] = (), exclusive: bool = True) -> Call:
        """Raise :class:`OrderBroken` unless ``final`` was durable before the row that holds the text ``row``.

        ``members`` are the files of a folder that gets its name as a whole. A name that says what the bytes are need
        not be ``exclusive``. Gives the sync of the commit.
        """
        naming = self._the(f"{final.name} never got its name", lambda call: self._names(call, final))
        if exclusive and not ("RENAME_NOREPLACE" in naming.arguments or naming.name.startswith("link")):
            raise OrderBroken(f"the name {final.name} was not given exclusively")
        source = self._source(naming)
        for path in (source, *(source / member for member in members)):
            self._data(path, naming)
        folder = self._the(
            f"the folder of {final.name} was not synced after its name",
            lambda call: call.begin > naming.end and self._syncs(call, str(final.parent)),
        )
        write = self._the(f"no row tells of {final.name}", lambda call: self._writes(call, self._log, row))
        if write.begin < folder.end:
            raise OrderBroken(f"the row of {final.name} was written before the file was durable")
        return self._the(
            f"the row of {final.name} was not synced",
            lambda call: call.begin > write.end and self._syncs(call, self._log),
        )

    def told_after(self, commit: Call, text: str) -> None:
        """Raise :class:`OrderBroken` unless the command printed ``text``, and only after the commit was synced.

        What the command's own child programs say to it on their standard output is told to nobody yet.
        """
        output = self._the(
            f"{text} was never told",
            lambda call: call.thread == self._command and self._says(call, text),
        )
        if output.begin < commit.end:
            raise OrderBroken(f"{text} was told before it was durable")

    def _source(self, naming: Call) -> Path:
        """What gets the name; of a link to an open file, what its descriptor was open on when it was last used."""
        source = Path(naming.names[0])
        if source.parent != Path("/proc/self/fd"):
            return source
        candidates = (call for call in reversed(self._calls) if call.end < naming.begin)
        return next((Path(call.descriptor[1]) for call in candidates if call.descriptor[0] == source.name), source)

    def _data(self, path: Path, naming: Call) -> None:
        sync = self._the(
            f"the data of {path.name} were not synced before the name",
            lambda call: call.end < naming.begin and self._syncs(call, str(path)),
        )
        if any(call.end > sync.begin and self._writes(call, str(path)) for call in self._calls):
            raise OrderBroken(f"{path.name} was written to after its sync")

    def _the(self, otherwise: str, condition: Callable[[Call], bool]) -> Call:
        call = next(filter(condition, self._calls), None)
        if call is None:
            raise OrderBroken(otherwise)
        return call

    @staticmethod
    def _names(call: Call, final: Path) -> bool:
        return call.name in _NAMINGS and call.names[-1] == str(final)

    @staticmethod
    def _syncs(call: Call, path: str) -> bool:
        return call.name in _SYNCS and call.descriptor[1] == path

    @staticmethod
    def _says(call: Call, text: str) -> bool:
        return call.name in _WRITES and call.descriptor[0] == "1" and text in call.arguments

    @staticmethod
    def _writes(call: Call, path: str, text: str = "") -> bool:
        return call.name in _WRITES and call.descriptor[1] == path and text in call.arguments
