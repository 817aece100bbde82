"""The start of a child program: ends with its parent, ignores Ctrl-C, its files for its own user alone."""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
#: Below every process that a person waits for, the scanner's first (nice(2)).
_NICENESS = 10
#: Where the PC has no memory left, this process goes, not the station (proc(5), oom_score_adj).
_FIRST_TO_GO = "1000"


def begin(program: str, description: str) -> None:
    """Read the command line of :mod:`drivers.process.child_process`; from here on the process ends with its parent."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process id that must still be the parent")
    die_with(parser.parse_args().parent)
    # A Ctrl-C is meant for the parent, and must not strike in the middle of a sheet; the parent says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process with the thread that started it; end now if ``parent`` is gone already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


def limit_memory(memory: int) -> None:
    """For a program that decodes what it is given: ``memory`` of its own (bytes) at most, and behind all others."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


@contextmanager
def imports() -> Iterator[None]:
    """Around what a child imports before it says that it is ready: nobody looks for garbage in that, now or at its end.

    That takes a seventh of the time in which a worker starts.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
