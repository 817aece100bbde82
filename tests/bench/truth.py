"""What must be true of a station whatever was done to it: the simple model that faults are held against.

Every capture that was ever seen in the catalogue stays as it was, in its place in the order of acceptance. No sheet of
the feeder becomes two captures. Labels, file names and sheets follow the order of acceptance. And nothing lies in the
data folder that the catalogue does not explain.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

#: Sheets in the feeder of SANE's test backend.
FEEDER = 10

_ROWS = """
SELECT c.session_id, c.scanner, l.type || '.' || l.year || '.' || l.book, c.label, c.revision, c.file, c.sha256,
       c.token, s.purpose, s.anchor
FROM capture c JOIN ledger l ON l.id = c.ledger_id JOIN session s ON s.id = c.session_id ORDER BY c.counter
"""


class Row(NamedTuple):
    """One accepted capture, and what its session was asked for. ``token`` names the sheet of a simulated feeder."""

    session: int
    scanner: str
    ledger: str
    label: str
    revision: int
    file: str
    sha256: str
    token: str | None
    purpose: str
    anchor: str | None


class Session(NamedTuple):
    """How a session went: ``fed`` sheets were drawn in, ``error`` is why it ended early, if it did."""

    id: int
    state: str
    error: str | None
    fed: int | None


@dataclass
class Truth:
    """The model. What contradicts it is kept as sentences, by what it is."""

    data: Path
    sheets: Path
    rows: list[Row] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    _opened: int = 0

    @property
    def broken(self) -> list[str]:
        """All contradictions."""
        return [*self.lost, *self.doubled, *self.misnamed, *self.unexplained]

    def sessions(self, after: int = 0) -> list[Session]:
        """The sessions with a higher id, in their order."""
        query = "SELECT id, state, error, fed FROM session WHERE id > ? ORDER BY id"
        return [Session(*row) for row in self._read(query, after)]

    def labels(self, ledger: str) -> list[str]:
        """The labels that a ledger has, in the order in which they were given."""
        return list(dict.fromkeys(row.label for row in self.rows if row.ledger == ledger))

    def look(self) -> None:
        """Hold the catalogue against what was seen before, and what is new against the rules."""
        rows = [Row(*row) for row in self._read(_ROWS)]
        if rows[: len(self.rows)] != self.rows:
            known_rows = set(rows)
            self.lost += [f"{row} is gone or changed" for row in self.rows if row not in known_rows] or [
                "the order changed"
            ]
        for place in range(len(self.rows), len(rows)):
            self._name(rows[place], rows[:place])
            self._sheet(rows[place], rows[:place])
        self.rows = rows

    def told(self, label: str, ledgers: set[str]) -> None:
        """Note that the station said of a label in one of these ledgers that it is committed."""
        if not any(row.label == label and row.ledger in ledgers for row in self.rows):
            self.lost.append(f"{label} was told as committed and is not there")

    def open_files(self) -> None:
        """Decode every file that was not decoded before: it is the sheet that its row names, byte for byte."""
        for row in self.rows[self._opened :]:
            file = self.data / row.file
            if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != row.sha256:
                self.lost.append(f"{row.file} is not the file that was accepted")
            elif row.token and _pixels(file) != _pixels(self.sheets / row.token.partition(":")[0]):
                self.misnamed.append(f"{row.file} is not the sheet {row.token}")
        self._opened = len(self.rows)

    def left_over(self) -> None:
        """Note what lies in the spool though no session runs and all that was left has been mended."""
        for folder in ("sessions", "refused"):
            leftovers = (self.data / "spool" / folder).rglob("*")
            self.unexplained += [f"{path.relative_to(self.data)} was left over" for path in leftovers]

    def _name(self, row: Row, before: list[Row]) -> None:
        """Labels go up in the order of acceptance, and the file has the name that its ledger and label give it."""
        revision = f".r{row.revision}" if row.revision > 1 else ""
        name, folder = f"{row.ledger}.{row.label}{revision}.tif", row.ledger.replace(".", "/", 1).partition(".")[0]
        if row.file != f"ledgers/19429/{folder}/{row.ledger}/pages/{name}":
            self.misnamed.append(f"{row.file} is {row.ledger}.{row.label}")
        earlier = [other for other in before if other.ledger == row.ledger]
        if row.purpose == "retake":
            last = max(other.revision for other in earlier if other.label == row.anchor)
            expected = (row.anchor, last + 1)
        elif row.purpose == "insert":
            inserted = {other.label for other in earlier if re.fullmatch(f"{row.anchor}[a-z]", other.label)}
            expected = (f"{row.anchor}{chr(ord('a') + len(inserted))}", 1)
        else:
            expected = (f"{len({other.label for other in earlier if other.label.isdecimal()}) + 1:03d}", 1)
        if (row.label, row.revision) != expected:
            self.misnamed.append(f"{row.ledger}.{row.label} of {row.purpose} should be {expected}")

    def _sheet(self, row: Row, before: list[Row]) -> None:
        """A sheet with a token comes once, in the feeder's order; of the others no more than were drawn in."""
        if row.token is None:
            same = [other for other in before if other.session == row.session]
            if len(same) >= FEEDER:
                self.doubled.append(f"{row.file} is one more than were in the feeder")
            return
        tokens = [other.token for other in before if other.scanner == row.scanner and other.token]
        if row.token in tokens:
            self.doubled.append(f"{row.file} shows the sheet {row.token} once more")
        elif tokens and row.token < tokens[-1]:
            self.misnamed.append(f"{row.file} shows {row.token} behind {tokens[-1]}")

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.data}/catalogue.sqlite3?mode=ro", uri=True, timeout=30)) as catalogue:
            return catalogue.execute(query, values).fetchall()


def _pixels(file: Path) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(file) as image:
        return image.mode, image.size, image.tobytes()
