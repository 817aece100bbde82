"""What stations say of themselves every few minutes: the newest word of each, and its history for some weeks.

It lies in a file of its own beside the ledger of receipts, and is synced less strictly: a heartbeat that a power cut
loses is followed by the next one, and none of it may hold up a receipt.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from station.receiver import sqlite_file

FILE = "heartbeats.sqlite3"
#: So many are kept of each station: three weeks of one every quarter of an hour.
KEPT = 2000
#: More stations than any country has communes are somebody's invention.
MOST_STATIONS = 20_000
#: One that follows the same program's last one sooner than this takes its place.
AT_MOST_EVERY = timedelta(seconds=55)
#: So many different refusals are kept.
KEPT_REFUSALS = 1000

_SIZE = Field(ge=0, le=2**60)
_COUNT = Field(ge=0, le=2**31)
_TABLES = """
CREATE TABLE IF NOT EXISTS heartbeat (id INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT NOT NULL, run TEXT NOT NULL,
  version TEXT NOT NULL, at TEXT NOT NULL, received_at TEXT NOT NULL, health TEXT NOT NULL, free_bytes INTEGER NOT NULL,
  total_bytes INTEGER NOT NULL, waiting INTEGER NOT NULL, stuck INTEGER NOT NULL, paused INTEGER NOT NULL,
  oldest_unsent TEXT, backup_at TEXT);
CREATE INDEX IF NOT EXISTS heartbeat_of_station ON heartbeat (station, id);
CREATE TABLE IF NOT EXISTS refusal (station TEXT NOT NULL, owner TEXT NOT NULL, count INTEGER NOT NULL,
  first_at TEXT NOT NULL, last_at TEXT NOT NULL, PRIMARY KEY (station, owner));
"""
COLUMNS = (
    *("station", "run", "version", "at", "received_at", "health", "free_bytes", "total_bytes", "waiting", "stuck"),
    *("paused", "oldest_unsent", "backup_at"),
)


class Heartbeat(BaseModel):
    """What one station says. What a newer one says beside it is left out, and nothing in it names a person.

    ``run`` is another one each time its daemon starts: where two runs take turns, two machines bear one id. ``health``
    are codes of what is wrong; ``waiting`` and ``stuck`` count files without a receipt; sizes are bytes.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int = Field(ge=1, le=1_000_000)
    station: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    run: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
    version: Annotated[str, StringConstraints(pattern=r"^[\w.+!-]{1,40}$")]
    at: AwareDatetime
    health: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")], ...] = Field((), max_length=20)
    free_bytes: int = _SIZE
    total_bytes: int = _SIZE
    waiting: int = _COUNT
    stuck: int = _COUNT
    paused: bool = False
    oldest_unsent: AwareDatetime | None = None
    backup_at: AwareDatetime | None = None

    @field_validator("at", "oldest_unsent", "backup_at")
    @classmethod
    def _within_reach(cls, moment: datetime | None) -> datetime | None:
        """A wrong clock says 1970 or 2061; what no clock says cannot be reckoned with."""
        if moment is not None and not 1970 <= moment.year < 2200:
            raise ValueError("no clock says that")
        return moment


class Heartbeats:
    """The heartbeats in the store's ``folder``. Raises ``NotPlain`` where their file is a link or the like."""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite_file.connect(folder, FILE, synchronous="NORMAL")
        self._connection.executescript(_TABLES)

    def keep(self, heartbeat: Heartbeat, now: datetime | None = None) -> bool:
        """Keep it, under the time at which it came; False where there are too many stations already."""
        received = now or datetime.now(UTC)
        with self._writing() as table:
            before = table.execute(
                "SELECT id, run, received_at FROM heartbeat WHERE station = ? ORDER BY id DESC LIMIT 1",
                (heartbeat.station,),
            ).fetchone()
            if before is None:
                (stations,) = table.execute("SELECT count(DISTINCT station) FROM heartbeat").fetchone()
                if stations >= MOST_STATIONS:
                    return False
            elif before[1] == heartbeat.run and received - datetime.fromisoformat(before[2]) < AT_MOST_EVERY:
                table.execute("DELETE FROM heartbeat WHERE id = ?", (before[0],))
            places = ", ".join("?" * len(COLUMNS))
            table.execute(
                f"INSERT INTO heartbeat ({', '.join(COLUMNS)}) VALUES ({places})",
                (
                    heartbeat.station,
                    heartbeat.run,
                    heartbeat.version,
                    _text(heartbeat.at),
                    _text(received),
                    ",".join(heartbeat.health),
                    heartbeat.free_bytes,
                    heartbeat.total_bytes,
                    heartbeat.waiting,
                    heartbeat.stuck,
                    int(heartbeat.paused),
                    _text(heartbeat.oldest_unsent),
                    _text(heartbeat.backup_at),
                ),
            )
            table.execute(
                "DELETE FROM heartbeat WHERE station = ? AND id <="
                " (SELECT id FROM heartbeat WHERE station = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (heartbeat.station, heartbeat.station, KEPT),
            )
        return True

    def refuse(self, station: str, owner: str, now: datetime | None = None) -> None:
        """Note that somebody spoke as ``station`` with the token of ``owner``."""
        at = _text(now or datetime.now(UTC))
        with self._writing() as table:
            table.execute(
                "INSERT INTO refusal VALUES (?, ?, 1, ?, ?) ON CONFLICT (station, owner)"
                " DO UPDATE SET count = count + 1, last_at = excluded.last_at",
                (station, owner, at, at),
            )
            table.execute(
                "DELETE FROM refusal WHERE rowid IN"
                " (SELECT rowid FROM refusal ORDER BY last_at DESC LIMIT -1 OFFSET ?)",
                (KEPT_REFUSALS,),
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection as table:
            yield table


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
