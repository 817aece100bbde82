"""Log lines as systemd's journal wants them: each with its priority in front (sd-daemon(3)), one record to a line."""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

#: syslog(3)'s numbers.
_PRIORITY = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


def set_up() -> None:
    """Log to stderr: for people at a terminal with the level's name, for the journal with its number."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(_ForJournal("%(name)s: %(message)s") if _is_journal(sys.stderr) else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class _ForJournal(logging.Formatter):
    """The journal takes each line for a record of its own, so a traceback's lines carry the priority too."""

    def format(self, record: logging.LogRecord) -> str:
        priority = _PRIORITY.get(record.levelno, 6)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


def _is_journal(stream: TextIO) -> bool:
    """Whether ``stream`` is what JOURNAL_STREAM names: a child may have inherited the variable and not the stream."""
    found = os.fstat(stream.fileno())
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
