"""A province's store as its receiver leaves it, filled with what invented stations sent."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from station.province import settings
from station.province.rollup import Rollup
from station.receiver.heartbeats import Heartbeat, Heartbeats
from station.receiver.receipts import LEDGER, Receipts

#: A Monday evening in Vietnam.
NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
STATION, OTHER = "qt-thu-01", "qt-thu-02"
HERE, BESIDE = "19429", "19430"
COMMUNES = {HERE: "Xã Thử Nghiệm", BESIDE: "Xã Bên Cạnh"}


def manifest(
    station: str = STATION, place: str = HERE, ledger: str = "KH.2007.01", revision: int = 1, **more: Any
) -> dict[str, Any]:
    """A manifest of three entries as the station writes one; ``numbers`` are those of its entries."""
    numbers: Sequence[str] = more.pop("numbers", ("1", "2", "3"))
    expected = more.pop("expected", len(numbers))
    kind, year, _ = ledger.split(".")
    archive = hashlib.sha256(f"{station} {place} {ledger} {revision} {more}".encode()).hexdigest()
    told = {
        "format": 1,
        "kind": "entries",
        "station": station,
        "place": {"code": place, "commune": COMMUNES.get(place, place), "district": "Huyện Ví Dụ", "province": "Mẫu"},
        "ledger": {"name": ledger, "type": kind, "pages_expected": 3, "entries_expected": expected},
        "partial": False,
        "totals": "met" if expected == len(numbers) else "differ",
        "gaps": [],
        "pages": [{"seq": number} for number in numbers],
        "entries": [
            {"number": number, "year": int(year), "date": f"{year}-01-{index % 28 + 1:02d}", "name": "x.pdf"}
            for index, number in enumerate(numbers)
        ],
        "revision": revision,
        "software": "tramquet 0.2.0",
        "files": [{"name": f"{ledger}.zip", "bytes": 3, "sha256": archive}],
        # What must not come into the roll-up: people's names.
        "rows": {"keyed": [{"values": {"chongHoTen": "Nguyễn Văn Thử"}}]},
    }
    return told | more


def report(
    station: str = STATION, day: date = TODAY, revision: int = 1, places: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, Any]:
    """A day's report; ``places`` gives of each commune named (that day), total, and so on."""
    return {
        "day": day.isoformat(),
        "station": station,
        "revision": revision,
        "made_at": datetime.combine(day, datetime.min.time(), UTC).isoformat(),
        "places": [
            {
                "place": place,
                "ledgers": {"closed": 0},
                "pages": {"scanned": told.get("scanned", 0), "a4_equivalents": 1.5},
                "entries": {
                    "named": told.get("today", 0),
                    "attached": 0,
                    "now": {key: told.get(key, 0) for key in ("total", "named", "delivered", "attached")}
                    | {"ledgers_without_total": told.get("unstated", 0)},
                },
                "persons": [{"person": "Nguyễn Văn Thử"}],
            }
            for place, told in (places or {HERE: {}}).items()
        ],
    }


@dataclass
class Received:
    """The receiver's folder ``store``, and beside it the roll-up's."""

    folder: Path

    def __post_init__(self) -> None:
        self.store.mkdir(parents=True, exist_ok=True)
        Receipts(str(self.store))
        self.heartbeats = Heartbeats(str(self.store))

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def take(self, told: Any, filename: str, station: str = STATION, at: datetime = NOW) -> str:
        """Have something in the store; gives its hash."""
        content = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        sha256 = hashlib.sha256(content).hexdigest()
        file = self.store / sha256[:2] / sha256
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        self.receipt(sha256, len(content), filename, station, at)
        return sha256

    def receipt(self, sha256: str, size: int, filename: str, station: str, at: datetime) -> None:
        row = (sha256, size, "p", station, filename, at.isoformat(timespec="seconds"), f"{sha256[:2]}/{sha256}")
        with contextlib.closing(sqlite3.connect(self.store / LEDGER)) as ledger, ledger:
            ledger.execute("INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def package(self, told: dict[str, Any], at: datetime = NOW) -> str:
        """Have a manifest in the store, and its archive; gives the manifest's hash."""
        for file in told["files"]:
            self.receipt(file["sha256"], file["bytes"], file["name"], told["station"], at)
        return self.take(told, "manifest.json", told["station"], at)

    def day(self, told: dict[str, Any], at: datetime | None = None) -> str:
        """Have a day's report in the store; it came on the evening of its day."""
        evening = at or datetime.fromisoformat(told["day"]).replace(hour=11, tzinfo=UTC)
        name = f"bao-cao_{told['station']}_{told['day']}_r{told['revision']}.json"
        return self.take(told, name, told["station"], evening)

    def heard(self, station: str = STATION, run: str = "a" * 16, ago: float = 0.0, **more: Any) -> None:
        """Have a heartbeat that came so many hours ago."""
        at = more.pop("received_at", NOW) - timedelta(hours=ago)
        told = {"format": 1, "station": station, "run": run, "version": "0.2.0", "at": at, "free_bytes": 5 * 10**10}
        told |= {"total_bytes": 10**11, "waiting": 0, "stuck": 0}
        self.heartbeats.keep(Heartbeat.model_validate(told | more), at)

    def settings(self, communes: str | None = None, **more: Any) -> Path:
        """The province's settings file; ``communes`` is the text of its list."""
        lines = {"name": "Tỉnh Mẫu", "store": "store", "data": "rollup", **more}
        if communes is not None:
            (self.folder / "communes.csv").write_text(communes, encoding="utf-8")
            lines["communes"] = "communes.csv"
        file = self.folder / "province.toml"
        text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items())
        file.write_text(f"[province]\n{text}", encoding="utf-8")
        return file

    def rollup(self, communes: str | None = None, **more: Any) -> Rollup:
        return Rollup(settings.load(self.settings(communes, **more)))


def plain(rows: list[dict[str, Any]]) -> list[list[str]]:
    """The rows as text, in one order: engines sort what is missing first or last, and sum to numbers of other kinds."""
    return sorted([str(value) for value in row.values()] for row in rows)
