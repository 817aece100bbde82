"""What the journal gets: a priority in front of every line, and only where the journal listens."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.waiting import PATIENCE

PROGRAM = """
import logging
from station.system import journal_log
journal_log.set_up()
log = logging.getLogger("station.daemon")
log.info("began")
log.warning("a page\\nwith two lines")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("a mistake of ours")
"""


def said(*, to_the_journal: bool, stream: str | None = None) -> list[str]:
    read, write = os.pipe()
    found = os.fstat(write)
    environment = dict(os.environ)
    environment.pop("JOURNAL_STREAM", None)
    if to_the_journal:
        environment["JOURNAL_STREAM"] = stream or f"{found.st_dev}:{found.st_ino}"
    subprocess.run([sys.executable, "-c", PROGRAM], stderr=write, env=environment, timeout=PATIENCE, check=True)
    os.close(write)
    with os.fdopen(read) as lines:
        return lines.read().splitlines()


def test_every_line_carries_its_priority_for_the_journal_also_those_of_a_traceback() -> None:
    lines = said(to_the_journal=True)
    assert lines[:3] == ["<6>station.daemon: began", "<4>station.daemon: a page", "<4>with two lines"]
    assert lines[3] == "<3>station.daemon: a mistake of ours"
    assert len(lines) > 5
    assert all(line.startswith("<3>") for line in lines[3:])


def test_at_a_terminal_the_level_is_a_word() -> None:
    assert said(to_the_journal=False)[0] == "INFO station.daemon: began"


def test_variable_that_was_inherited_with_another_stream_is_not_believed() -> None:
    assert said(to_the_journal=True, stream="1:1")[0] == "INFO station.daemon: began"
