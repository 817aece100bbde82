"""What several tests begin with: made once in a run, by the worker that needs it first, and copied or read by all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this run that ``make`` has filled; whoever comes while that goes on waits."""
    own = folders.getbasetemp()
    of_all = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, unready = of_all / name, of_all / f"{name}.unready"
    with (of_all / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unready, ignore_errors=True)
            unready.mkdir()
            make(unready)
            unready.rename(folder)
    return folder
