"""What a view costs hangs on what it shows: not on the catalogue, and not on the ledger's pages."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event, text
from sqlalchemy.pool import Pool

from station.access import users
from station.daemon.entry_document_service import EntryDocumentService
from station.daemon.supervisor import Daemon
from station.delivery import queue as delivery_queue
from station.domain.checks import CheckVerdict
from station.domain.naming.partial_dates import PartialDate
from station.domain.roles import Role
from station.domain.states import PageState, ValueSource
from station.health import metrics
from station.ledger import entries, entry_runs, ledgers, page_checks, page_readings, pages
from station.ledger.entries import Act
from station.ledger.entry_runs import RunAnswer
from station.ledger.page_readings import Unread
from station.reports import day_report
from station.reports.days import Period
from station.review import answers, questions
from station.rows import entry_rows
from station.scanning import recovery
from station.undo import acts
from station.views import listings
from tests.bench.catalogues import DELIVERED, FOCUS, fill
from tests.station.opened_station import OpenedStation, opened_station
from tests.web.browsing import NAME, PIN, Browser
from web import change_feed
from web.app import create_app

LEDGER = f"19429:{FOCUS}"
HERE = f"/ledger/19429/{FOCUS}"
VIEWS = {
    "ledgers": "/",
    "ledgers, found": "/?find=KS.1960",
    "ledgers, of phase 1": "/?digitised=1",
    "counts": f"{HERE}/counts",
    "scan": f"{HERE}/scan",
    "board": f"{HERE}/scan/board",
    "one page": f"{HERE}/scan?page=100",
    "pages": f"{HERE}/pages?part=2",
    "entries": f"{HERE}/entries",
    "one entry": f"{HERE}/entries?page=100",
    "paper": f"{HERE}/paper",
    "runs": f"{HERE}/runs",
    "shared page": f"{HERE}/regions",
    "rows": f"{HERE}/rows",
    "checks": f"{HERE}/checks",
    "checks, open book": f"{HERE}/checks?page=020&book=1",
    "rejected": f"{HERE}/checks/rejected",
    "minutes": f"/ledger/19429/{DELIVERED}/minutes",
    "closing": f"{HERE}/finish",
    "asks": f"{HERE}/asks",
    "files": f"{HERE}/files",
    "files, not attached": f"{HERE}/files?only=no",
    "deliveries": "/deliveries",
    "report": "/reports?day=2026-03-02",
    "report of today": "/reports",
    "plan": "/plan",
    "people": "/people",
    "news": "/news?since=0",
    "metrics": "/metrics",
    "health": "/healthz",
}
ACTS: dict[str, Callable[[OpenedStation], object]] = {
    "ledger list": lambda desk: listings.ledger_rows(desk.station),
    "all asks": lambda desk: questions.rows(desk.station, None, "vi"),
    "reconcile": lambda desk: recovery.recover(desk.station),
    "derive": lambda desk: EntryDocumentService(desk.station)._changed_ledgers(),
    "next delivery": lambda desk: delivery_queue.next_due(desk.station, "stick"),
    "deliver": lambda desk: list(delivery_queue.run(desk.station, only_due=True, destination="stick")),
    "scan a sheet": lambda desk: desk.lay(LEDGER),
    "save an entry": lambda desk: entries.add(
        desk.station, Act(LEDGER, "thử"), "020", "900", PartialDate.parse("2021-01-15")
    ),
    "swap two numbers": lambda desk: entries.swap(desk.station, Act(LEDGER, "thử"), "002", "003", 2021),
    "change a page": lambda desk: pages.change(desk.station, LEDGER, "040", who="thử", state=PageState.BLANK),
    "answer": lambda desk: answers.keep(
        desk.station, [int(questions.rows(desk.station, LEDGER, "vi")[-1].id)], who="thử"
    ),
    "check a page": lambda desk: page_checks.judge(desk.station, Act(LEDGER, "thử"), "150", CheckVerdict.RIGHT),
    "next page to read": lambda desk: _next_unread(desk),
    "key a row": lambda desk: entry_rows.set_values(
        desk.station, Act(LEDGER, "thử"), "151", None, {"chongHoTen": "Nguyễn Văn Thử"}
    ),
    "accept a run": lambda desk: entry_runs.accept(desk.station, Act(LEDGER, "thử"), _answers(desk)),
    "undo": lambda desk: (
        pages.change(desk.station, LEDGER, "041", who="thử", number="39"),
        acts.take_back(desk.station, Act(LEDGER, "thử")),
    ),
    "close": lambda desk: ledgers.close(desk.station, LEDGER, who="thử", reason="thử"),
    "figures": lambda desk: metrics.text(desk.station, scanning=False),
    "report of a day": lambda desk: day_report.make(desk.station, Period.of("2026-01-15")),
}


def _next_unread(desk: OpenedStation) -> Unread | None:
    with desk.station.catalogue.reading() as session:
        return page_readings.next_unread(session)


def _answers(desk: OpenedStation) -> list[RunAnswer]:
    return [
        RunAnswer(row.label, row.image, row.number, row.date, ValueSource.READ)
        for row in entry_runs.next_run(desk.station, LEDGER)
    ]


#: Tables that may be read from end to end, because they stay small, and indexes that hold only what is open.
SMALL = {
    "ledger": "one row a book; lists of ledgers are lists of all",
    "place": "the settings'",
    "plan_target": "three rows a commune",
    "user": "the office's people",
    "tally": "one row a figure",
    "ix_capture_asks": "what is open",
    "ix_delivery_open": "what is open",
    "ix_reservation_open": "what is open",
    "ix_session_open": "what is open",
}
#: The end of the log, which is one row, though the plan does not say so.
LAST_LINE = re.compile(r"SELECT (event\.id, )?event\.hash FROM event ORDER BY event\.id DESC LIMIT \? OFFSET \?")
#: What else may be, and where.
READ_WHOLE = {
    ("all asks", "session"): "one row a feeder's load, each compared with a count in an index",
    **{(act, "event"): "the newest line alone, from the end of the table" for act in ACTS},
    ("deliveries", "package"): "the view tells how many packages there are",
    ("deliveries", "package_file"): "the newest ten packages, from the end of an index",
}


@contextmanager
def crowded(folder: Path, pages: int, focus: int) -> Iterator[OpenedStation]:
    """A station with a catalogue of that size."""
    with opened_station(folder) as desk:
        fill(desk.station.catalogue.path, pages=pages, focus=focus)
        yield desk


@contextmanager
def browser(desk: OpenedStation, compiled: FileSystemBytecodeCache) -> Iterator[Browser]:
    """A browser in which the technician is logged in."""
    users.add(desk.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
    app = create_app(Daemon(desk.station))
    app.jinja_env.bytecode_cache = compiled
    person = Browser(app.test_client(), desk)
    person.open("/login")
    person.send("/login", name=NAME, pin=PIN)
    yield person


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_feed, "HOLD_SECONDS", 0)


# What is read.


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is executed in the block, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _: object, many: bool) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            # Rows that are inserted together are one statement with all their values.
            several = many and parameters and isinstance(parameters[0], tuple | dict)
            seen.append((statement, parameters[0] if several else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def read_whole(desk: OpenedStation, seen: list[tuple[str, Any]]) -> set[tuple[str, str]]:
    """The tables that these statements read from end to end, each with the statement."""
    tables = set(desk.all(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    found = set()
    with desk.station.catalogue.reading() as session:
        for statement, parameters in seen:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for step in (row[3] for row in plan):
                match = re.match(r"SCAN (\w+?)(?:_\d+)?(?: USING (?:COVERING )?INDEX (\w+))?$", step)
                if match and match[1] in tables and not SMALL.keys() & {match[1], match[2]}:
                    found.add((match[1], " ".join(statement.split())))
    return {one for one in found if not LAST_LINE.fullmatch(one[1])}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenedStation]:
    with crowded(tmp_path_factory.mktemp("crowd"), 2000, 200) as desk:
        yield desk


@pytest.fixture(scope="module")
def visitor(crowd: OpenedStation, compiled: FileSystemBytecodeCache) -> Iterator[Browser]:
    with browser(crowd, compiled) as person:
        yield person


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_reads_a_whole_table(crowd: OpenedStation, visitor: Browser, view: str) -> None:
    with statements() as seen:
        visitor.open(VIEWS[view])
    assert seen
    assert {(table, text) for table, text in read_whole(crowd, seen) if (view, table) not in READ_WHOLE} == set()


#: How often a view may ask for what it asked before, such as the reading of one page beside those of its neighbours.
AGAIN = 3


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_asks_for_the_same_again(visitor: Browser, view: str) -> None:
    visitor.open(VIEWS[view])
    with statements() as seen:
        visitor.open(VIEWS[view])
    asked = [(statement, repr(parameters)) for statement, parameters in seen]
    assert len(asked) - len(set(asked)) <= AGAIN


@pytest.mark.parametrize("act", ACTS)
def test_no_act_reads_a_whole_table(crowd: OpenedStation, act: str) -> None:
    with statements() as seen:
        ACTS[act](crowd)
    assert seen
    assert {(table, text) for table, text in read_whole(crowd, seen) if (act, table) not in READ_WHOLE} == set()


@pytest.mark.parametrize("view", ["plan", "report", "report of today"])
def test_what_is_added_up_over_all_ledgers_is_not_counted_row_by_row(visitor: Browser, view: str) -> None:
    with statements() as seen:
        visitor.open(VIEWS[view])
    counted = re.compile(r"\(SELECT count\([^)]*\) AS \w+ FROM (page|entry)\b")
    assert [statement for statement, _ in seen if counted.search(" ".join(statement.split()))] == []


# What it costs.


@contextmanager
def work() -> Iterator[list[float]]:
    """What is done in the block, told when it ends: calls in Python, and steps of SQLite, of which 75 take as long.

    Unlike time, that is the same however busy the PC is.
    """
    done = [0.0]

    def stepped() -> int:
        done[0] += 100 / 75
        return 0

    def called(frame: FrameType, what: str, _argument: object) -> None:
        # What counts the steps is itself called, and is no part of the view.
        done[0] += what in ("call", "c_call") and frame.f_code is not stepped.__code__

    def watch(connection: Any, *_: object) -> None:
        connection.set_progress_handler(stepped, 100)

    event.listen(Pool, "checkout", watch)
    sys.setprofile(called)
    try:
        yield done
    finally:
        sys.setprofile(None)
        event.remove(Pool, "checkout", watch)


#: What a person does again and again; some of the other acts go through many pages.
KEYED = ("save an entry", "swap two numbers", "key a row", "change a page", "check a page")


def costs(folder: Path, compiled: FileSystemBytecodeCache, pages: int, focus: int) -> dict[str, float]:
    """What each view costs in such a catalogue, when it was seen before, and what a person does there."""
    told = {}
    with crowded(folder, pages, focus) as desk, browser(desk, compiled) as person:
        for view, address in VIEWS.items():
            person.open(address)
            with work() as done:
                person.open(address)
            told[view] = done[0]
        for act in KEYED:
            with work() as done:
                ACTS[act](desk)
            told[act] = done[0]
    return told


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory, compiled: FileSystemBytecodeCache) -> dict[str, float]:
    return costs(tmp_path_factory.mktemp("usual"), compiled, 2000, 200)


#: What a view may cost in a usual catalogue; fifty files with their marks cost the most.
MOST = 90_000


def test_no_view_costs_too_much(usual: dict[str, float]) -> None:
    assert {view: round(cost) for view, cost in usual.items() if cost > MOST} == {}


def dearer(usual: dict[str, float], large: dict[str, float]) -> dict[str, float]:
    return {name: round(cost / usual[name], 2) for name, cost in large.items() if cost > 1.5 * usual[name]}


def test_views_cost_the_same_in_a_large_catalogue(
    tmp_path: Path, compiled: FileSystemBytecodeCache, usual: dict[str, float]
) -> None:
    assert dearer(usual, costs(tmp_path, compiled, 20_000, 200)) == {}


def test_views_cost_the_same_in_a_large_ledger(
    tmp_path: Path, compiled: FileSystemBytecodeCache, usual: dict[str, float]
) -> None:
    assert dearer(usual, costs(tmp_path, compiled, 4800, 3000)) == {}
