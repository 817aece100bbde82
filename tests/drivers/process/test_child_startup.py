"""No child program outlives the process that started it, whatever it is at when that dies."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from drivers.process.child_process import NotReady, Process
from station.imaging import worker
from tests.waiting import eventually

PROGRAMS = pytest.mark.parametrize("program", ["drivers.sane.child", "station.imaging.worker"])

#: A parent that starts a child, waits for its first event and tells its process id.
PARENT = """
import sys, time
from drivers.process.child_process import Process
child = Process(sys.argv[1], {})
assert child.next(60)["event"] == "ready"
print(child._process.pid, flush=True)
time.sleep(600)
"""


def state(pid: int) -> str:
    """The letter of a process' state (proc(5)); empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return ""


@PROGRAMS
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_child_that_is_stopped_dies_with_its_parent(program: str, number: signal.Signals) -> None:
    """One that runs sees the end of its input; one that hangs in a driver, as one that is stopped, sees nothing."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    try:
        os.kill(child, signal.SIGSTOP)
        eventually(lambda: state(child) == "T")
        parent.send_signal(number)
        parent.communicate()
        eventually(lambda: state(child) in ("", "Z"))
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


@PROGRAMS
def test_child_whose_parent_is_gone_before_it_begins_ends_at_once(program: str) -> None:
    """The death signal would come for the parent that it has by then: whoever took in the orphan."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    done = subprocess.run(
        [sys.executable, "-m", program, "--parent", str(gone.pid)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", "the parent is gone")


@contextmanager
def running(program: str) -> Iterator[int]:
    """A child that is ready, by its process id."""
    child = Process(program, {})
    try:
        event = child.next(60)
        assert event is not None
        assert event["event"] == "ready"
        assert child._process
        yield child._process.pid
    finally:
        child.close(10)


@PROGRAMS
def test_what_a_child_makes_is_for_its_user_alone(program: str) -> None:
    """A technician starts it by hand, with any umask."""
    before = os.umask(0o000)
    try:
        with running(program) as pid:
            status = Path(f"/proc/{pid}/status").read_text()
    finally:
        os.umask(before)
    assert "Umask:\t0077" in status


@PROGRAMS
def test_child_leads_a_group_of_its_own(program: str) -> None:
    """So that readers which a backend forked end with it, and nobody else."""
    with running(program) as pid:
        assert (os.getpgid(pid), os.getsid(pid)) == (pid, pid)


def test_worker_is_niced_and_its_memory_limited() -> None:
    with running("station.imaging.worker") as pid:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(own + 10, 19) > own
        assert resource.prlimit(pid, resource.RLIMIT_DATA) == (worker.MEMORY, worker.MEMORY)


def test_end_of_a_child_is_told_to_whoever_asks_again() -> None:
    """Who waits for an answer after it, without a deadline of seconds, would wait for nothing."""
    child = Process("drivers.no_such_program", {})
    for _ in range(3):
        assert child.next(60) == {"event": "ended", "detail": "exit status 1"}


def test_child_that_does_not_become_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotReady, match="exit status 1"):
        Process("drivers.no_such_program", {}).wait_until_ready(60)
    silent = Process("drivers.sane.child", {})
    silent._signal(signal.SIGSTOP)
    with pytest.raises(NotReady, match="no sign of life"):
        silent.wait_until_ready(0.2)
    last = silent.next(60)
    assert last is not None
    assert last["event"] == "ended"
