"""What each view, some commands, the figures and a start cost as the catalogue and the ledger grow.

CPU is the daemon's own (or the command's), in ms, and its peer the same at the smallest size of the same run, each size
in its turn. The time of whole answers has a limit of its own, which holds on a quiet machine; it is taken of one
station after the other, as a PC has one: of one that waits while others are asked, the machine may have taken memory
away.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from tests.bench import catalogues
from tests.bench.rows import tell
from tests.bench.running import Station

ROUNDS, RUNS = 30, 5
#: Answers before those that are timed: somebody is at work.
WARM_UP = 3
#: Pages in the catalogue and in the ledger that is looked at.
CATALOGUES = ((2_000, 200), (20_000, 200), (200_000, 200))
LEDGERS = ((4_800, 200), (4_800, 1_000), (4_800, 3_000))
#: At most so many times the CPU of the smallest size, and so long until the whole answer is there (ms, p95).
MOST, SLOWEST = 1.5, 50
#: The CPU of a small command on a station with a few ledgers (ms).
COMMAND = 400
#: What a start costs is looked at for so long (s): documents of new entries are made some ten seconds after it.
START = 15

_LEDGER, _DELIVERED = (f"/ledger/19429/{name}" for name in (catalogues.FOCUS, catalogues.DELIVERED))
VIEWS = {
    "ledgers": "/",
    "counts": f"{_LEDGER}/counts",
    "scan": f"{_LEDGER}/scan",
    "board": f"{_LEDGER}/scan/board",
    "pages": f"{_LEDGER}/pages?part=2",
    "paper": f"{_LEDGER}/paper",
    "entries": f"{_LEDGER}/entries?page=100",
    "runs": f"{_LEDGER}/runs",
    "rows": f"{_LEDGER}/rows",
    "checks": f"{_LEDGER}/checks",
    "checks, open book": f"{_LEDGER}/checks?page=020&book=1",
    "rejected": f"{_LEDGER}/checks/rejected",
    "closing": f"{_LEDGER}/finish",
    "asks": f"{_LEDGER}/asks",
    "files": f"{_LEDGER}/files",
    "deliveries": "/deliveries",
    "plan": "/plan",
    "report": "/reports",
    "people": "/people",
    "news": "/news?since=0",
}
#: Views of a ledger that only large catalogues have.
_OF_DELIVERED = {"minutes": f"{_DELIVERED}/minutes", "files, delivered": f"{_DELIVERED}/files?only=yes"}
_FIGURES = {"metrics": "/metrics", "healthz": "/healthz"}
_COMMANDS = {
    "ledger list": ("ledger", "list", "--json"),
    "ledger show": ("ledger", "show", catalogues.FOCUS),
    "asks": ("asks", "--json"),
    "queue list": ("queue", "list", "--json"),
    "pages": ("pages", catalogues.DELIVERED),
    "entry list": ("entry", "list", catalogues.DELIVERED),
    "row list": ("row", "list", catalogues.DELIVERED),
    "check list": ("check", catalogues.DELIVERED, "list"),
    "plan show": ("plan", "show"),
    "report": ("report", "--json"),
    "user list": ("user", "list"),
}


@dataclass
class Costs:
    """Of each thing that was done again and again: its CPU, and until the whole answer was there (ms)."""

    cpu: dict[str, list[float]] = field(default_factory=dict)
    answered: dict[str, list[float]] = field(default_factory=dict)


def measure() -> None:
    """Print the rows of all sizes."""
    for sizes in (CATALOGUES, LEDGERS):
        costs = _costs(sizes)
        for (pages, focus), cost in zip(sizes, costs, strict=True):
            _tell(cost, costs[0], {"pages": pages, "ledger": focus, "cores": os.cpu_count()})


def _tell(costs: Costs, smallest: Costs, settings: dict[str, int | None]) -> None:
    place = f"{settings['ledger']} of {settings['pages']} pages"
    for name, cpu in costs.cpu.items():
        peer = None if costs is smallest else smallest.cpu[name]
        limit = MOST if peer else COMMAND if name.startswith("tramquet") else None
        tell(f"page, {place}: {name}", cpu, peer, unit="ms of CPU", limit=limit, settings=settings)
    for name, answered in costs.answered.items():
        tell(f"page, {place}: {name} answered", answered, None, unit="ms", limit=SLOWEST, settings=settings)


def _costs(sizes: Sequence[tuple[int, int]]) -> list[Costs]:
    """What all costs at each size, in turns: a machine that is slower for a minute is so for every size."""
    costs = [Costs() for _ in sizes]
    with ExitStack() as stack:
        stations = [stack.enter_context(_filled(pages, focus)) for pages, focus in sizes]
        for command, words in _COMMANDS.items():
            for _ in range(RUNS):
                for station, cost in zip(stations, costs, strict=True):
                    spent = _spent(_children, partial(station.run, *words))
                    cost.cpu.setdefault(f"tramquet {command}", []).append(spent)
        daemons = []
        for station, cost in zip(stations, costs, strict=True):
            daemons.append(stack.enter_context(station.running()))
            time.sleep(START)
            cost.cpu["start"] = [_cpu_of(daemons[-1])]
        officers = [stack.enter_context(station.officer()) for station in stations]
        views = {**VIEWS, **_OF_DELIVERED, **_FIGURES}
        for view, path in views.items():
            for _ in range(ROUNDS):
                for station, daemon, officer, cost in zip(stations, daemons, officers, costs, strict=True):
                    spent = _spent(partial(_cpu_of, daemon), partial(_open, officer, station.address + path))
                    cost.cpu.setdefault(view, []).append(spent)
        for station, officer, cost in zip(stations, officers, costs, strict=True):
            for view, path in views.items():
                times = [_spent(_now, partial(_open, officer, station.address + path)) for _ in range(WARM_UP + ROUNDS)]
                cost.answered[view] = times[WARM_UP:]
    return costs


@contextmanager
def _filled(pages: int, focus: int) -> Iterator[Station]:
    """A station whose catalogue has so many pages, so many of them in the ledger that is looked at."""
    with tempfile.TemporaryDirectory() as name:
        station = Station.in_folder(Path(name), catalogues.SETTINGS)
        station.run("ledger", "list")
        catalogues.fill(station.catalogue, pages=pages, focus=focus)
        yield station


def _spent(clock: Callable[[], float], act: Callable[[], None]) -> float:
    before = clock()
    act()
    return clock() - before


def _open(officer: requests.Session, address: str) -> None:
    answer = officer.get(address)
    answer.raise_for_status()
    assert "/login" not in answer.url


def _cpu_of(pid: int) -> float:
    """The CPU that a process has used (ms), by its own clock; see clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2) * 1000


def _now() -> float:
    return time.perf_counter() * 1000


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000
