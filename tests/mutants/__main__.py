"""``script/test mutants [NAME ...]``: plant each fault in a copy of the tree, and see whether a test sees it.

``--by FILE`` tries other tests than those that are named; ``--jobs N`` works on so many at the same time.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.planting import TREE, Fault, Planted, copied, faults, nodes_by_test

#: A fault may stop the program for good: that is seen, too (s).
_LONGEST = 900.0
_PASSED, _FAILED = 0, 1  # pytest's exit status; any other says that it could not run


def main() -> None:
    """Run the command; exit status 1 where a fault is not seen."""
    parser = argparse.ArgumentParser(prog="script/test mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--by", action="append", default=[], metavar="FILE")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    selection = [fault for fault in faults() if not arguments.names or fault.name in arguments.names]
    if unknown := set(arguments.names) - {fault.name for fault in selection}:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(arguments.jobs):
            tree = Path(folder, str(number), "tree")
            copied(TREE, tree)
            trees.put(tree)

        def tried(fault: Fault | None, names: Sequence[str]) -> str:
            tree = trees.get()
            tests = arguments.by or sorted({test for name in names for test in nodes_by_test(tree)[name]})
            try:
                if fault is None:
                    return _run(tree, tests)
                with Planted(fault, tree):
                    return _run(tree, tests)
            finally:
                trees.put(tree)

        if not arguments.by and (output := tried(None, [name for fault in selection for name in fault.seen_by])):
            sys.exit(f"without any fault, already: {output}")
        with ThreadPoolExecutor(arguments.jobs) as pool:
            results = pool.map(lambda fault: tried(fault, fault.seen_by), selection)
            missed = 0
            for fault, output in zip(selection, results, strict=True):
                print(f"{'seen' if output else 'MISSED'} {fault.name}: {output or fault.promise}", flush=True)
                missed += not output
    print(f"{len(selection) - missed} of {len(selection)} planted faults are seen")
    sys.exit(missed > 0)


def _run(tree: Path, tests: Sequence[str]) -> str:
    """Which of the tests fails first; empty where all pass."""
    line = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-rfE", "--tb=no", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree)}  # also for the commands, which are installed from elsewhere
    try:
        process = subprocess.run(
            line,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the tests hang for {_LONGEST:g} s"
    if process.returncode == _PASSED:
        return ""
    failed = [line for line in process.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if process.returncode != _FAILED or not failed:
        sys.exit(f"the tests could not run:\n{process.stdout}")
    return failed[0]


if __name__ == "__main__":
    main()
