"""No child program outlives the process that started it, whatever it is at when that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from scanning import until

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


@pytest.mark.parametrize("program", ["drivers.sane.child", "station.imaging.worker"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_child_that_is_stopped_dies_with_its_parent(program: str, number: signal.Signals) -> None:
    """One that runs sees the end of its input; one that hangs in a driver, as one that is stopped, sees nothing."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    try:
        os.kill(child, signal.SIGSTOP)
        until(lambda: state(child) == "T")
        parent.send_signal(number)
        parent.communicate()
        until(lambda: state(child) in ("", "Z"))
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("program", ["drivers.sane.child", "station.imaging.worker"])
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
