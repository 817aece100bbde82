"""One line of doctor's report: its subject, its verdict, its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from station.messages import Message


class Verdict(StrEnum):
    """The result of one check: ok, warning or failure."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Line:
    """One thing looked at; ``said`` is what was found and, unless ok, what to do."""

    subject: str
    verdict: Verdict
    said: str


#: A line that is not yet in words: its subject, verdict and sentence.
CodedLine = tuple[str, Verdict, Message]


def ok(subject: str, code: str, **facts: object) -> CodedLine:
    """All is well."""
    return subject, Verdict.OK, Message(code, facts)


def warning(subject: str, code: str, **facts: object) -> CodedLine:
    """Work goes on, and somebody should do something."""
    return subject, Verdict.WARNING, Message(code, facts)


def failure(subject: str, code: str, **facts: object) -> CodedLine:
    """Something that the station needs does not work."""
    return subject, Verdict.FAILURE, Message(code, facts)
