"""What the journal gets: a priority in front of every line, and only where the journal listens."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

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


#: What a name from outside may hold: a forged record, a terminal's colour and cursor, text turned round, odd bytes.
HOSTILE = """
import logging
from station.system import journal_log
journal_log.set_up()
log = logging.getLogger("station.daemon")
name = "Lê Thị Ổn\\n<0>forged\\r\\x1b[2K\\x85\\u2028\\u202e\\udcff"
log.info("took %s", name)
try:
    raise ValueError(name)
except ValueError:
    log.exception("a mistake of ours")
"""


def said(*, to_the_journal: bool, stream: str | None = None, program: str = PROGRAM) -> list[str]:
    read, write = os.pipe()
    found = os.fstat(write)
    environment = dict(os.environ)
    environment.pop("JOURNAL_STREAM", None)
    if to_the_journal:
        environment["JOURNAL_STREAM"] = stream or f"{found.st_dev}:{found.st_ino}"
    subprocess.run([sys.executable, "-c", program], stderr=write, env=environment, timeout=PATIENCE, check=True)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as lines:
        return lines.read().splitlines()


def test_every_line_carries_its_priority_for_the_journal_also_those_of_a_traceback() -> None:
    lines = said(to_the_journal=True)
    assert lines[:2] == ["<6>station.daemon: began", r"<4>station.daemon: a page\nwith two lines"]
    assert lines[2] == "<3>station.daemon: a mistake of ours"
    assert len(lines) > 4
    assert all(line.startswith("<3>") for line in lines[2:])


def test_at_a_terminal_the_level_is_a_word() -> None:
    assert said(to_the_journal=False)[0] == "INFO station.daemon: began"


def test_variable_that_was_inherited_with_another_stream_is_not_believed() -> None:
    assert said(to_the_journal=True, stream="1:1")[0] == "INFO station.daemon: began"


@pytest.mark.parametrize("to_the_journal", [True, False], ids=["journal", "terminal"])
def test_what_came_from_outside_passes_for_no_other_record(to_the_journal: bool) -> None:
    lines = said(to_the_journal=to_the_journal, program=HOSTILE)
    info, error = ("<6>", "<3>") if to_the_journal else ("INFO ", "ERROR ")
    name = r"Lê Thị Ổn\n<0>forged\r\x1b[2K\x85\u2028\u202e\udcff"
    assert lines[:2] == [f"{info}station.daemon: took {name}", f"{error}station.daemon: a mistake of ours"]
    traceback = [line.removeprefix("<3>") for line in lines[2:]]
    assert traceback[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") and line.isprintable() for line in traceback)
