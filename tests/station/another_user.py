"""A station whose data belongs to another user than root, as it is once installed, and the command as root runs it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import station

#: nobody, on every Linux.
NOBODY = 65534


def world() -> tuple[list[str], dict[str, str]]:
    """The command's first words and its environment, by an interpreter that every user may run."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    own = Path(sys.executable).resolve()
    systems = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    python = systems if systems.exists() else own
    paths = [Path(station.__file__).parents[1], *(Path(entry) for entry in sys.path if "site-packages" in entry)]
    for path in (python, *paths):
        if any(not folder.stat().st_mode & 0o005 for folder in (path, *path.parents)):
            pytest.skip(f"another user may not read {path}")
    words = [str(python), "-c", "from station.cli import main; main()"]
    return words, {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "TRAMQUET_LANGUAGE": "en"}


def folder() -> Iterator[Path]:
    """A folder that every user may go through: pytest's own are closed."""
    path = Path(tempfile.mkdtemp(prefix="tramquet-test-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def give_away(data: Path) -> None:
    """Let nobody own a data folder, and the key of its station."""
    for path in (data, *data.rglob("*"), *data.parent.glob("station.key")):
        os.chown(path, NOBODY, NOBODY)
