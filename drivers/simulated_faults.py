"""The faults of a simulated scanner: ``"3:jammed"`` means that the third image of the folder jams once.

What struck is remembered in a file, so the next try works, in this process or in another.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class BadFault(ValueError):
    """A fault in the settings that nobody can understand; the text says what would do."""


class FaultKind(StrEnum):
    """What can go wrong with one sheet."""

    JAMMED = "jammed"
    COVER_OPEN = "cover-open"
    NO_DOCUMENTS = "no-documents"
    IO_ERROR = "io-error"
    EOF = "eof"
    TRUNCATED = "truncated"
    ACCESS_DENIED = "access-denied"
    NO_MEMORY = "no-memory"


#: Options of SANE's pnm backend (sane-pnm, pnm.c); a truncated image needs none, its file is cut.
PNM_OPTIONS = {
    FaultKind.JAMMED: "status-jammed",
    FaultKind.COVER_OPEN: "status-coveropen",
    FaultKind.NO_DOCUMENTS: "status-nodocs",
    FaultKind.IO_ERROR: "status-ioerror",
    FaultKind.EOF: "status-eof",
    FaultKind.ACCESS_DENIED: "status-accessdenied",
    FaultKind.NO_MEMORY: "status-nomem",
}

#: Values of ``read-return-value`` of SANE's test backend (sane-test(5)).
TEST_VALUES = {
    FaultKind.JAMMED: "SANE_STATUS_JAMMED",
    FaultKind.COVER_OPEN: "SANE_STATUS_COVER_OPEN",
    FaultKind.NO_DOCUMENTS: "SANE_STATUS_NO_DOCS",
    FaultKind.IO_ERROR: "SANE_STATUS_IO_ERROR",
    FaultKind.EOF: "SANE_STATUS_EOF",
    FaultKind.TRUNCATED: "SANE_STATUS_EOF",
    FaultKind.ACCESS_DENIED: "SANE_STATUS_ACCESS_DENIED",
    FaultKind.NO_MEMORY: "SANE_STATUS_NO_MEM",
}

_SYNONYMS = {
    "jam": FaultKind.JAMMED,
    "paper-jam": FaultKind.JAMMED,
    "cover": FaultKind.COVER_OPEN,
    "coveropen": FaultKind.COVER_OPEN,
    "no-docs": FaultKind.NO_DOCUMENTS,
    "nodocs": FaultKind.NO_DOCUMENTS,
    "empty": FaultKind.NO_DOCUMENTS,
    "io": FaultKind.IO_ERROR,
    "ioerror": FaultKind.IO_ERROR,
    "early-end": FaultKind.EOF,
    "cut": FaultKind.TRUNCATED,
    "accessdenied": FaultKind.ACCESS_DENIED,
    "denied": FaultKind.ACCESS_DENIED,
    "no-mem": FaultKind.NO_MEMORY,
    "nomem": FaultKind.NO_MEMORY,
    "out-of-memory": FaultKind.NO_MEMORY,
}


@dataclass(frozen=True)
class Fault:
    """One fault: ``position`` counts the images of the folder (or the sheets of a batch) from 1."""

    position: int
    kind: FaultKind

    def __str__(self) -> str:
        return f"{self.position}:{self.kind}"


def parse_fault(text: str) -> Fault:
    """The fault that ``text`` (``POSITION:NAME``) means.

    :raises BadFault: the position is no number from 1, or the name is unknown.
    """
    position, _, name = text.strip().partition(":")
    name = name.strip().lower().replace("_", "-")
    kinds = {kind.value: kind for kind in FaultKind} | _SYNONYMS
    if not (position.strip().isdecimal() and int(position) > 0 and name in kinds):
        raise BadFault(f"{text!r} is no fault: write POSITION:NAME with one of {', '.join(FaultKind)}")
    return Fault(int(position), kinds[name])


class Memory:
    """Which of the ``faults`` struck already, kept in ``file``."""

    def __init__(self, faults: Sequence[Fault], file: Path) -> None:
        self._faults = faults
        self._file = file

    def fault_at(self, position: int) -> Fault | None:
        """The next fault of the image at ``position`` (from 1), None where there is none left."""
        remaining = Counter(map(str, self._faults)) - Counter(self._struck())
        return next((fault for fault in self._faults if fault.position == position and remaining[str(fault)]), None)

    def strike(self, fault: Fault) -> None:
        """Remember that ``fault`` struck; called before it does, so that a crash does not make it strike twice."""
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps([*self._struck(), str(fault)]), encoding="ascii")
        new.rename(self._file)

    def _struck(self) -> list[str]:
        if not self._file.exists():
            return []
        struck: list[str] = json.loads(self._file.read_text(encoding="ascii"))
        return struck
