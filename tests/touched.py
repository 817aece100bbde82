"""Which tests to run after a change, for ``script/test quick``: prints them, what a change touches most directly first.

A change is what the branch has beside ``main`` and what is not committed yet; on ``main`` without any, the last commit.
Of the tests of what was touched as many are run as fit into the time.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.division import HEAVY, UNKNOWN, measured, module

ROOT = Path(__file__).parents[1]
#: Seconds that the tests may take together, as they were measured on three workers: with lint less than two minutes.
BUDGET = 180.0
ROOMS = ("drivers", "station", "web", "systemd")


def main() -> None:
    """Print the files, one a line; on stderr what is left for the whole run."""
    changed_files = changes()
    tests = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py"))
    selection = choice(changed_files, tests)
    print("\n".join(selection))
    print(f"quick: {len(changed_files)} changed files, {len(selection)} of {len(tests)} test modules", file=sys.stderr)
    for test in changed_files:
        if test in tests and test not in selection:
            print(f"quick: {test} takes minutes and is left out", file=sys.stderr)


def changes() -> list[str]:
    """The files that were changed, by their paths in the checkout."""
    fork = _git("merge-base", "HEAD", "main")
    uncommitted = [*_git("diff", "--name-only", "HEAD"), *_git("ls-files", "--others", "--exclude-standard")]
    committed = _git("diff", "--name-only", fork[0], "HEAD") if fork else []
    return sorted({*uncommitted, *committed}) or _git("diff", "--name-only", "HEAD~1", "HEAD")


def choice(changed_files: Iterable[str], tests: list[str]) -> list[str]:
    """The test modules to run: those that were changed, those that name what was, then the cheapest of its rooms."""
    took = measured()
    files = [Path(path) for path in changed_files]
    rooms = {part for file in files for part in file.parts[:2] if part in ROOMS}
    names = {file.stem if file.stem != "__init__" else file.parent.name for file in files if file.suffix == ".py"}
    name = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names))) or '(?!)'})\b")

    def nearness(test: str) -> tuple[int, float]:
        if test in changed_files:
            near = 0
        elif any(name.search(line) for line in _imports(ROOT / test)):
            near = 1
        else:
            near = 2 if Path(test).parts[1] in rooms else 3
        return near, took.get(module(test), UNKNOWN)

    selection, budget = [], BUDGET
    for test in sorted((test for test in tests if module(test) not in HEAVY), key=nearness):
        near, seconds = nearness(test)
        if near < 3 and (seconds <= budget or near == 0):
            selection.append(test)
            budget -= seconds
    return selection


def _imports(file: Path) -> list[str]:
    return re.findall(r"^(?:from|import) [^(\n]+(?:\([^)]*\))?", file.read_text(encoding="utf-8"), re.MULTILINE)


def _git(*words: str) -> list[str]:
    process = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return process.stdout.split("\n")[:-1] if process.returncode == 0 else []


if __name__ == "__main__":
    main()
