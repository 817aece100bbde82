"""A child program of the station: started, read from, ended for certain.

The scanner's own program (:mod:`drivers.sane.child`) and the workers that look at images are such children: JSON lines
go in and come out, and neither outlives the process that started it. The thread that starts it lives as long as it
does, because the kernel's parent-death signal fires when the *thread* that forked ends (prctl(2), PR_SET_PDEATHSIG).
The child leads a process group of its own, so that readers which a backend forked end with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

log = logging.getLogger(__name__)

_PACKAGES = Path(__file__).resolve().parent.parent.parent
_TERM_SECONDS = 1.0
_KILL_SECONDS = 5.0


class NotReady(Exception):
    """A child that did not come so far as to say that it is ready: the PC is short of memory, or of processes."""


class Process:
    """A running child. Its events are put into one queue; the last is ``{"event": "ended", "detail": ...}``."""

    def __init__(self, program: str, environment: Mapping[str, str]) -> None:
        """Start ``python -m program`` with ``environment`` beside what this process has."""
        self._program = program
        self._environment = {**os.environ, **environment}
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._started = threading.Event()
        self._ended = threading.Event()
        self._reaping = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._live, name="child", daemon=True).start()
        self._started.wait()

    def next(self, timeout: float) -> dict[str, Any] | None:
        """The next event, or None when ``timeout`` seconds passed without one; of a child that ended always its end."""
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return None
        if event["event"] == "ended":
            self._events.put(event)
        return event

    def wait_until_ready(self, timeout: float) -> Self:
        """This child, when its first word is that it is ready; otherwise it is ended, and ``NotReady`` says why."""
        event = self.next(timeout)
        if event is not None and event["event"] == "ready":
            return self
        self.kill()
        raise NotReady(f"no sign of life for {timeout:g} s" if event is None else event["detail"])

    def send(self, do: str, **facts: object) -> None:
        """Send one command; to a child that ended it goes nowhere, the end is an event."""
        if self._process and self._process.stdin:
            with contextlib.suppress(BrokenPipeError, ValueError):
                self._process.stdin.write(json.dumps({"do": do, **facts}).encode() + b"\n")

    def remark(self, event: str) -> None:
        """Put an event of the parent's own among those of the child, to wake who waits for one."""
        self._events.put({"event": event})

    def close(self, timeout: float) -> None:
        """Ask the child to let the device go and end; after ``timeout`` seconds it is killed."""
        self.send("close")
        if not self._ended.wait(timeout):
            self.kill()

    def kill(self) -> None:
        """End the child and whatever it forked: SIGTERM, then SIGKILL."""
        for number, patience in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
            self._signal(number)
            if self._ended.wait(patience):
                return
        log.error("the child %s cannot be killed", self._process and self._process.pid)

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:
            # Not reaped yet, so the group's number is still its own.
            if self._process and self._process.returncode is None:
                os.killpg(self._process.pid, number)

    def _live(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._program, "--parent", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=_PACKAGES,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            self._finish(f"cannot start: {error}")
            return
        finally:
            self._started.set()
        process = self._process
        assert process.stdout
        assert process.stderr
        threading.Thread(target=_log, args=(process.stderr, process.pid), name="child-stderr", daemon=True).start()
        self._listen(process.stdout, process.pid)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._reaping:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
        process.stdout.close()
        self._finish(f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}")

    def _finish(self, detail: str) -> None:
        self._ended.set()
        self._events.put({"event": "ended", "detail": detail})

    def _listen(self, stdout: IO[bytes], pid: int) -> None:
        """Queue events until the child has ended; a reader it forked may hold its stdout open beyond that."""
        with selectors.DefaultSelector() as selector:
            death = os.pidfd_open(pid)
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(death, selectors.EVENT_READ)
            pending = b""
            dead = False
            while True:
                ready = [key.fileobj for key, _ in selector.select(0 if dead else None)]
                if stdout in ready:
                    chunk = os.read(stdout.fileno(), 65536)
                    if not chunk:
                        break
                    *lines, pending = (pending + chunk).split(b"\n")
                    for line in lines:
                        self._events.put(json.loads(line))
                elif dead:
                    break
                dead = dead or death in ready
            os.close(death)


def _log(stderr: IO[bytes], pid: int) -> None:
    with stderr:
        for line in stderr:
            log.debug("child %d: %s", pid, line.decode(errors="replace").rstrip())
