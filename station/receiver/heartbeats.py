"""Heartbeats of stations, one every few minutes: the newest one of each station, and a history of some weeks.

In a folder it lies in a file of its own beside the ledger of receipts, and is synced less strictly: a heartbeat that a
power cut loses is followed by the next one, and none of it may hold up a receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator
from sqlalchemy import text

from station.receiver import database

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
CREATE TABLE IF NOT EXISTS heartbeat ({id}, station TEXT NOT NULL, run TEXT NOT NULL, version TEXT NOT NULL,
  at TEXT NOT NULL, received_at TEXT NOT NULL, health TEXT NOT NULL, free_bytes BIGINT NOT NULL,
  total_bytes BIGINT NOT NULL, waiting BIGINT NOT NULL, stuck BIGINT NOT NULL, paused INTEGER NOT NULL,
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
    """The heartbeats in a folder or a PostgreSQL database; all that fails there is raised as ``DatabaseFailed``.

    Raises ``NotPlain`` where the folder's file is a link or the like, ``Refused`` where a database cannot be used.
    """

    def __init__(self, place: str) -> None:
        self._database = database.open_database(place, FILE, synchronous="NORMAL")
        self._database.make(_TABLES)

    def keep(self, heartbeat: Heartbeat, now: datetime | None = None) -> bool:
        """Keep it, under the time at which it came; False where there are too many stations already."""
        received = now or datetime.now(UTC)
        station = {"station": heartbeat.station}
        with self._database.in_turn() as table:
            query = "SELECT id, run, received_at FROM heartbeat WHERE station = :station ORDER BY id DESC LIMIT 1"
            before = table.execute(text(query), station).first()
            if before is None:
                stations = table.scalar(text("SELECT count(DISTINCT station) FROM heartbeat"))
                if int(stations or 0) >= MOST_STATIONS:
                    return False
            elif before.run == heartbeat.run and received - datetime.fromisoformat(before.received_at) < AT_MOST_EVERY:
                table.execute(text("DELETE FROM heartbeat WHERE id = :id"), {"id": before.id})
            names = ", ".join(f":{name}" for name in COLUMNS)
            statement = text(f"INSERT INTO heartbeat ({', '.join(COLUMNS)}) VALUES ({names})")
            table.execute(statement, _row(heartbeat, received))
            table.execute(
                text(
                    "DELETE FROM heartbeat WHERE station = :station AND id <="
                    " (SELECT id FROM heartbeat WHERE station = :station ORDER BY id DESC LIMIT 1 OFFSET :kept)"
                ),
                {**station, "kept": KEPT},
            )
        return True

    def refuse(self, station: str, owner: str, now: datetime | None = None) -> None:
        """Note that somebody spoke as ``station`` with the token of ``owner``."""
        at = _text(now or datetime.now(UTC))
        with self._database.transaction() as table:
            table.execute(
                text(
                    "INSERT INTO refusal VALUES (:station, :owner, 1, :at, :at) ON CONFLICT (station, owner)"
                    " DO UPDATE SET count = refusal.count + 1, last_at = excluded.last_at"
                ),
                {"station": station, "owner": owner, "at": at},
            )
            table.execute(
                text(
                    "DELETE FROM refusal WHERE (station, owner) IN"
                    " (SELECT station, owner FROM refusal ORDER BY last_at DESC LIMIT :all OFFSET :kept)"
                ),
                {"all": 2**31, "kept": KEPT_REFUSALS},
            )


class HeartbeatsRead:
    """The same for who only looks, such as the roll-up; nothing is made or written."""

    def __init__(self, place: str) -> None:
        self._database = database.reading(place, FILE)

    def exist(self) -> bool:
        """Whether there is where they are kept; a receiver of an older version kept none."""
        return self._database.has("heartbeat")

    def numbers(self) -> tuple[int, int]:
        """The lowest and the highest number there is; zeros where there is none."""
        query = "SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM heartbeat"
        with self._database.transaction() as table:
            lowest, highest = table.execute(text(query)).one()
        return lowest, highest

    def after(self, number: int) -> list[Sequence[Any]]:
        """Those with a higher number, in order: the number, then :data:`COLUMNS`."""
        query = f"SELECT id, {', '.join(COLUMNS)} FROM heartbeat WHERE id > :number ORDER BY id"
        with self._database.transaction() as table:
            return [tuple(row) for row in table.execute(text(query), {"number": number})]

    def refusals(self) -> list[Sequence[Any]]:
        """Who spoke under another one's name: that name, the token's owner, how often, first and last time."""
        with self._database.transaction() as table:
            return [tuple(row) for row in table.execute(text("SELECT * FROM refusal"))]


def _row(heartbeat: Heartbeat, received: datetime) -> dict[str, object]:
    return {
        "station": heartbeat.station,
        "run": heartbeat.run,
        "version": heartbeat.version,
        "at": _text(heartbeat.at),
        "received_at": _text(received),
        "health": ",".join(heartbeat.health),
        "free_bytes": heartbeat.free_bytes,
        "total_bytes": heartbeat.total_bytes,
        "waiting": heartbeat.waiting,
        "stuck": heartbeat.stuck,
        "paused": int(heartbeat.paused),
        "oldest_unsent": _text(heartbeat.oldest_unsent),
        "backup_at": _text(heartbeat.backup_at),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
