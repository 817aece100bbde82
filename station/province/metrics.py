"""Figures of the province for Prometheus: progress, stations, and how much is doubtful; nothing of people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from station.domain import prometheus_text
from station.domain.prometheus_text import Figure
from station.province import overview
from station.province.rollup import Row, Tables

#: Each figure with its kind and what it means.
MEANINGS = {
    "tramquet_province_entries": ("gauge", "Entries of the province, by measure."),
    "tramquet_province_communes": ("gauge", "Communes by class of progress."),
    "tramquet_province_stations": ("gauge", "Stations that are known."),
    "tramquet_province_silent_stations": ("gauge", "Stations that were not heard for the settings' hours."),
    "tramquet_province_doubts": ("gauge", "What does not fit together, by kind."),
    "tramquet_commune_entries_done": ("gauge", "Entries done, by commune."),
    "tramquet_commune_entries_total": ("gauge", "Entries to be done, by commune."),
    "tramquet_station_info": ("gauge", "The version that a station runs."),
    "tramquet_station_last_word_seconds": ("gauge", "When a station was heard last (Unix time)."),
    "tramquet_station_free_bytes": ("gauge", "Room on a station's disk."),
    "tramquet_station_waiting_files": ("gauge", "Files of a station without a receipt."),
    "tramquet_station_stuck_files": ("gauge", "Files of a station that need a person."),
    "tramquet_station_oldest_unsent_seconds": ("gauge", "Since when the oldest of them waits (Unix time)."),
    "tramquet_station_backup_seconds": ("gauge", "When a station's last backup was made (Unix time)."),
    "tramquet_station_clock_offset_seconds": ("gauge", "How far a station's clock is ahead of ours."),
    "tramquet_station_alert": ("gauge", "1 for each thing that a station says is wrong."),
}
#: Labels are for programs, in one language.
_LANGUAGE = "en"
_BY_STATION = {
    "tramquet_station_last_word_seconds": "last_word",
    "tramquet_station_free_bytes": "free_bytes",
    "tramquet_station_waiting_files": "waiting",
    "tramquet_station_stuck_files": "stuck",
    "tramquet_station_oldest_unsent_seconds": "oldest_unsent",
    "tramquet_station_backup_seconds": "backup_at",
}


def text(tables: Tables) -> str:
    """Everything, ready to be sent."""
    return prometheus_text.text(_figures(tables), MEANINGS)


def _figures(tables: Tables) -> Iterator[Figure]:
    province, stations = overview.of_province(tables), tables.rows("stations")
    for measure in ("arrived", "named", "attached", "done", "total"):
        yield Figure("tramquet_province_entries", int(province.totals[measure]), {"measure": measure})
    for grade, count in province.classes:
        yield Figure("tramquet_province_communes", count, {"class": grade.sentence(_LANGUAGE) if grade else "none"})
    yield Figure("tramquet_province_stations", province.stations)
    yield Figure("tramquet_province_silent_stations", province.silent)
    doubts = overview.doubts(tables)
    for kind in overview.DOUBTS:
        yield Figure("tramquet_province_doubts", len(doubts.get(kind, ())), {"kind": kind})
    for name, column in (("tramquet_commune_entries_done", "done"), ("tramquet_commune_entries_total", "total")):
        for one in province.communes:
            yield Figure(name, int(one.row[column]), {"place": str(one.row["place"])})
    yield from _of_stations(stations)


def _of_stations(stations: list[Row]) -> Iterator[Figure]:
    known_stations = [row for row in stations if row["version"] is not None]
    for row in known_stations:
        yield Figure("tramquet_station_info", 1, {"station": row["station"], "version": row["version"]})
    for name, column in _BY_STATION.items():
        for row in stations:
            if row[column] is not None:
                yield Figure(name, _number(row[column]), {"station": row["station"]})
    for row in known_stations:
        offset = (row["said_at"] - row["heard_at"]).total_seconds()
        yield Figure("tramquet_station_clock_offset_seconds", offset, {"station": row["station"]})
    for row in known_stations:
        for code in filter(None, row["health"].split(",")):
            yield Figure("tramquet_station_alert", 1, {"station": row["station"], "code": code})


def _number(value: datetime | int) -> float:
    return value.replace(tzinfo=UTC).timestamp() if isinstance(value, datetime) else value
