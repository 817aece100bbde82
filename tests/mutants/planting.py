"""Faults that are planted on purpose: each breaks one promise in a line or two, and names the tests that must see it.

A fault is found by the text that it changes and its tests by their names, wherever these stand: modules may move.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TREE = Path(__file__).parents[2]
PROGRAM = ("drivers", "station", "web", "systemd")
_TEXTS = frozenset({".py", ".html", ".js", ".sql", ".service", ".tmpfiles", ".sysusers"})
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "node_modules", ".*_cache", "*.egg-info")


@dataclass(frozen=True)
class Fault:
    """``before`` becomes ``after``; then ``promise`` is broken, and one of the tests ``seen_by`` must fail."""

    name: str
    promise: str
    before: str
    after: str
    seen_by: tuple[str, ...]

    def place(self, tree: Path) -> Path:
        """The one file in which it can be planted; ValueError where its text is not there exactly once."""
        files = [file for file, text in _program(tree).items() for _ in range(text.count(self.before))]
        if len(files) != 1:
            raise ValueError(f"{self.name}: its text stands {len(files)} times in the program, not once")
        return files[0]


def faults() -> list[Fault]:
    """All of them, by file and in the order written."""
    return [
        Fault(name, fields["promise"], fields["before"], fields["after"], tuple(fields["seen_by"]))
        for file in sorted(Path(__file__).with_name("faults").glob("*.toml"))
        for name, fields in tomllib.loads(file.read_text(encoding="utf-8")).items()
    ]


def copied(tree: Path, target: Path) -> None:
    """Copy program and tests to where faults may be planted; what is only used lies there as a link."""
    shutil.copytree(tree, target, ignore=_LEFT_OUT, symlinks=True)
    for name in (".venv", "tests/delivery/node_modules"):
        if (tree / name).exists():
            (target / name).symlink_to((tree / name).resolve())
    if (tree.parent / "shared").exists():
        (target.parent / "shared").symlink_to((tree.parent / "shared").resolve())


class Planted:
    """A fault in a copy of the tree, for as long as the block runs."""

    _moment = 0

    def __init__(self, fault: Fault, tree: Path) -> None:
        self._file = fault.place(tree)
        self._whole = _program(tree)[self._file]
        self._faulty = self._whole.replace(fault.before, fault.after)

    def __enter__(self) -> None:
        self._write(self._faulty)

    def __exit__(self, *_: object) -> None:
        self._write(self._whole)

    def _write(self, text: str) -> None:
        self._file.write_text(text, encoding="utf-8")
        # Python knows outdated bytecode by the size and whole seconds of its source: both may be the same again.
        Planted._moment += 1
        os.utime(self._file, (Planted._moment, Planted._moment))


@cache
def nodes_by_test(tree: Path) -> dict[str, list[str]]:
    """What pytest is asked by for each test, by its function's name; several files may have one of that name."""
    nodes: dict[str, list[str]] = {}
    for file in sorted((tree / "tests").rglob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE):
            nodes.setdefault(name, []).append(f"{file.relative_to(tree)}::{name}")
    return nodes


@cache
def _program(tree: Path) -> dict[Path, str]:
    """The program's texts, as they are without a fault."""
    files = (file for room in PROGRAM for file in sorted((tree / room).rglob("*")) if file.suffix in _TEXTS)
    return {file: file.read_text(encoding="utf-8") for file in files}
