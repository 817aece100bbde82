"""How a run of the tests is divided among its workers: by modules, the longest first, the heavy ones one by one.

A module stays with one worker, so that the stations it prepares are prepared once. What each took is measured now and
then (``script/test durations``) and kept in ``durations.json``; a wrong or missing figure costs time and nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

DURATIONS = Path(__file__).with_name("durations.json")
#: What takes both cores for minutes: daemons that are killed again and again, a browser with many tabs. One worker has
#: all of them, so that none runs beside another.
HEAVY = {
    "delivery/test_kills.py",
    "e2e/test_browser.py",
    "e2e/test_folder_soak.py",
    "e2e/test_kills.py",
    "e2e/test_soak.py",
}
#: What drives a browser; one worker has all of these, so that there is one at a time beside the heavy ones.
BROWSERS = {
    "e2e/test_accessibility.py",
    "e2e/test_careful_officer.py",
    "e2e/test_careless_officer.py",
    "e2e/test_form_drafts.py",
    "e2e/test_scan_keys.py",
    "e2e/test_type_ahead.py",
    "e2e/test_input_method.py",
    "e2e/test_keying.py",
    "e2e/test_lan_in_browser.py",
    "e2e/test_reading_in_browser.py",
    "e2e/test_entry_runs.py",
    "e2e/test_checks.py",
    "e2e/test_files_in_browser.py",
    "e2e/test_paper_in_browser.py",
    "e2e/test_province_in_browser.py",
}
#: What needs a database and an S3 engine; one worker has all of these, so that both are started once.
ENGINES = {
    "delivery/test_ceph.py",
    "delivery/test_heartbeats.py",
    "delivery/test_nodes.py",
    "delivery/test_s3_store.py",
    "delivery/test_shared_receipts.py",
    "delivery/test_stores.py",
}
LANES = {"heavy": HEAVY, "browsers": BROWSERS, "engines": ENGINES}
#: Seconds for a module that was never measured.
UNKNOWN = 10.0


def module(nodeid: str) -> str:
    """A test's module by the first folder below ``tests`` and its own name: what is between may change."""
    parts = nodeid.partition("::")[0].split("/")
    return f"{parts[1]}/{parts[-1]}"


def lane(nodeid: str) -> str:
    """What goes to one worker as a whole."""
    name = module(nodeid)
    return next((lane for lane, modules in LANES.items() if name in modules), name)


def measured() -> dict[str, float]:
    """Seconds of each module when it was measured last."""
    return json.loads(DURATIONS.read_text(encoding="utf-8")) if DURATIONS.exists() else {}


def in_order(nodeids: list[str]) -> dict[str, tuple[float, str, float]]:
    """What to sort tests by: the lane that takes longest first, in it the longest module first."""
    durations = measured()
    took = {module(nodeid): durations.get(module(nodeid), UNKNOWN) for nodeid in nodeids}
    whole: defaultdict[str, float] = defaultdict(float)
    for name, one in {module(nodeid): lane(nodeid) for nodeid in nodeids}.items():
        whole[one] += took[name]
    return {
        nodeid: (-whole[lane(nodeid)], lane(nodeid), -took[module(nodeid)])  # a stable sort keeps a module's own order
        for nodeid in nodeids
    }


class Lanes(LoadScopeScheduling):
    """Gives out lanes in the order in which their tests were collected."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return lane(nodeid)


class Stopwatch:
    """Adds up what each module takes, and keeps it when all tests have run."""

    def __init__(self) -> None:
        self._took: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._took[module(report.nodeid)] += report.duration

    def pytest_sessionfinish(self) -> None:
        took = {name: round(seconds, 1) for name, seconds in sorted(self._took.items())}
        DURATIONS.write_text(json.dumps(took, indent=0) + "\n", encoding="utf-8")
