"""Log lines in the form of systemd's journal: each with its priority in front (sd-daemon(3)), one record to a line."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, TextIO

#: syslog(3)'s numbers.
_PRIORITY = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


def set_up() -> None:
    """Log to stderr: for people at a terminal with the level's name, for the journal with its number."""
    handler = logging.StreamHandler()
    plain = _OneLine("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(_ForJournal("%(name)s: %(message)s") if _is_journal(sys.stderr) else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class _OneLine(logging.Formatter):
    """A record is one line, and a traceback's lines are indented: what came from outside passes for no other record.

    Names of files, people and programs may hold line ends, and signs that move a terminal's cursor or hide text.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's name)
        return _readable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's name)
        return "\n".join(f"  {_readable(line)}" for line in super().formatException(ei).split("\n"))


class _ForJournal(_OneLine):
    """The journal takes each line for a record of its own, so a traceback's lines carry the priority too."""

    def format(self, record: logging.LogRecord) -> str:
        priority = _PRIORITY.get(record.levelno, 6)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).split("\n"))


def _readable(text: str) -> str:
    """The text with every sign that is not seen written as its escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def _is_journal(stream: TextIO) -> bool:
    """Whether ``stream`` is what JOURNAL_STREAM names: a child may have inherited the variable and not the stream."""
    status = os.fstat(stream.fileno())
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
