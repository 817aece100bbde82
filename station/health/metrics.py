"""Figures for programs that watch over the station, in Prometheus' text form (exposition format 0.0.4)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import func, select

from station.catalogue.models import Event
from station.context import Station
from station.domain import prometheus_text
from station.domain.prometheus_text import Figure
from station.health import alerts, last_times
from station.ledger import tallies
from station.storage import disk_space

#: Each figure with its kind and what it means.
_TOLD = {
    "tramquet_info": ("gauge", "The version that runs."),
    "tramquet_free_bytes": ("gauge", "Room on the data folder's disk."),
    "tramquet_catalogue_bytes": ("gauge", "Size of the catalogue."),
    "tramquet_resident_bytes": ("gauge", "Memory of the daemon."),
    "tramquet_scanning": ("gauge", "1 while a session runs."),
    "tramquet_alert": ("gauge", "1 for each warning that people are shown."),
    "tramquet_ledgers": ("gauge", "Ledgers by state."),
    "tramquet_pages": ("gauge", "Pages by state."),
    "tramquet_deliveries": ("gauge", "Files to deliver, by state."),
    "tramquet_sessions": ("gauge", "Scan sessions by state."),
    "tramquet_captures_total": ("counter", "Images accepted."),
    "tramquet_captures_recovered_total": ("counter", "Images recovered after an interruption."),
    "tramquet_captured_bytes_total": ("counter", "Bytes of all images accepted."),
    "tramquet_receipted_bytes_total": ("counter", "Bytes that destinations confirmed."),
    "tramquet_undelivered_oldest_seconds": (
        "gauge",
        "Age of the oldest file without a receipt; 0 where there is none.",
    ),
    "tramquet_newest_event_seconds": ("gauge", "When something was last done (Unix time)."),
    "tramquet_backup_seconds": ("gauge", "When the last backup was made (Unix time); 0 where there is none."),
}


def text(station: Station, *, scanning: bool) -> str:
    """All figures in Prometheus' text form; none is about a single ledger or person."""
    return prometheus_text.text(_figures(station, scanning), _TOLD)


def _figures(station: Station, scanning: bool) -> Iterator[Figure]:
    yield Figure("tramquet_info", 1, {"version": version("tramquet"), "station": station.settings.station.id})
    yield Figure("tramquet_free_bytes", disk_space.free_bytes(station.folders.data))
    yield Figure("tramquet_catalogue_bytes", station.catalogue.path.stat().st_size)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    yield Figure("tramquet_resident_bytes", pages * os.sysconf("SC_PAGE_SIZE"))
    yield Figure("tramquet_scanning", scanning)
    for alert in alerts.current_alerts(station):
        yield Figure("tramquet_alert", 1, {"code": alert.code})
    yield from _counts(station)


def _counts(station: Station) -> Iterator[Figure]:
    with station.catalogue.reading() as session:
        tally = tallies.figures(session)
        for subject in ("ledgers", "pages", "deliveries", "sessions"):
            for state, count in sorted(tally.get(subject, {}).items()):
                yield Figure(f"tramquet_{subject}", count, {"state": state})
        captures, sizes = tally.get("captures", {}), tally.get("bytes", {})
        yield Figure("tramquet_captures_total", sum(captures.values()))
        yield Figure("tramquet_captures_recovered_total", captures.get("recovered", 0))
        yield Figure("tramquet_captured_bytes_total", sizes.get("captured", 0))
        yield Figure("tramquet_receipted_bytes_total", sizes.get("receipted", 0))
        yield Figure("tramquet_undelivered_oldest_seconds", _age(last_times.oldest_unsent(session)))
        newest = select(Event.at).where(Event.id == select(func.max(Event.id)).scalar_subquery())
        yield Figure("tramquet_newest_event_seconds", _unix(session.scalar(newest)))
        yield Figure("tramquet_backup_seconds", _unix(last_times.last_backup(session)))


def _age(since: datetime | None) -> int:
    return 0 if since is None else max(0, int((datetime.now(UTC) - since).total_seconds()))


def _unix(at: datetime | None) -> int:
    return 0 if at is None else int(at.timestamp())
