"""Commands forked from a process that has imported the program: importing is nine tenths of a short command's work.

Each is still a process of its own, with its own environment, output and exit status.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from station.cli.edge import COMMANDS

#: Variables that a program reads while it runs; any other that differs from ours asks for a process from scratch.
_READ_LATER = ("TRAMQUET_", "LANG", "LC_ALL", "SANE_CONFIG_DIR", "PYTEST_CURRENT_TEST")

_forks = multiprocessing.get_context("forkserver")
#: What the commands import when they are called.
_ACTS = ("daemon", "doctor", "first_run", "inventory", "nightly", "restoring", "retention", "support", "verification")
_forks.set_forkserver_preload(
    [
        __name__,
        *(f"station.cli.{module}" for module in sorted(set(COMMANDS.values()))),
        *(f"station.{module}" for module in _ACTS),
        "web.app",
    ]
)
_born_with = dict(os.environ)


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether a process that was forked can live in that environment."""
    differ = {name for name, _ in environment.items() ^ _born_with.items()}
    return all(name.startswith(_READ_LATER) for name in differ)


def run(line: list[str], environment: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    """Run the command ``line``, as :func:`subprocess.run` does with its output captured as text."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = _forks.Process(target=_command, args=(line, dict(environment), Path.cwd(), out, err))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(line, timeout, out.read_text(), err.read_text())
        return subprocess.CompletedProcess(line, process.exitcode, out.read_text(), err.read_text())


def _command(line: list[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path) -> None:
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = line

    from station.cli import main

    main()
