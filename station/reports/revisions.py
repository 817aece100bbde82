"""The revisions of each day's report that leave the station: one a day, and one more where the day's figures changed.

A report is due at the hour of the settings. Days on which the station did not run are reported when it runs again; what
was done after the hour, or put right later, is in another revision, which goes out with the next day's report.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from station.catalogue import event_log
from station.catalogue.models import ReportRevision
from station.context import Station
from station.domain.states import DeliveryState
from station.reports import day_report
from station.reports.days import Period
from station.reports.json_report import facts
from station.storage import durable
from station.system import clock

#: So many days back a report is looked at again for changes.
CORRECTION_DAYS = 14
#: No more days than this are reported at once: a clock that leaps makes no thousand reports.
MOST_DAYS = 60

#: What tells how things stand now, and not what was done that day.
_STANDING = frozenset({"states", "now", "plan", "findings_open"})


def destination(station: Station) -> str | None:
    """Where reports go: as the settings say, else to the first destination; None where they are not sent."""
    table = station.settings.report
    if table.hour is None or not station.settings.destinations:
        return None
    return table.destination or station.settings.destinations[0].id


def make_due(station: Station, now: datetime | None = None) -> list[str]:
    """Make each report that is due at ``now`` (local); gives their file names. None while the clock is not right."""
    where, hour = destination(station), station.settings.report.hour
    if where is None or hour is None or clock.trouble(station) is not None:
        return []
    local = (now or datetime.now()).astimezone()
    last = local.date() if local.hour >= hour else local.date() - timedelta(days=1)
    with station.catalogue.reading() as session:
        known = set(session.scalars(select(ReportRevision.day)))
    return [name for day in _days(known, last) if (name := make(station, day, where)) is not None]


def make(station: Station, day: date, where: str) -> str | None:
    """Make the next revision of a day's report for that destination; None where its newest one is still true."""
    period = Period(day, day)
    done = json.dumps(_done(facts(day_report.make(station, period))), sort_keys=True)
    content = hashlib.sha256(done.encode()).hexdigest()
    own, made_at = station.settings.station.id, datetime.now(UTC)
    with station.catalogue.reading() as session:
        of_day = select(ReportRevision).where(ReportRevision.day == day).order_by(ReportRevision.revision.desc())
        newest = session.scalars(of_day.limit(1)).first()
        if newest is not None and newest.content == content:
            return None
        revision, before = (1, None) if newest is None else (newest.revision + 1, newest.sha256)
        head = event_log.head(session)
    report_facts = facts(day_report.make(station, period, with_plan=True))
    folder = station.folders.data / "reports" / day.isoformat()
    while (file := folder / f"bao-cao_{own}_{day}_r{revision}.json").exists():
        revision += 1  # left the station before its catalogue was restored, or a kill came before its row
    report = {"day": day.isoformat(), "station": own, "revision": revision, "supersedes": before, "event_head": head}
    text = json.dumps(
        {**report, "made_at": made_at.isoformat(), "places": report_facts}, ensure_ascii=False, indent=1
    ).encode()
    with durable.storage_failures(folder):
        durable.make_folders(folder)
    durable.write_durably(file, text)
    row = ReportRevision(
        day=day,
        revision=revision,
        destination=where,
        file=station.folders.relative(file),
        sha256=hashlib.sha256(text).hexdigest(),
        bytes=len(text),
        content=content,
        event_head=head,
        made_at=made_at,
        state=DeliveryState.QUEUED,
    )
    with station.catalogue.writing() as session:
        session.add(row)
        event_log.record(
            session, "reports", "report-made", None, day=day.isoformat(), revision=revision, sha256=row.sha256
        )
    return file.name


def _days(known: set[date], last: date) -> list[date]:
    """The days to look at once another is due: those reported lately, and those since."""
    past = [day for day in known if day <= last]
    if last in known:
        return []
    if not past:
        return [last]
    again = [day for day in past if day >= last - timedelta(days=CORRECTION_DAYS)]
    first = max(max(past) + timedelta(days=1), last - timedelta(days=MOST_DAYS - 1))
    return sorted(again) + [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _done(report_facts: Any) -> Any:
    """What was done that day, without how things stand now."""
    if isinstance(report_facts, dict):
        return {key: _done(value) for key, value in report_facts.items() if key not in _STANDING}
    return [_done(one) for one in report_facts] if isinstance(report_facts, list) else report_facts
