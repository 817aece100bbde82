"""Kills a command at a named point of its way and tells where it stood."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from tests.fork_server import Forked
from tests.waiting import eventually

#: The child programs of the station: what the scanner and images can bring down, and what ends with its parent.
SCANNER, WORKER = "drivers.sane.child", "station.imaging.worker"


class Reached(NamedTuple):
    """A point that was come to, with what, and by which process."""

    point: str
    subject: str
    process: int


@dataclass(frozen=True)
class Kill:
    """One kill. ``phase`` is the last point reached ("starting": none yet), ``spool`` what the child had made.

    ``point`` is what was waited for (None: a moment after the start), ``delay`` how long after it the kill came (s);
    ``printed`` is what the command had said before, ``ended`` whether it was through already.
    """

    phase: str
    subject: str
    point: str | None
    delay: float
    printed: str
    spool: tuple[str, ...]
    committed: tuple[str, ...]
    ended: bool

    def __str__(self) -> str:
        aim = f"{self.delay * 1000:.1f} ms after {self.point or 'the start'}"
        spool = ", ".join(self.spool) or "empty"
        return (
            f"{self.phase:12} {self.subject:24} killed {aim:32} printed {self.printed.count(chr(10))}, spool: {spool}"
        )


class Points:
    """The journal of points as a pipe: a line wakes the reader at once, and outlives the writer's death."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self.pipe = pipe
        # Open for writing too, so that there is no end of file whenever a writer goes.
        self._descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self._rest = b""

    def close(self) -> None:
        os.close(self._descriptor)

    def read(self, timeout: float) -> Iterator[Reached]:
        """The points that are there now or within ``timeout`` seconds."""
        if select.select([self._descriptor], [], [], timeout)[0]:
            *lines, self._rest = (self._rest + os.read(self._descriptor, 65536)).split(b"\n")
            for line in lines:
                _time, process, point, subject = line.decode().split(" ", 3)
                yield Reached(point, subject, int(process))


class Killer:
    """Starts commands and kills each alone with SIGKILL, not its group."""

    def __init__(self, folder: Path, sessions: Path) -> None:
        self._output = folder / "printed"
        self._sessions = sessions
        self._points = Points(folder / "points")

    def close(self) -> None:
        self._points.close()

    def kill(
        self, line: list[str], env: dict[str, str], point: str | None, occurrence: int, delay: float | None
    ) -> Kill:
        """Kill the command ``delay`` seconds after its ``occurrence``-th (from 1) ``point``, or after its start.

        Without a delay it is killed at the very point, which nobody outside is quick enough for.
        """
        if delay is None:
            env = {**env, "TRAMQUET_FAULTS": f"{point}#{occurrence}:kill"}
        with self._output.open("wb") as output, self._started(line, env, output) as process:
            passed = self._wait_for(process, point, occurrence) if point else []
            if delay is not None:
                time.sleep(delay)  # the random moment itself; nothing is waited for
                process.kill()
            ended = process.wait() != -signal.SIGKILL
            passed += self._own(process, 0)
        wait_until_gone(process.pid)
        phase, subject, _process = passed[-1] if passed else Reached("starting", "", process.pid)
        return Kill(
            phase=phase,
            subject=subject,
            point=point,
            delay=delay or 0.0,
            printed=self._output.read_text(),
            spool=tuple(sorted(file.name for file in self._sessions.glob("*/*"))),
            committed=tuple(reached.subject for reached in passed if reached.point == "committed"),
            ended=ended,
        )

    @contextmanager
    def _started(self, line: list[str], env: dict[str, str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
        environment = {**env, "TRAMQUET_POINTS": str(self._points.pipe)}
        process = Forked(line, env=environment, stdout=output, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def _wait_for(self, process: subprocess.Popen[bytes], point: str, occurrence: int) -> list[Reached]:
        passed: list[Reached] = []

        def there() -> bool:
            passed.extend(self._own(process, 0.1))
            return [reached.point for reached in passed].count(point) >= occurrence or process.poll() is not None

        eventually(there, progress=lambda: len(passed), every=0)
        return passed

    def _own(self, process: subprocess.Popen[bytes], timeout: float) -> list[Reached]:
        """What the command itself came to; its workers write into the same journal."""
        return [checkpoint for checkpoint in self._points.read(timeout) if checkpoint.process == process.pid]


def wait_until_gone(parent: int) -> None:
    """Wait until no child program of the process ``parent`` runs any more, neither the scanner's nor a worker."""
    eventually(lambda: not children_of(parent), every=0.002)


def children_of(parent: int, *programs: str) -> list[int]:
    """The child programs (all, or only these) that ``parent`` started, whoever has adopted them since."""
    started = [f"{program}\0--parent\0{parent}\0".encode() for program in programs or (SCANNER, WORKER)]
    return [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if any(line in _command_line(entry) for line in started)
    ]


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return b""
